"""Which ticks of one ticker are believed, and when: what the next tick takes back never counts."""

from dataclasses import dataclass
from typing import Literal

from fund.market.ticks import Tick

Refusal = Literal["unsound", "unknown", "future", "late", "closed", "out_of_order", "duplicate", "outlier"]
REFUSALS: tuple[Refusal, ...] = (
    "unsound",
    "unknown",
    "future",
    "late",
    "closed",
    "out_of_order",
    "duplicate",
    "outlier",
)


@dataclass(slots=True)
class Sieved:
    """What became of a tick: those that are believed now, oldest first, and why one is not."""

    believed: tuple[Tick, ...] = ()
    refused: Refusal | None = None


class Sieve:
    """Lets a price through when it is near the last one, and else once the next has not taken it back.

    Taken back means: the next price lies nearer to the one before than to the one that waited. At the
    start, with nothing to compare with, the first price waits as well.
    """

    __slots__ = ("_last", "_outlier", "_seen", "held")

    def __init__(self, outlier: float) -> None:
        self._outlier = outlier
        self._last: float | None = None
        self._seen: Tick | None = None
        self.held: Tick | None = None
        """The tick that waits for the next one."""

    def begin(self, previous: float | None) -> None:
        """Begin a session after a close, None where that is not known; what waited is forgotten."""
        self._last = previous
        self.held = None

    def take(self, tick: Tick) -> Sieved:
        """Take the next tick of the ticker in."""
        seen = self._seen
        if seen is not None and tick.at <= seen.at:
            if tick.at < seen.at:
                return Sieved(refused="out_of_order")
            if tick.price == seen.price and tick.volume == seen.volume:
                return Sieved(refused="duplicate")
        self._seen = tick
        if self.held is None:
            return Sieved(believed=self._near(tick))
        held, self.held = self.held, None
        if self._takes_back(tick.price, held.price):
            return Sieved(believed=self._near(tick), refused="outlier")
        self._last = held.price
        return Sieved(believed=(held, *self._near(tick)))

    def release(self) -> Tick | None:
        """Believe what waits, as nothing came to take it back; None when nothing waits."""
        held, self.held = self.held, None
        if held is not None:
            self._last = held.price
        return held

    def _near(self, tick: Tick) -> tuple[Tick, ...]:
        """Believe a tick that is near the last price, and hold any other."""
        if self._last is None or abs(tick.price / self._last - 1) > self._outlier:
            self.held = tick
            return ()
        self._last = tick.price
        return (tick,)

    def _takes_back(self, price: float, held: float) -> bool:
        if self._last is None:
            return abs(price / held - 1) > self._outlier
        return abs(price - self._last) < abs(price - held)
