"""A stream of ticks as a source: what was pushed since it was last asked, in order."""

from collections import deque
from collections.abc import Sequence
from threading import Event

from fund.market.ticks import Tick

MOST_WAITING = 100_000
"""Ticks held while nobody asks; the oldest go first, and are counted."""


class Inflow:
    """A `TickSource` that a stream's thread pushes into; `arrived` is set when there is something."""

    def __init__(self, name: str, arrived: Event | None = None) -> None:
        self._name = name
        self._ticks: deque[Tick] = deque()
        self.arrived = arrived or Event()
        self.dropped = 0

    @property
    def name(self) -> str:
        """Return the stream's name."""
        return self._name

    def push(self, tick: Tick) -> None:
        """Take a tick from the stream; from one thread only."""
        if len(self._ticks) >= MOST_WAITING:
            self._ticks.popleft()
            self.dropped += 1
        self._ticks.append(tick)
        self.arrived.set()

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return everything that came since the last question; the stream knows its own tickers."""
        return [self._ticks.popleft() for _ in range(len(self._ticks))]
