"""Why the desk did what it did: one decision with its evidence, its words, its cuts and its fills."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection, Engine

from db.decisions import Decisions
from db.ledger import Ledger
from fund.cycle import CycleRecord
from fund.errors import QueryRefusedError
from fund.execution.orders import Order
from fund.market.facts import Instrument
from fund.market.view import MarketView
from fund.portfolio.fill import Fill
from fund.risk.limits import Clamp
from tools.directory import Directory
from tools.forecasts import ForecastTools
from tools.heard import Heard, RoleWord, SeenTicker
from tools.verdict import Verdict, verdict_on

Aspect = Literal["any", "bought", "sold", "skipped"]
Views = Callable[[date | None], MarketView]
"""The market as it was known on the close of a session; None is the desk's clock."""
HISTORY = 2000
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """An order of the decision and what came of it."""

    side: str
    quantity: Decimal
    reference_price: Decimal
    """The mark the decision saw, USD."""
    status: str
    reason: str | None
    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerDecision:
    """What one cycle decided about one ticker, with everything it rests on."""

    ticker: str
    name: str
    session: date
    as_of: datetime
    cycle_id: str
    strategy: str
    note: str
    """What to know about the choice of session; empty when it is the one asked for."""
    verdict: Verdict
    reason: str
    """The proposal's own words on the ticker; empty where it has none."""
    seen: SeenTicker | None
    words: tuple[RoleWord, ...]
    weight_before: Decimal
    proposed: Decimal | None
    """Target before the limits; None where there was none, which keeps the position."""
    weight_after: Decimal | None
    clamps: tuple[Clamp, ...]
    orders: tuple[OrderSeen, ...]
    forecast_place: tuple[int, int] | None
    """(place, number of names) of the desk's own forecast that session, 1 is the best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """One target of a cycle: before, proposed and after the limits."""

    ticker: str
    before: Decimal
    proposed: Decimal | None
    after: Decimal | None
    ordered: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSummary:
    """A whole decision: what the roles concluded and what was ordered."""

    session: date
    cycle_id: str
    strategy: str
    status: str
    cause: str | None
    note: str
    candidates: int
    revisions: int
    words: tuple[RoleWord, ...]
    targets: tuple[TargetLine, ...]
    clamps: tuple[Clamp, ...]
    orders: int


class DecisionTools:
    """Questions about single decisions, answered from their records."""

    def __init__(
        self,
        engine: Engine,
        views: Views,
        directory: Callable[[], Directory],
        forecasts: ForecastTools | None = None,
    ) -> None:
        self._engine = engine
        self._views = views
        self._directory = directory
        self._forecasts = forecasts

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
            orders = _orders_seen(
                ledger.orders_of(record.cycle_id), ledger.fills(ticker=instrument.ticker), instrument.ticker
            )
        view = self._views(record.session)
        place = self._place(record.session, instrument.ticker)
        return explain(record, instrument, view, orders=orders, note=note, place=place)

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
        """Return the cycle a question is about: the day asked for, or the ticker's last trade, or the last."""
        if session is not None or aspect == "skipped":
            return _record_at(connection, session, self._played())
        traded = self._last_trade(connection, ticker, aspect)
        latest, note = _record_at(connection, None, self._played())
        if traded is None:
            never = f"The desk has never {aspect} {ticker}. " if aspect in ("bought", "sold") else ""
            return latest, never + note
        wanted = {"bought": ("buy",), "sold": ("sell",)}.get(aspect, ("buy", "sell"))
        ordered = any(order.ticker == ticker and order.side in wanted for order in latest.orders)
        return (latest if ordered else traded), note

    def _last_trade(self, connection: Connection, ticker: str, aspect: Aspect) -> CycleRecord | None:
        side = {"bought": "buy", "sold": "sell"}.get(aspect)
        played = self._played()
        before = dict(zip(played[1:], played, strict=False))
        for fill in Ledger(connection).fills(ticker=ticker):
            decided = before.get(fill.session)
            if decided is None or (side is not None and fill.side != side):
                continue
            for record in Decisions(connection).by_session(decided):
                if any(order.order_id == fill.order_id for order in record.orders):
                    return record
        return None

    def _place(self, session: date, ticker: str) -> tuple[int, int] | None:
        forecasts = self._forecasts.by_ticker(session) if self._forecasts is not None else {}
        if ticker not in forecasts:
            return None
        rank = forecasts[ticker][0].rank
        return 1 + sum(1 for each in forecasts.values() if each[0].rank > rank), len(forecasts)


def explain(
    record: CycleRecord,
    instrument: Instrument,
    view: MarketView,
    *,
    orders: tuple[OrderSeen, ...] = (),
    note: str = "",
    place: tuple[int, int] | None = None,
) -> TickerDecision:
    """Put together everything a cycle's record says of one ticker."""
    ticker, heard = instrument.ticker, Heard(record)
    proposal, reviewed = record.proposal, record.review
    return TickerDecision(
        ticker=ticker,
        name=instrument.name,
        session=record.session,
        as_of=record.as_of,
        cycle_id=record.cycle_id,
        strategy=record.strategy,
        note=note,
        verdict=_placed(verdict_on(record, ticker), instrument, view, place),
        reason=proposal.reasons.get(ticker, "") if proposal is not None else "",
        seen=heard.seen(ticker),
        words=heard.words(ticker),
        weight_before=record.weights_before.get(ticker, ZERO),
        proposed=proposal.weights.get(ticker) if proposal is not None else None,
        weight_after=reviewed.weights.get(ticker) if reviewed is not None else None,
        clamps=tuple(c for c in reviewed.clamps if c.ticker == ticker) if reviewed is not None else (),
        orders=orders,
        forecast_place=place,
    )


def summarise(record: CycleRecord, note: str = "") -> CycleSummary:
    """Put together what a cycle's record says of the session as a whole."""
    heard, proposal, reviewed = Heard(record), record.proposal, record.review
    after = reviewed.weights if reviewed is not None else {}
    proposed = proposal.weights if proposal is not None else {}
    ordered = {order.ticker: f"{order.side} {order.quantity}" for order in record.orders}
    return CycleSummary(
        session=record.session,
        cycle_id=record.cycle_id,
        strategy=record.strategy,
        status=record.status,
        cause=record.cause,
        note=note,
        candidates=len(heard.candidates),
        revisions=heard.revisions,
        words=heard.summaries,
        targets=tuple(
            TargetLine(
                ticker=ticker,
                before=record.weights_before.get(ticker, ZERO),
                proposed=proposed.get(ticker),
                after=after.get(ticker),
                ordered=ordered.get(ticker, ""),
                reason=proposal.reasons.get(ticker, "") if proposal is not None else "",
            )
            for ticker in sorted(proposed.keys() | ordered.keys())
        ),
        clamps=reviewed.clamps if reviewed is not None else (),
        orders=len(record.orders),
    )


def _placed(
    verdict: Verdict, instrument: Instrument, view: MarketView, place: tuple[int, int] | None
) -> Verdict:
    """Say more where a ticker was no candidate: outside the universe, or how its forecast ranked."""
    if verdict.cause != "not_a_candidate":
        return verdict
    sentence = verdict.sentence
    if instrument.ticker not in view.members():
        what = "a fund" if instrument.asset_class == "etf" else "not a tradable member of the index"
        sentence += f" On {view.session.isoformat()} it was {what}, so it was not in the universe."
    elif place is not None:
        sentence += f" Its forecast ranked number {place[0]} of {place[1]}, too low to be looked at."
    return Verdict(outcome=verdict.outcome, cause=verdict.cause, sentence=sentence)


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


def _orders_seen(
    orders: Sequence[tuple[Order, str, str | None]], fills: Sequence[Fill], ticker: str
) -> tuple[OrderSeen, ...]:
    return tuple(
        OrderSeen(
            side=order.side,
            quantity=order.quantity,
            reference_price=order.reference_price,
            status=status,
            reason=reason,
            fills=tuple(fill for fill in fills if fill.order_id == order.order_id),
        )
        for order, status, reason in orders
        if order.ticker == ticker
    )
