"""What a played session came to, in figures, in a line and as events."""

from dataclasses import dataclass

from db.events import Event
from db.heads import ChainHeads
from db.session_pin import session_pins
from desk.attention import NONE_WISHED, Wishes
from desk.breaker import BreakerAtClose
from fund.alert_rules import Severity
from fund.cycle import CycleRecord
from fund.portfolio.session_mark import SessionMark, day_of
from fund.session import SessionStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a session came to."""

    step: SessionStep
    record: CycleRecord
    breaker: BreakerAtClose
    wishes: Wishes = NONE_WISHED


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
    events += [
        Event(
            event_id=transaction.transaction_id,
            at=record.as_of,
            kind=transaction.kind,
            severity="warning",
            text=transaction.memo,
            data={"transaction": transaction.transaction_id},
            cycle_id=record.cycle_id,
        )
        for transaction in step.settlement.transactions
        if transaction.kind in ("merger", "delisting", "ticker_change")
    ]
    events += [
        Event(
            event_id=refused.refusal_id,
            at=record.as_of,
            kind="refused",
            severity="warning",
            text=f"not booked: {refused.detail}",
            data={"reason": refused.reason},
            cycle_id=record.cycle_id,
        )
        for refused in step.settlement.refused
    ]
    return events


def daily_summary(
    step: SessionStep,
    record: CycleRecord,
    previous: SessionMark | None,
    heads: ChainHeads,
    mandate_hash: str | None,
) -> Event:
    """Return the day in figures, with the heads of the three chains as they stand before it (INV-18).

    `previous` is the mark of the close before, `mandate_hash` that of the text that is kept; None where there
    is none.

    Whoever keeps a copy of it elsewhere can tell an edit of anything that came before.
    """
    mark, fills, day = step.mark, len(step.settlement.fills), day_of(step.mark, previous)
    beside = "unknown" if day.benchmark_return is None else f"{day.benchmark_return:+.2%}"
    return Event(
        event_id=f"summary-{record.cycle_id}",
        at=record.as_of,
        kind="daily_summary",
        severity="info",
        text=(
            f"{step.session.isoformat()}: P&L {day.profit:+,.2f} USD ({day.return_fraction:+.2%}, benchmark "
            f"{beside}), equity {mark.equity:,.2f} USD, drawdown {mark.drawdown:.2%}, "
            f"orders {len(record.orders)}, fills {fills}; heads: journal {heads.journal}, "
            f"decisions {heads.decisions}, events {heads.events}"
        ),
        data={
            "session": step.session.isoformat(),
            "profit": str(day.profit),
            "return_fraction": day.return_fraction,
            "benchmark_return": day.benchmark_return,
            "equity": str(mark.equity),
            "drawdown": mark.drawdown,
            "orders": len(record.orders),
            "fills": fills,
            "heads": heads.plain,
            "mandate_hash": mandate_hash,
        },
        cycle_id=record.cycle_id,
    )
