"""A decision, in force or a shadow's, as the rows that are kept of it: one measure for both."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from agents.roles import RESEARCHERS
from db.llm_calls import LLMCall
from db.plain_json import Json, as_number, as_object, as_objects
from db.shadows import IN_FORCE, Put, ShadowDecision, ShadowStatus, ShadowView
from fund.cycle import CycleRecord
from graph.committee import QUANT
from graph.recorded import silences_in

ZERO = Decimal(0)
ANSWERED = "AnswerError"
"""What the cause of a held decision begins with where a role answered, and its answer was of no use."""


def decision_row(
    record: CycleRecord, calls: Sequence[LLMCall], *, shadow: str, in_force: bool, at: datetime
) -> ShadowDecision:
    """Return what is kept of a decision as a whole."""
    spoken = [call for call in calls if call.provider != "offline"]
    return ShadowDecision(
        cycle_id=record.cycle_id,
        shadow=shadow,
        in_force=in_force,
        speaker=", ".join(_speakers(record)) or (record.strategy if in_force else shadow),
        status=status_of(record),
        cause=record.cause,
        session=record.session,
        calls=len(calls),
        input_tokens=sum(call.input_tokens or 0 for call in spoken) if spoken else None,
        output_tokens=sum(call.output_tokens or 0 for call in spoken) if spoken else None,
        cost_usd=sum((call.cost_usd for call in calls), ZERO),
        milliseconds=_milliseconds(calls),
        recorded_at=at,
    )


def absent_row(put: Put, calls: Sequence[LLMCall], *, shadow: str, why: str, at: datetime) -> ShadowDecision:
    """Return what is kept where nobody was asked, or could not be, with what was spent on it."""
    return ShadowDecision(
        cycle_id=put.cycle_id,
        shadow=shadow,
        in_force=shadow == IN_FORCE,
        speaker=shadow,
        status="absent",
        cause=why,
        session=put.session,
        calls=len(calls),
        input_tokens=None,
        output_tokens=None,
        cost_usd=sum((call.cost_usd for call in calls), ZERO),
        milliseconds=_milliseconds(calls),
        recorded_at=at,
    )


def status_of(record: CycleRecord) -> ShadowStatus:
    """Return whether it was decided, held for want of a usable answer, or nobody was there to answer."""
    if record.status == "decided":
        return "decided"
    answered = (record.cause or "").startswith(ANSWERED) and not silences_in(record.cause)
    return "held" if answered else "absent"


def view_rows(record: CycleRecord, shadow: str) -> tuple[ShadowView, ...]:
    """Return its view of every name it was shown, holds or wants; none where nobody was there.

    A side is what it wanted and would have traded after the limits: what an exit or a limit alone closes is
    nobody's view.
    """
    if status_of(record) == "absent":
        return ()
    proposed = record.proposal.weights if record.proposal is not None else {}
    allowed = record.review.weights if record.review is not None else {}
    said = _convictions(record)
    closed = {each.ticker for each in record.exits}
    ordered = {o.ticker: 1 if o.side == "buy" else -1 for o in record.orders if o.ticker not in closed}
    held = record.weights_before
    names = {*said, *proposed, *allowed, *held}
    return tuple(
        ShadowView(
            cycle_id=record.cycle_id,
            shadow=shadow,
            ticker=ticker,
            conviction=said.get(ticker),
            wanted=proposed.get(ticker),
            held=held.get(ticker, ZERO),
            allowed=allowed.get(ticker, held.get(ticker, ZERO)),
            side=_side(ordered.get(ticker, 0), proposed.get(ticker), held.get(ticker, ZERO)),
        )
        for ticker in sorted(names)
    )


def _side(ordered: int, wanted: Decimal | None, held: Decimal) -> int:
    """Return the side of an order where the proposal wanted that side."""
    return ordered if wanted is not None and ordered * (wanted - held) > 0 else 0


def _convictions(record: CycleRecord) -> dict[str, float | None]:
    views = as_objects(as_object(_heard(record, "answers").get(QUANT)).get("views"))
    return {str(view.get("ticker")): as_number(view.get("conviction")) for view in views}


def _speakers(record: CycleRecord) -> list[str]:
    return sorted({str(name) for name in _heard(record, "speakers").values()})


def _heard(record: CycleRecord, part: str) -> Json:
    return as_object(record.proposal.evidence.get(part)) if record.proposal is not None else {}


def _milliseconds(calls: Sequence[LLMCall]) -> float | None:
    """Return what the calls took one after the other, of the two researchers the longer; no waits."""
    if not calls:
        return None
    by_role: dict[str, float] = {}
    for call in calls:
        by_role[call.role] = by_role.get(call.role, 0.0) + (call.latency_ms or 0.0)
    side_by_side = [by_role.pop(role.name, 0.0) for role in RESEARCHERS]
    return max(side_by_side) + sum(by_role.values())
