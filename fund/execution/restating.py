"""What a corporate action makes of an order that is still working."""

from collections.abc import Sequence, Set
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from fund.execution.blotter import with_order
from fund.execution.lifecycle import OrderState, after
from fund.execution.orders import WHOLE, Order, in_steps
from fund.execution.paper import Unfilled
from fund.market.bars import PRICE_STEP
from fund.market.facts import CorporateAction
from fund.market.splits import split_ratio
from fund.portfolio.postings import shares_after


def restated(
    states: Sequence[OrderState], actions: Sequence[CorporateAction], *, share_step: Decimal = WHOLE
) -> tuple[list[OrderState], list[Unfilled]]:
    """Return orders in shares, prices and tickers of after some actions, and what of them is gone.

    What has traded stays as it was traded; only the rest is multiplied, and a fraction of a step that a
    split leaves of it expires. So does all that is left where the series ends.
    """
    now: list[OrderState] = []
    gone: list[Unfilled] = []
    for state in states:
        for action in actions:
            if action.ticker == state.order.ticker and state.is_working:
                state, lapsed = _restated(state, action, share_step)
                gone += lapsed
        now.append(state)
    return now, gone


def without_series(states: Sequence[OrderState], ended: Set[str]) -> tuple[OrderState, ...]:
    """Return orders of which those in a series that has ended are expired: nothing will fill them."""
    return tuple(
        after(state, "expired", reason="series_ended")
        if state.is_working and state.order.ticker in ended
        else state
        for state in states
    )


def _restated(state: OrderState, action: CorporateAction, step: Decimal) -> tuple[OrderState, list[Unfilled]]:
    match action.kind:
        case "split":
            return _split(state, action.value, step)
        case "ticker_change":
            return with_order(state, ticker=action.detail), []
        case "merger" | "delisting":
            ended = after(state, "expired", reason="series_ended")
            return ended, [_left(state, "series_ended")]
        case _:
            return state, []


def _split(state: OrderState, published: Decimal, step: Decimal) -> tuple[OrderState, list[Unfilled]]:
    rest = in_steps(shares_after(state.remaining, published), step)
    if rest <= 0 and not state.filled:
        return after(state, "expired", reason="split_fraction"), [_left(state, "split_fraction")]
    order = state.order
    held = replace(
        state,
        status="filled" if rest <= 0 else state.status,
        order=replace(
            order,
            quantity=state.filled + max(rest, Decimal(0)),
            reference_price=_price(order.reference_price, published),
            limit_price=_maybe(order.limit_price, published),
            stop_price=_maybe(order.stop_price, published),
        ),
    )
    return held, []


def _price(price: Decimal, published: Decimal) -> Decimal:
    ratio = split_ratio(published)
    after_it = (price * ratio.denominator / ratio.numerator).quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)
    return max(after_it, PRICE_STEP)


def _maybe(price: Decimal | None, published: Decimal) -> Decimal | None:
    return None if price is None else _price(price, published)


def _left(state: OrderState, reason: str) -> Unfilled:
    order: Order = state.order
    return Unfilled(
        order_id=order.order_id,
        ticker=order.ticker,
        quantity=state.remaining,
        reason="split_fraction" if reason == "split_fraction" else "series_ended",
    )
