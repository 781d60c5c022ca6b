"""A job: what comes round by itself, when, and what becomes of a time nobody was there for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fund.market.timetable import Late, Slot, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that comes round, done once a slot; it may be begun twice, so its effects follow from the slot."""

    name: str
    what: str
    """What it does, in a few words for the owner."""
    timing: Timing
    late: Late
    work: Callable[[Slot], str]
    """Does it and says what came of it; a `DeskError` is tried again."""
    asks_breaker: bool = False
    """Whether it is left out while the breaker is open."""
    aside: bool = False
    """Whether it may take hours: it has a thread of its own, and one that is stopped goes on another time."""
    waits: Callable[[datetime], bool] = lambda now: False
    """Whether it must not be begun at a moment; its slot stays as it is."""
