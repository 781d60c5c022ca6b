"""Quotes for tests: a penny wide around a price."""

from datetime import datetime
from decimal import Decimal

from fund.execution.quotes import Quote
from support.books import TUESDAY, Number, at_open

OPEN = at_open(TUESDAY)


def a_quote(price: Number = 100, *, ticker: str = "AAPL", at: datetime = OPEN, size: Number = 100) -> Quote:
    """Return a quote that offers at `price` and bids a penny less."""
    return Quote(
        ticker=ticker,
        session=at.date(),
        at=at,
        bid=Decimal(price) - Decimal("0.01"),
        ask=Decimal(price),
        bid_size=Decimal(size),
        ask_size=Decimal(size),
    )
