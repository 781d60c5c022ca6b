"""What a played session came to, in figures, in a line and as events."""

from dataclasses import dataclass

from db.events import Event, Severity
from db.session_pin import session_pins
from fund.cycle import CycleRecord
from fund.session import SessionStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a session came to."""

    step: SessionStep
    record: CycleRecord


def summary_of(step: SessionStep, record: CycleRecord) -> str:
    """Return in one line what a session did and decided."""
    parts = [f"equity {step.mark.equity:,.0f} USD"]
    parts += [
        f"{fill.side} {fill.quantity:f} {fill.ticker} at {fill.price:,.2f}" for fill in step.settlement.fills
    ]
    parts += [f"{ticker} closed: its series ended" for ticker in step.ended]
    if record.status == "decided":
        count = len(record.orders)
        noun = "order" if count == 1 else "orders"
        parts.append(f"{count} {noun} for the next open" if count else "no orders")
    else:
        parts.append(f"{record.status}: {record.cause}")
    return "; ".join(parts)


def events_of(step: SessionStep, record: CycleRecord) -> list[Event]:
    """Return what is worth telling of a session: its decision, and every series that ended in it."""
    severity: Severity = "info" if record.status == "decided" else "warning"
    events = [
        Event(
            event_id=f"cycle-{record.cycle_id}",
            at=record.as_of,
            kind=f"cycle_{record.status}",
            severity=severity,
            text=summary_of(step, record),
            data={
                "orders": len(record.orders),
                "equity": str(record.equity),
                **session_pins(step.mark, step.settlement.fills),
            },
            cycle_id=record.cycle_id,
        )
    ]
    events += [
        Event(
            event_id=f"ended-{ticker}-{step.session.isoformat()}",
            at=record.as_of,
            kind="series_ended",
            severity="warning",
            text=f"{ticker} has had no price for several sessions; the position was closed at its last trade",
            cycle_id=record.cycle_id,
        )
        for ticker in step.ended
    ]
    return events
