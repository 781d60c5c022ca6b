"""Fills in what suggested names returned, once it is known."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection

from db.discovery import Discoveries, StoredReturn
from db.engine import in_transaction
from desk.bootstrap import Desk
from fund.discovery.forward import exit_of, forward_returns, mean_return
from fund.execution.costs import CostModel
from fund.execution.round_trip import round_trip_cost
from fund.market.history import History


def fill_forward_returns(desk: Desk) -> int:
    """Fill every return over 1, 5 and 20 sessions whose exit the desk's clock has passed; return how many.

    Bought at the first open after the run's moment, sold at the close of the last session that is held, the
    session of the open being the first; dividends reinvested, costs beside it. With it goes the equal-weight
    mean of the members of the index at the close before the entry, by the same rule. A return that is there
    stays as it is, so that calling it again does nothing.
    """
    last = desk.player.last_session()
    if last is None:
        return 0
    due: defaultdict[tuple[date, int], list[str]] = defaultdict(list)
    for each in in_transaction(desk.engine, lambda connection: Discoveries(connection).unfilled()):
        due[each.entry_session, each.horizon_sessions].append(each.ticker)
    filled = 0
    for (entry, horizon), tickers in sorted(due.items()):
        exit_session = exit_of(desk.history.calendar, entry, horizon)
        if exit_session > last:
            continue
        rows = returns_between(
            desk.history, tickers, entry, exit_session, horizon, desk.mandate.costs, desk.clock.now()
        )
        filled += in_transaction(desk.engine, partial(_filled, rows=rows))
    return filled


def _filled(connection: Connection, rows: Sequence[StoredReturn]) -> int:
    return Discoveries(connection).fill(rows)


def returns_between(
    history: History,
    tickers: list[str],
    entry: date,
    exit_session: date,
    horizon_sessions: int,
    costs: CostModel,
    filled_at: datetime,
) -> tuple[StoredReturn, ...]:
    """Return what some names returned over one holding period, with the universe's mean beside it."""
    calendar = history.calendar
    members = history.view(calendar.decision_time(calendar.previous_session(entry))).members()
    found = forward_returns(history, members | set(tickers), entry, exit_session)
    mean, names = mean_return({ticker: each for ticker, each in found.items() if ticker in members})
    return tuple(
        StoredReturn(
            entry_session=entry,
            ticker=ticker,
            horizon_sessions=horizon_sessions,
            exit_session=exit_session,
            value=found[ticker].value,
            cost=_cost(costs, found[ticker].price),
            universe_mean=mean,
            universe_names=names,
            why=found[ticker].why or None,
            filled_at=filled_at,
        )
        for ticker in sorted(set(tickers))
    )


def _cost(costs: CostModel, price: float | None) -> float | None:
    return None if price is None else round_trip_cost(costs, price)
