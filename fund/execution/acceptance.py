"""Fills that come from outside: what is not plainly right is refused, with its reason, and kept out."""

from collections.abc import Mapping
from dataclasses import dataclass

from fund.execution.lifecycle import OrderState, after
from fund.execution.refusing import refused
from fund.market.bars import Bar
from fund.market.refusal import Refusal, RefusalReason
from fund.portfolio.fill import Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A fill that may be booked, once."""

    fill: Fill
    state: OrderState
    """The order with this fill in it."""
    new: bool
    """False when it was delivered before: nothing is booked, the first result stands."""


def accept_fill(
    fill: Fill, state: OrderState | None, known: Mapping[str, Fill], bar: Bar | None
) -> Accepted | Refusal:
    """Return what a delivered fill changes, or why it may change nothing (INV-5, INV-6, INV-8).

    `state` is the order it names, `known` the fills booked so far by id, `bar` that of its ticker and
    session: None on a closed session. Fills of an order may come in any order, and twice. Never raises.
    """
    if (bad := _figures(fill)) is not None:
        return _refused(fill, *bad)
    first = known.get(fill.fill_id)
    if state is None:
        return _refused(fill, "unknown_order", "no order of this id was ever placed")
    if first is not None:
        if first == fill:
            return Accepted(fill=first, state=state, new=False)
        return _refused(fill, "duplicate", f"the id was booked before as {first!r}")
    wrong = _order(fill, state) or _price(fill, bar) or _size(fill, state)
    if wrong is not None:
        return _refused(fill, *wrong)
    filled = state.filled + fill.quantity
    status = "filled" if filled == state.order.quantity else "partially_filled"
    return Accepted(fill=fill, state=after(state, status, filled=filled), new=True)  # type: ignore[arg-type]


_Wrong = tuple[RefusalReason, str]


def _figures(fill: Fill) -> _Wrong | None:
    figures = (fill.quantity, fill.price, fill.commission)
    sound = all(f.is_finite() for f in figures)
    if not sound or fill.quantity <= 0 or fill.price <= 0 or fill.commission < 0:
        return "bad_figure", "quantity and price must be finite and above 0, the commission at least 0"
    if fill.filled_at.tzinfo is None:
        return "bad_figure", "its time must say its timezone"
    return None


def _order(fill: Fill, state: OrderState) -> _Wrong | None:
    order = state.order
    if fill.order_id != order.order_id:
        return "unknown_order", f"it names another order than {order.order_id!r}"
    if fill.ticker != order.ticker:
        return "other_ticker", f"the order is for {order.ticker!r}"
    if fill.side != order.side:
        return "other_side", f"the order is a {order.side}"
    if not state.is_working:
        return "not_working", f"the order is {state.status} and stays so"
    if fill.filled_at <= order.decided_at:
        return "too_early", f"the order was decided at {order.decided_at.isoformat()}"
    return None


def _price(fill: Fill, bar: Bar | None) -> _Wrong | None:
    if bar is None:
        return "no_price", "nothing of its ticker traded in its session, or the exchange was closed"
    if bar.session != fill.session or bar.ticker != fill.ticker:
        return "other_day", f"the bar is of {bar.ticker} on {bar.session.isoformat()}"
    if fill.filled_at.date() != fill.session:
        return "other_day", "its time is not of its session"
    if not bar.low <= fill.price <= bar.high:
        return "absurd_price", f"the session traded between {bar.low} and {bar.high}"
    return None


def _size(fill: Fill, state: OrderState) -> _Wrong | None:
    if fill.quantity > state.remaining:
        return "too_large", f"only {state.remaining} of the order is left"
    return None


def _refused(fill: Fill, reason: RefusalReason, expected: str) -> Refusal:
    return refused("fill", reason, fill.session, fill.ticker, f"{expected}; found {fill!r}")
