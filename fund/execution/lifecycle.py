"""The life of an order: from pending to its one end, never back, whatever is delivered twice or late."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from fund.errors import LedgerError
from fund.execution.orders import ZERO, Order, OrderStatus

EndReason = Literal[
    "no_bar",
    "suspect_open",
    "insufficient_cash",
    "volume_cap",
    "reduction_unfilled",
    "not_reached",
    "split_fraction",
    "series_ended",
    "session_over",
    "bad_figure",
    "no_auction",
    "asked",
]
"""Why an order, or a part of it, did not trade."""
HELD_UP: EndReason = "reduction_unfilled"
"""The order itself could have traded: a reduction that was decided with it did not, or not whole."""

WORKING: frozenset[OrderStatus] = frozenset({"pending", "accepted", "partially_filled", "unknown"})
TERMINAL: frozenset[OrderStatus] = frozenset({"filled", "cancelled", "expired", "rejected"})
_ENDS: frozenset[OrderStatus] = frozenset({"filled", "cancelled", "expired"})
_FILLING: frozenset[OrderStatus] = frozenset({"partially_filled", "unknown"})
ALLOWED: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    "pending": WORKING | TERMINAL,
    "accepted": (WORKING | TERMINAL) - {"pending"},
    "partially_filled": _FILLING | _ENDS,
    "unknown": (WORKING | TERMINAL) - {"pending"},
    "filled": frozenset({"filled"}),
    "cancelled": frozenset({"cancelled"}),
    "expired": frozenset({"expired"}),
    "rejected": frozenset({"rejected"}),
}
"""What may follow each status, steps in between left out: a report may be lost, never undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """What a broker says of an order: everything so far, so that only the latest counts."""

    order_id: str
    sequence: int
    """Counts the broker's reports of this order from 1; a lower one is older news."""
    status: OrderStatus
    filled: Decimal
    """Shares, of all fills so far."""
    reason: str | None = None
    triggered: bool = False
    """A stop that has been touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """An order and how far it has come; a value, changed only by reports and restatements."""

    order: Order
    """In shares and prices of today: what a split did to the rest of it is in here."""
    status: OrderStatus = "pending"
    filled: Decimal = ZERO
    """Shares as they were traded: the sum of its fills."""
    reason: str | None = None
    triggered: bool = False
    sequence: int = 0
    """Of the last report that was applied."""

    def __post_init__(self) -> None:
        if problem := _contradiction(self):
            raise LedgerError(f"order {self.order.order_id!r} {problem}, was {self!r}")

    @property
    def remaining(self) -> Decimal:
        """Return the shares that have not traded."""
        return self.order.quantity - self.filled

    @property
    def is_working(self) -> bool:
        """Return whether it can still trade, as far as is known."""
        return self.status in WORKING


def apply_report(state: OrderState, report: OrderReport) -> OrderState:
    """Return the state after a report; one that is not news changes nothing, in whatever order they come.

    Raises `LedgerError` for a report of another order, one that undoes a fill or an end, and one that says
    more was filled than ordered (INV-6).
    """
    if report.order_id != state.order.order_id:
        raise LedgerError(f"a report of {report.order_id!r} came for order {state.order.order_id!r}")
    if report.sequence <= state.sequence:
        return state
    said = replace(
        state,
        status=report.status,
        filled=report.filled,
        reason=report.reason,
        triggered=state.triggered or report.triggered,
        sequence=report.sequence,
    )
    if state.status in TERMINAL:
        if (said.status, said.filled) != (state.status, state.filled):
            raise LedgerError(
                f"order {report.order_id!r} ended {state.status} with {state.filled} filled and cannot "
                f"become {report.status} with {report.filled}; find out which of the two is wrong"
            )
        return state
    if report.status not in ALLOWED[state.status] or report.filled < state.filled:
        raise LedgerError(
            f"order {report.order_id!r} is {state.status} with {state.filled} filled and cannot become "
            f"{report.status} with {report.filled}"
        )
    return said


def lost(state: OrderState) -> OrderState:
    """Return the state of an order the broker did not answer for: unknown until reconciled (INV-6).

    An order that has ended stays as it is: what was heard of it counts.
    """
    return replace(state, status="unknown") if state.is_working else state


def reconcile(state: OrderState, answer: OrderReport | None) -> OrderState:
    """Return an order after its broker was asked about it: only this ends the unknown (INV-6).

    The answer was given after the loss, so it counts even where it says nothing new. None says that the
    order never arrived: it stays unknown, to be submitted again under the same id.
    """
    if answer is None:
        return state
    if state.status == "unknown" and answer.sequence == state.sequence:
        return apply_report(replace(state, sequence=state.sequence - 1), answer)
    return apply_report(state, answer)


def after(state: OrderState, status: OrderStatus, **changes: object) -> OrderState:
    """Return the next state a broker gives an order, as a report of its own; `LedgerError` if it may not."""
    values: dict[str, object] = {"filled": state.filled, "triggered": state.triggered, **changes}
    report = OrderReport(
        order_id=state.order.order_id,
        sequence=state.sequence + 1,
        status=status,
        **values,  # type: ignore[arg-type]
    )
    return apply_report(state, report)


def report_of(state: OrderState) -> OrderReport:
    """Return the report that says where an order stands."""
    return OrderReport(
        order_id=state.order.order_id,
        sequence=state.sequence,
        status=state.status,
        filled=state.filled,
        reason=state.reason,
        triggered=state.triggered,
    )


def contradiction(status: OrderStatus, filled: Decimal, ordered: Decimal) -> str | None:
    """Return what is wrong with a status beside what was filled, None where the two agree."""
    if status in ("pending", "accepted", "rejected"):
        return f"is {status} and must have filled nothing" if filled else None
    if not ZERO <= filled <= ordered:
        return f"must have filled between 0 and the {ordered} ordered"
    match status:
        case "filled" if filled != ordered:
            return f"is filled and must have filled {ordered}"
        case "partially_filled" if not ZERO < filled < ordered:
            return f"is partially filled and must have filled some of {ordered}, not all"
        case "cancelled" | "expired" if filled == ordered:
            return f"is {status} and must have something left of {ordered}"
    return None


def _contradiction(state: OrderState) -> str | None:
    if not state.filled.is_finite():
        return "must have filled a finite number of shares"
    return contradiction(state.status, state.filled, state.order.quantity)
