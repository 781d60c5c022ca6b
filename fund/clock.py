"""Time as an argument: every room is told the time, none looks at a wall."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; a replay's clock stands still between sessions."""

    def now(self) -> datetime:
        """Return the current moment as a timezone-aware UTC timestamp."""
        ...


class SystemClock:
    """The machine's clock; the only place in the house that reads it."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one clock


class FixedClock:
    """A clock that stands where it was put until it is moved."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the moment the clock stands at."""
        return self._at

    def move(self, at: datetime) -> None:
        """Put the clock at another moment."""
        self._at = at
