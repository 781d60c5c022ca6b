"""What a session moved that is told on its own: trades, a deeper drawdown, a position that changed much."""

from collections import defaultdict
from decimal import Decimal
from math import floor

from db.events import Event
from fund.alert_rules import AlertRules
from fund.cycle import CycleRecord
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark
from fund.session import SessionStep

SHOWN = 12
NEAR = 1e-9
"""A drawdown that lies this near to a step, in floating point, is on it."""


def movements_of(
    step: SessionStep, record: CycleRecord, previous: SessionMark | None, rules: AlertRules
) -> list[Event]:
    """Return the events of a session's fills and marks; `previous` is the mark of the close before."""
    found = (
        _traded(step, record),
        _deeper(step.mark, previous, record, rules),
        *_changed(step, record, rules),
    )
    return [event for event in found if event is not None]


def _traded(step: SessionStep, record: CycleRecord) -> Event | None:
    fills = step.settlement.fills
    if not fills:
        return None
    told = [_told(fill) for fill in fills]
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return Event(
        event_id=f"traded-{step.session.isoformat()}",
        at=step.mark.at,
        kind="traded",
        severity="info",
        text=f"At the open of {step.session.isoformat()}: {'; '.join(told[:SHOWN])}{more}",
        data={"fills": len(fills), "commission": str(sum((f.commission for f in fills), Decimal(0)))},
        cycle_id=record.cycle_id,
    )


def _told(fill: Fill) -> str:
    did = "bought" if fill.side == "buy" else "sold"
    return f"{did} {fill.quantity:f} {fill.ticker} at {fill.price:,.2f} USD"


def _deeper(
    mark: SessionMark, previous: SessionMark | None, record: CycleRecord, rules: AlertRules
) -> Event | None:
    """Return the event of a drawdown that has passed another step since the close before."""
    size = float(rules.drawdown_step)
    now, before = (
        floor(-each / size + NEAR) for each in (mark.drawdown, previous.drawdown if previous else 0)
    )
    if now <= before:
        return None
    return Event(
        event_id=f"drawdown-{mark.session.isoformat()}",
        at=mark.at,
        kind="drawdown",
        severity="warning",
        text=f"The book is {-mark.drawdown:.2%} below its peak, past {now * size:.1%}",
        data={"drawdown": mark.drawdown, "equity": str(mark.equity)},
        cycle_id=record.cycle_id,
    )


def _changed(step: SessionStep, record: CycleRecord, rules: AlertRules) -> list[Event]:
    """Return an event for every position that trading moved by a large part of equity."""
    traded: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in step.settlement.fills:
        traded[fill.ticker] += fill.quantity * fill.price * (1 if fill.side == "buy" else -1)
    equity = step.mark.equity
    if equity <= 0:
        return []
    return [
        Event(
            event_id=f"position-{ticker}-{step.session.isoformat()}",
            at=step.mark.at,
            kind="position_changed",
            severity="info",
            text=(
                f"{ticker} was {'raised' if value > 0 else 'cut'} by {abs(value):,.0f} USD, "
                f"{abs(value) / equity:.1%} of equity"
            ),
            data={"ticker": ticker, "value": str(value), "equity": str(equity)},
            cycle_id=record.cycle_id,
        )
        for ticker, value in sorted(traded.items())
        if abs(value) >= rules.large_change * equity
    ]
