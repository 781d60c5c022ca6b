"""How fast one user may ask: a bucket of tokens for each user and each door."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal

from desk.setting_groups import Access
from fund.clock import Clock, SystemClock

Door = Literal["chat", "calls"]
"""Questions in the chat; calls of the HTTP API and of MCP."""
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many a minute on average, and at most so many at once."""

    per_minute: int
    at_once: int


def rates_of(access: Access) -> dict[Door, Rate]:
    """Return the rates of the settings: a third of a minute's share may come at once."""
    minutes: dict[Door, int] = {"chat": access.chat_per_minute, "calls": access.calls_per_minute}
    return {door: Rate(per_minute=rate, at_once=max(1, rate // 3)) for door, rate in minutes.items()}


class Pace:
    """Gives out tokens; `take` is safe from any thread."""

    def __init__(self, rates: dict[Door, Rate] | None = None, clock: Clock | None = None) -> None:
        self._rates = rates_of(Access()) if rates is None else rates
        self._clock = clock or SystemClock()
        self._buckets: OrderedDict[tuple[Door, str], tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, user: str, door: Door = "chat") -> int:
        """Take a token; 0 when there was one, else the whole seconds until there is one."""
        rate, now = self._rates[door], self._clock.now()
        with self._lock:
            left, at = self._buckets.get((door, user), (float(rate.at_once), now))
            left = min(rate.at_once, left + max(0.0, (now - at).total_seconds()) * rate.per_minute / 60)
            taken = left >= 1
            self._buckets[door, user] = (left - 1 if taken else left, now)
            self._buckets.move_to_end((door, user))
            if len(self._buckets) > MOST_KEPT:
                self._buckets.popitem(last=False)
        return 0 if taken else max(1, -int(-(1 - left) * 60 // rate.per_minute))


def too_fast(seconds: int) -> str:
    """Say it to the one who asks too fast."""
    return f"That was quick: ask again in {seconds} second{'' if seconds == 1 else 's'}."
