"""The last minutes of one ticker: lowest, highest and turnover, in memory that ticks do not fill."""

from collections import deque
from typing import NamedTuple


class Priced(NamedTuple):
    """A price and the second it was traded in, Unix time."""

    second: int
    price: float


class Turnover(NamedTuple):
    """Shares traded since a second, Unix time."""

    shares: float
    since: int


class Window:
    """Holds whole seconds: at second s it reaches back to s - span, that one not included.

    Two monotonic deques give the extremes: each tick enters and leaves each of them at most once. No
    deque has more than one entry a second, so none is ever longer than the span.
    """

    __slots__ = ("_highs", "_lows", "_span", "_volumes")

    def __init__(self, span_seconds: int) -> None:
        self._span = span_seconds
        self._lows: deque[Priced] = deque()
        self._highs: deque[Priced] = deque()
        self._volumes: deque[tuple[int, float]] = deque()

    def __len__(self) -> int:
        """Return how many entries are held."""
        return len(self._lows) + len(self._highs) + len(self._volumes)

    def clear(self) -> None:
        """Forget everything."""
        self._lows.clear()
        self._highs.clear()
        self._volumes.clear()

    def begin_volume(self, second: int, shares: float) -> None:
        """Count turnover anew from here: the session opened, or the source counts from another start."""
        self._volumes.clear()
        self._volumes.append((second, shares))

    def add(self, second: int, price: float, volume: float | None) -> None:
        """Take a price in, and the shares of the session so far; seconds never go back."""
        lows, highs, volumes = self._lows, self._highs, self._volumes
        while lows and lows[-1].price >= price:
            lows.pop()
        if not lows or lows[-1].second != second:
            lows.append(Priced(second, price))
        while highs and highs[-1].price <= price:
            highs.pop()
        if not highs or highs[-1].second != second:
            highs.append(Priced(second, price))
        start = second - self._span
        while lows[0].second <= start:
            lows.popleft()
        while highs[0].second <= start:
            highs.popleft()
        if volume is not None:
            if volumes and volumes[-1][0] == second:
                volumes.pop()
            volumes.append((second, volume))
            while len(volumes) > 1 and volumes[1][0] <= start:
                volumes.popleft()

    @property
    def low(self) -> Priced | None:
        """The lowest price, the latest where there are several; None while nothing was taken in."""
        return self._lows[0] if self._lows else None

    @property
    def high(self) -> Priced | None:
        """The highest price, the latest where there are several."""
        return self._highs[0] if self._highs else None

    @property
    def turnover(self) -> Turnover | None:
        """Shares traded since the last count at or before the window's start; None with fewer than two."""
        if len(self._volumes) < 2:
            return None
        (since, before), (_, now) = self._volumes[0], self._volumes[-1]
        return Turnover(now - before, since)

    @property
    def counted(self) -> float | None:
        """The shares of the session as they were counted last; None where nobody counts."""
        return self._volumes[-1][1] if self._volumes else None
