"""Quotes, and the depth around them that a paper account has to imagine."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

import numpy as np

from fund.execution.order_book import LimitOrderBook
from fund.portfolio.fill import Side

TICK = Decimal("0.01")
LEVELS = 5
DEEPER = 1.5
"""How much more rests at each level away from the best, on average: depth grows away from the spread
(Bouchaud, Mezard and Potters, "Statistical properties of stock order books", 2002)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best bid and offer of a ticker at a moment, USD and shares."""

    ticker: str
    session: date
    at: datetime
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal

    @property
    def is_sound(self) -> bool:
        """Return whether something can trade on it: finite, above 0, not crossed."""
        figures = (self.bid, self.ask, self.bid_size, self.ask_size)
        return all(f.is_finite() and f > 0 for f in figures) and self.bid < self.ask


def chance_of(seed: int, quote: Quote) -> np.random.Generator:
    """Return the source of chance of one quote: the same seed and quote give the same numbers."""
    cause = f"{seed}|{quote.ticker}|{quote.at.isoformat()}"
    return np.random.default_rng(int.from_bytes(sha256(cause.encode()).digest()[:8], "big"))


def book_around(quote: Quote, chance: np.random.Generator) -> LimitOrderBook:
    """Return a book whose best levels are the quote, with imagined depth behind them."""
    book = LimitOrderBook()
    sides: tuple[tuple[Side, Decimal, Decimal, int], ...] = (
        ("buy", quote.bid, quote.bid_size, -1),
        ("sell", quote.ask, quote.ask_size, 1),
    )
    for side, best, size, away in sides:
        drawn = chance.exponential(1.0, LEVELS - 1)
        for level in range(LEVELS):
            price = best + away * level * TICK
            scale = 1 if level == 0 else Decimal(repr(round(DEEPER**level * float(drawn[level - 1]), 2)))
            quantity = (size * scale).quantize(Decimal(1))
            if price > 0 and quantity > 0:
                book.add(f"depth-{side}-{level}", side, quantity, price)
    return book
