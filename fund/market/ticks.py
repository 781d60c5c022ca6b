"""A last price at a moment: what watching the market intraday sees of a ticker."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The last trade of a ticker, USD, and how many shares were traded in the session up to it."""

    ticker: str
    at: datetime
    price: float
    volume: float | None = None
    """Shares since the open; None where the source does not say."""

    @property
    def is_sound(self) -> bool:
        """Return whether it can be watched: dated with a zone, finite, above 0, no volume below 0."""
        dated = self.at.tzinfo is not None
        traded = self.volume is None or (math.isfinite(self.volume) and self.volume >= 0)
        return dated and traded and math.isfinite(self.price) and self.price > 0


class TickSource(Protocol):
    """Where ticks come from: a vendor's quotes, a stream, a recording."""

    @property
    def name(self) -> str:
        """A short name for records."""
        ...

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest tick of each ticker it has one of.

        Raises `FeedError` when the source cannot be asked.
        """
        ...
