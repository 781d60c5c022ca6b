"""Wrong passwords are counted, by account and by address: after five in a minute nobody is heard."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock

from fund.clock import Clock

ATTEMPTS_PER_WINDOW = 5
WINDOW = timedelta(seconds=60)
MOST_KEPT = 10_000
"""Accounts and addresses remembered; beyond them the one that was quiet longest is forgotten."""


class Throttle:
    """Remembers failures; asking and failing are safe from any thread."""

    def __init__(
        self, clock: Clock, *, attempts: int = ATTEMPTS_PER_WINDOW, window: timedelta = WINDOW
    ) -> None:
        self._clock = clock
        self._attempts = attempts
        self._window = window
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def seconds_closed(self, sources: Iterable[str]) -> int:
        """Return for how long none of these is heard, in whole seconds; 0 when they all are."""
        now = self._clock.now()
        with self._lock:
            waits = [self._wait(source, now) for source in sources]
        return max(waits, default=0)

    def failed(self, sources: Iterable[str]) -> None:
        """Count one failure of each of these."""
        now = self._clock.now()
        with self._lock:
            for source in sources:
                found = self._failures.setdefault(source, deque(maxlen=self._attempts))
                found.append(now)
                self._failures.move_to_end(source)
            while len(self._failures) > MOST_KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, sources: Iterable[str]) -> None:
        """Forget the failures of each of these."""
        with self._lock:
            for source in sources:
                self._failures.pop(source, None)

    def _wait(self, source: str, now: datetime) -> int:
        found = self._failures.get(source)
        if found is None or len(found) < self._attempts:
            return 0
        left = (found[0] + self._window - now).total_seconds()
        return max(0, -int(-left // 1))
