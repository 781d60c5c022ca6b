"""One decision told whole: what a record says of a ticker, and of the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from fund.cycle import CycleRecord
from fund.execution.orders import Order
from fund.market.facts import Instrument
from fund.market.view import MarketView
from fund.portfolio.arranging import Resized
from fund.portfolio.fill import Fill
from fund.risk.exits import Exit, ExitSkip
from fund.risk.limits import Clamp
from tools.decision_reasons import ForecastReasons
from tools.heard import Heard, RoleWord, SeenTicker
from tools.verdict import EXIT_NAMES, Verdict, plain_cause, verdict_on

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
    kind: str = "market_on_open"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    purpose: str = "rebalance"
    """An exit protects: it may trade while nothing else may."""


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
    resized: tuple[Resized, ...] = ()
    """What the mandate's sizing rule made of the target, before the limits."""
    exits_skipped: tuple[ExitSkip, ...] = ()
    """Exits that could not be judged for it, and why."""
    behind: ForecastReasons | None = None
    """Why the forecaster that led ranked it where it did; None where nobody can tell."""


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
    cause: str
    """Why nothing was decided; empty when something was."""
    note: str
    candidates: int
    revisions: int
    words: tuple[RoleWord, ...]
    targets: tuple[TargetLine, ...]
    clamps: tuple[Clamp, ...]
    orders: int
    exits: tuple[Exit, ...] = ()
    """Positions that are closed from prices alone, whatever the committee said."""
    exits_skipped: tuple[ExitSkip, ...] = ()
    resized: tuple[Resized, ...] = ()
    sizing_notes: tuple[str, ...] = ()
    breaker: str = ""
    """How the circuit breaker stood, and which change of it that was: closed@3; empty where unknown."""


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
        resized=tuple(each for each in record.resized if each.ticker == ticker),
        exits_skipped=tuple(each for each in record.exits_skipped if each.ticker == ticker),
    )


def summarise(record: CycleRecord, note: str = "") -> CycleSummary:
    """Put together what a cycle's record says of the session as a whole."""
    heard, proposal, reviewed = Heard(record), record.proposal, record.review
    after = reviewed.weights if reviewed is not None else {}
    proposed = proposal.weights if proposal is not None else {}
    ordered = {order.ticker: f"{order.side} {order.quantity:f}" for order in record.orders}
    closed = {each.ticker: EXIT_NAMES.get(each.rule, each.rule) for each in record.exits}
    return CycleSummary(
        session=record.session,
        cycle_id=record.cycle_id,
        strategy=record.strategy,
        status=record.status,
        cause=plain_cause(record) if record.status != "decided" else "",
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
                reason=closed.get(ticker) or (proposal.reasons.get(ticker, "") if proposal else ""),
            )
            for ticker in sorted(proposed.keys() | ordered.keys())
        ),
        clamps=reviewed.clamps if reviewed is not None else (),
        orders=len(record.orders),
        exits=record.exits,
        exits_skipped=record.exits_skipped,
        resized=record.resized,
        sizing_notes=record.sizing_notes,
        breaker=record.inputs.get("breaker", ""),
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
        sentence += f" Its forecast ranked number {place[0]} of {place[1]}, too low to be looked at; "
        sentence += "names already held are looked at whatever their rank."
    return Verdict(outcome=verdict.outcome, cause=verdict.cause, sentence=sentence)


def orders_seen(
    orders: Sequence[tuple[Order, str, str | None]], fills: Sequence[Fill], ticker: str
) -> tuple[OrderSeen, ...]:
    """Return a ticker's orders of a cycle with their fills."""
    return tuple(
        OrderSeen(
            side=order.side,
            quantity=order.quantity,
            reference_price=order.reference_price,
            status=status,
            reason=reason,
            fills=tuple(fill for fill in fills if fill.order_id == order.order_id),
            kind=order.kind,
            limit_price=order.limit_price,
            stop_price=order.stop_price,
            purpose=order.purpose,
        )
        for order, status, reason in orders
        if order.ticker == ticker
    )
