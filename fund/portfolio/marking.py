"""What a position is worth now: the last close, in the shares of today."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN

from fund.market.bars import PRICE_STEP, Mark
from fund.market.splits import split_ratio
from fund.market.view import MarketView


def current_mark(view: MarketView, ticker: str) -> Mark:
    """Return the last raw close, restated for splits that went ex since; `NoDataError` if never seen.

    A stale price is carried and flagged (INV-8), but a split that fell into the gap has already
    multiplied the shares (INV-7): the old price against the new shares would invent money.
    """
    mark = view.mark(ticker)
    if not mark.stale:
        return mark
    price = mark.price
    for action in view.actions(ticker, mark.session):
        if action.kind == "split":
            ratio = split_ratio(action.value)
            price = price * ratio.denominator / ratio.numerator
    return replace(mark, price=max(price.quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN), PRICE_STEP))
