"""The desk's own past as patterns are looked for in it: decisions, how trades were opened, how they ended."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from db.ledger import Ledger
from fund.cycle import CycleRecord
from fund.errors import QueryRefusedError
from fund.portfolio.book import ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark
from tools.decisions_once import DecisionsOnce
from tools.heard import Heard, SpokenConcern
from tools.spans import Span
from tools.track_record import NO_SESSION, described


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTrade:
    """A closed trade with what the committee heard and said when it was opened."""

    ticker: str
    opened: date
    closed: date
    decided: date
    """Session of the decision that opened it."""
    held_sessions: int
    profit: float
    """USD, net of costs."""
    return_fraction: float
    concerns: tuple[SpokenConcern, ...]
    """The validator's concerns about it that did not stop it."""
    conviction: float | None
    regime: str
    ranks: tuple[float, ...]
    """What rank each forecaster gave it."""
    sector: str
    ended_by: str
    """The exit that closed it; empty where the committee or a limit did."""

    @property
    def lost(self) -> bool:
        """Say whether it ended without a profit."""
        return self.profit <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPast:
    """What the ledger and the decisions hold of a span of sessions."""

    span: str
    days: tuple[date, ...]
    """The sessions of the span, oldest first."""
    all_days: tuple[date, ...]
    records: tuple[CycleRecord, ...]
    """The decisions of the span, oldest first."""
    regimes: Mapping[date, str]
    """The macro researcher's word on each close on record, those before the span too."""
    marks: tuple[SessionMark, ...]
    """The closes of the span with the one before them, where there is one."""
    trades: tuple[OpenedTrade, ...]
    """Trades that were closed in the span, oldest first."""
    unexplained: int
    """Closed trades of the span whose opening decision is not on record."""
    still_open: int
    """Positions at the end of the span: how they end is not known."""


def past_of(engine: Engine, span: Span, decisions: DecisionsOnce) -> DeskPast:
    """Read a span of the desk's past; of the decisions only those not read before.

    Raises:
        QueryRefusedError: The desk has played no session of the span.
    """
    with engine.connect() as connection:
        ledger = Ledger(connection)
        marks, trades, fills = ledger.equity_curve(), ledger.closed_trades(), ledger.fills()
        records = decisions.every(connection)
    if not marks:
        raise QueryRefusedError(NO_SESSION)
    days = [mark.session for mark in marks]
    chosen = span.select(days)
    first, last = days[chosen][0], days[chosen][-1]
    ended = sorted((t for t in trades if first <= t.closed <= last), key=lambda t: (t.closed, t.trade_id))
    told = tuple(_opened(ended, fills, records, days))
    return DeskPast(
        span=described(span, first, last),
        days=tuple(days[chosen]),
        all_days=tuple(days),
        records=tuple(record for record in records if first <= record.session <= last),
        regimes={record.session: Heard(record).regime for record in records},
        marks=tuple(marks[max(chosen.start - 1, 0) : chosen.stop]),
        trades=told,
        unexplained=len(ended) - len(told),
        still_open=len(marks[chosen.stop - 1].positions),
    )


def _opened(
    trades: Sequence[ClosedTrade],
    fills: Sequence[Fill],
    records: Sequence[CycleRecord],
    days: Sequence[date],
) -> Iterator[OpenedTrade]:
    """Join each trade to the decision whose order filled first; one that cannot be found is left out.

    `fills` come newest first.
    """
    deciding = {order.order_id: record for record in records for order in record.orders}
    first_fill = {(fill.ticker, fill.session): fill.order_id for fill in fills}
    last_fill = {(fill.ticker, fill.session): fill.order_id for fill in reversed(fills)}
    exits = {
        order.order_id: exit_.rule
        for record in records
        for exit_ in record.exits
        for order in record.orders
        if order.ticker == exit_.ticker
    }
    for trade in trades:
        record = deciding.get(first_fill.get((trade.ticker, trade.opened), ""))
        if record is None:
            continue
        heard = Heard(record)
        seen = heard.seen(trade.ticker)
        yield OpenedTrade(
            ticker=trade.ticker,
            opened=trade.opened,
            closed=trade.closed,
            decided=record.session,
            held_sessions=bisect_left(days, trade.closed) - bisect_left(days, trade.opened),
            profit=float(trade.profit),
            return_fraction=trade.return_fraction,
            concerns=heard.concerns(trade.ticker),
            conviction=heard.figure("quant_researcher", trade.ticker),
            regime=heard.regime,
            ranks=tuple(f.rank for f in seen.forecasts if f.rank is not None) if seen is not None else (),
            sector=seen.sector if seen is not None else "",
            ended_by=exits.get(last_fill.get((trade.ticker, trade.closed), ""), ""),
        )
