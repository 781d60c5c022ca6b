"""One bar, and the one place where a float price becomes money."""

import math
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

PRICE_STEP = Decimal("0.0001")
"""Prices carry four decimals: sub-penny quotes exist, finer ones do not trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One session of one ticker, raw as traded, in USD."""

    ticker: str
    session: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last known raw close of a ticker; stale when it is older than the view's session."""

    price: Decimal
    session: date
    stale: bool


def to_price(value: float) -> Decimal | None:
    """Turn a float price into money, to four decimals; None unless that is finite and above 0."""
    if not math.isfinite(value) or value <= 0:
        return None
    price = Decimal(repr(value)).quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)
    return price or None
