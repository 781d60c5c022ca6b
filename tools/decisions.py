"""Why the desk did what it did: one decision with its evidence, its words, its cuts and its fills."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection, Engine

from db.decisions import Decisions
from db.ledger import Ledger
from fund.cycle import CycleRecord
from fund.errors import QueryRefusedError
from fund.market.view import MarketView
from fund.portfolio.fill import Fill
from tools.decision_reasons import TellReasons
from tools.directory import Directory
from tools.forecasts import ForecastTools
from tools.told import CycleSummary, TickerDecision, explain, orders_seen, summarise

Aspect = Literal["any", "bought", "sold", "skipped"]
Views = Callable[[date | None], MarketView]
"""The market as it was known on the close of a session; None is the desk's clock."""
HISTORY = 2000


class DecisionTools:
    """Questions about single decisions, answered from their records."""

    def __init__(
        self,
        engine: Engine,
        views: Views,
        directory: Callable[[], Directory],
        forecasts: ForecastTools | None = None,
        reasons: TellReasons | None = None,
    ) -> None:
        self._engine = engine
        self._views = views
        self._directory = directory
        self._forecasts = forecasts
        self._reasons = reasons

    def why(self, ticker: str, session: date | None = None, aspect: Aspect = "any") -> TickerDecision:
        """Return the decision about a ticker with its evidence, or the honest reason why it was not traded.

        Args:
            ticker: A ticker such as AAPL, or a company name.
            session: The session of the decision, such as 2017-01-31; left out, the last one that matters.
            aspect: bought, sold or skipped where the question says so, else any.
        """
        instrument = self._directory().find(ticker)
        with self._engine.connect() as connection:
            record, note = self._chosen(connection, instrument.ticker, session, aspect)
            ledger = Ledger(connection)
            orders = orders_seen(
                ledger.orders_of(record.cycle_id), ledger.fills(ticker=instrument.ticker), instrument.ticker
            )
        view = self._views(record.session)
        place = self._place(record.session, instrument.ticker)
        told = explain(record, instrument, view, orders=orders, note=note, place=place)
        if self._reasons is None:
            return told
        return replace(told, behind=self._reasons(record, told.ticker, told.seen))

    def decision(self, session: date | None = None) -> CycleSummary:
        """Return what the committee decided in a whole session: conclusions, targets, cuts, orders.

        Args:
            session: The session of the decision; left out, the last one.
        """
        with self._engine.connect() as connection:
            record, note = _record_at(connection, session, self._played())
        return summarise(record, note)

    def _played(self) -> Sequence[date]:
        return self._views(None).sessions(HISTORY)

    def _chosen(
        self, connection: Connection, ticker: str, session: date | None, aspect: Aspect
    ) -> tuple[CycleRecord, str]:
        """Return the cycle a question is about: of the day asked for, of the last trade, or the last."""
        if session is not None or aspect == "skipped":
            record, note = _record_at(connection, session, self._played())
            filled = None if session is None else self._filled_on(connection, ticker, session)
            if filled is None or _ordered(record, ticker):
                return record, note
            return filled, f"What filled on {session} was decided on the close before."
        traded = self._last_trade(connection, ticker, aspect)
        latest, note = _record_at(connection, None, self._played())
        wanted = {"bought": ("buy",), "sold": ("sell",)}.get(aspect, ("buy", "sell"))
        if any(order.ticker == ticker and order.side in wanted for order in latest.orders):
            return latest, note
        if traded is None:
            never = f"The desk has never {aspect} {ticker}. " if aspect in ("bought", "sold") else ""
            return latest, never + note
        return traded, note

    def _last_trade(self, connection: Connection, ticker: str, aspect: Aspect) -> CycleRecord | None:
        side = {"bought": "buy", "sold": "sell"}.get(aspect)
        for fill in Ledger(connection).fills(ticker=ticker):
            decided = self._decided(connection, fill) if side is None or fill.side == side else None
            if decided is not None:
                return decided
        return None

    def _filled_on(self, connection: Connection, ticker: str, session: date) -> CycleRecord | None:
        """Return the decision behind a fill of that day: people name the day they saw the trade."""
        fills = [fill for fill in Ledger(connection).fills(ticker=ticker) if fill.session == session]
        return self._decided(connection, fills[0]) if fills else None

    def _decided(self, connection: Connection, fill: Fill) -> CycleRecord | None:
        played = self._played()
        before = dict(zip(played[1:], played, strict=False)).get(fill.session)
        records = Decisions(connection).by_session(before) if before is not None else ()
        ordered = (r for r in records if any(order.order_id == fill.order_id for order in r.orders))
        return next(ordered, None)

    def _place(self, session: date, ticker: str) -> tuple[int, int] | None:
        forecasts = self._forecasts.by_ticker(session) if self._forecasts is not None else {}
        if ticker not in forecasts:
            return None
        rank = forecasts[ticker][0].rank
        return 1 + sum(1 for each in forecasts.values() if each[0].rank > rank), len(forecasts)


def _ordered(record: CycleRecord, ticker: str) -> bool:
    return any(order.ticker == ticker for order in record.orders)


def _record_at(
    connection: Connection, session: date | None, played: Sequence[date]
) -> tuple[CycleRecord, str]:
    decisions = Decisions(connection)
    latest = decisions.latest()
    if latest is None:
        raise QueryRefusedError(
            "the committee has not decided anything yet; advance the desk by a session first"
        )
    if session is None:
        return latest, ""
    for day in _nearest_first(session, (*played, latest.session)):
        records = decisions.by_session(day)
        if records and day == session:
            return records[-1], ""
        if records:
            return records[-1], (
                f"There is no decision of {session.isoformat()}; the nearest is of {day.isoformat()}."
            )
    raise QueryRefusedError(
        f"there is no decision near {session.isoformat()}; the last is of {latest.session}"
    )


def _nearest_first(session: date, played: Iterable[date]) -> list[date]:
    """Order days by distance; of two equally near the earlier one first, at most twenty."""
    return sorted(set(played), key=lambda day: (abs((day - session).days), day > session))[:20]
