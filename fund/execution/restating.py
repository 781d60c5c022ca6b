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
from fund.portfolio.book import Book
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


def without_fractions_paid(
    states: Sequence[OrderState], arrived: Sequence[OrderState], before: Book, now: Book
) -> tuple[list[OrderState], list[Unfilled]]:
    """Return restated orders of which those that only reduced a position reduce it still, and what is gone.

    A split pays what it leaves of a share in cash, and an order in smaller steps must not sell it once more.
    `arrived` are the orders as they were before. Orders that were to go through zero are left alone.
    """
    kept = {state.order.order_id: state for state in states}
    gone: list[Unfilled] = []
    for ticker, position in before.positions.items():
        held, still = position.quantity, now.positions.get(ticker)
        left = Decimal(0) if still is None else abs(still.quantity)
        reducing = [
            each
            for each in arrived
            if _reduces(each, ticker, held) and kept[each.order.order_id].order.ticker == ticker
        ]
        if left == abs(held) or sum(each.remaining for each in reducing) > abs(held):
            continue
        for state in (kept[each.order.order_id] for each in reducing):
            allowed = min(state.remaining, left) if state.is_working else Decimal(0)
            left -= allowed
            if state.is_working and allowed < state.remaining:
                kept[state.order.order_id], lapsed = _cut(state, allowed)
                gone += lapsed
    return list(kept.values()), gone


def _reduces(state: OrderState, ticker: str, held: Decimal) -> bool:
    towards_zero = (state.order.side == "sell") == (held > 0)
    return state.is_working and state.order.ticker == ticker and towards_zero


def _cut(state: OrderState, rest: Decimal) -> tuple[OrderState, list[Unfilled]]:
    """Return an order with less to trade, ended where nothing is left of it."""
    if rest <= 0 and not state.filled:
        return after(state, "expired", reason="split_fraction"), [_left(state, "split_fraction")]
    order = replace(state.order, quantity=state.filled + rest)
    return replace(state, status="filled" if rest <= 0 else state.status, order=order), []


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
    state, gone = _cut(state, max(rest, Decimal(0)))
    if gone:
        return state, gone
    order = state.order
    held = replace(
        state,
        order=replace(
            order,
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
