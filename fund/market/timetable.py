"""When work comes round: moments of the exchange's day, of the night and of the week, each named once.

A slot's name follows from the calendar alone, so that two processes, or a clock set back, name the same
slot alike. All moments are UTC: a time of day in New York may come twice on one day, or not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol

from fund.errors import DataError
from fund.market.calendar import SessionCalendar

Late = Literal["skip", "newest", "all"]
"""What becomes of a slot nobody was there for: left out once its time is over, made up for by the newest
alone, or made up for one by one."""
NEAR = timedelta(days=2)
"""How far a slot may lie from the date of its session, whatever the exchange's zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One time that a job is due."""

    job: str
    name: str
    """Unique within the job: a session, a day, or a session and the minute."""
    due_at: datetime
    ends_at: datetime
    """From when it is no use to begin any more."""
    session: date | None = None
    """The session it belongs to; None for what follows no session."""


class Timing(Protocol):
    """When a job is due, as a pure function of the calendar."""

    def slots(self, job: str, calendar: SessionCalendar, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots due later than `after` and no later than `until`, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class AroundOpen:
    """So many minutes after the open of every session; before it when negative."""

    minutes: int

    def slots(self, job: str, calendar: SessionCalendar, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield one a session: before the open it ends there, after it at the close."""
        for session in _sessions(calendar, after, until):
            opened, closed = calendar.open_at(session), calendar.close_at(session)
            due = opened + timedelta(minutes=self.minutes)
            ends = opened if self.minutes < 0 else closed
            if after < due <= until and due < ends:
                yield Slot(job=job, name=session.isoformat(), due_at=due, ends_at=ends, session=session)


@dataclass(frozen=True, slots=True)
class AroundClose:
    """So many minutes after the close of every session, that of a half day too; before it when negative."""

    minutes: int

    def slots(self, job: str, calendar: SessionCalendar, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield one a session: before the close it ends there, after it at the next open."""
        for session in _sessions(calendar, after, until):
            opened, closed = calendar.open_at(session), calendar.close_at(session)
            due = closed + timedelta(minutes=self.minutes)
            ends = closed if self.minutes < 0 else calendar.open_at(calendar.next_session(session))
            if after < due <= until and opened < due < ends:
                yield Slot(job=job, name=session.isoformat(), due_at=due, ends_at=ends, session=session)


@dataclass(frozen=True, slots=True)
class WithinHours:
    """At the open of every session and again and again until its close."""

    every: timedelta

    def __post_init__(self) -> None:
        """Refuse a step that goes nowhere."""
        if self.every < timedelta(minutes=1):
            raise DataError(f"expected a minute or more between two times, found {self.every}")

    def slots(self, job: str, calendar: SessionCalendar, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield them; each ends where the next begins, the last at the close."""
        for session in _sessions(calendar, after, until):
            due, closed = calendar.open_at(session), calendar.close_at(session)
            while due < closed:
                ends = min(due + self.every, closed)
                if after < due <= until:
                    name = f"{session.isoformat()}T{due.astimezone(UTC):%H%MZ}"
                    yield Slot(job=job, name=name, due_at=due, ends_at=ends, session=session)
                due = ends


@dataclass(frozen=True, slots=True)
class Nightly:
    """Every day at a time of UTC, which no change of clocks doubles or leaves out."""

    at: time

    def slots(self, job: str, calendar: SessionCalendar, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield one a day; it ends where the next begins."""
        return _days(job, self.at, timedelta(days=1), after, until)


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week, on a day (Monday is 0) at a time of UTC."""

    weekday: int
    at: time

    def __post_init__(self) -> None:
        """Refuse a day that no week has."""
        if not 0 <= self.weekday <= 6:
            raise DataError(f"expected a weekday from 0 (Monday) to 6 (Sunday), found {self.weekday!r}")

    def slots(self, job: str, calendar: SessionCalendar, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield one a week; it ends where the next begins."""
        found = _days(job, self.at, timedelta(days=7), after, until)
        return (slot for slot in found if slot.due_at.weekday() == self.weekday)


def next_slot(job: str, timing: Timing, calendar: SessionCalendar, after: datetime) -> Slot | None:
    """Return the first slot due later than a moment; None where the calendar's span ends before one."""
    for days in (1, 8, 40):
        found = next(timing.slots(job, calendar, after, after + timedelta(days=days)), None)
        if found is not None:
            return found
    return None


def _sessions(calendar: SessionCalendar, after: datetime, until: datetime) -> tuple[date, ...]:
    """Return the sessions that can have a slot in between; the calendar's last has no next open."""
    last = calendar.previous_session(calendar.last)
    first = max(calendar.first, (after - NEAR).date())
    stop = min(last, (until + NEAR).date())
    return calendar.sessions(first, stop) if first <= stop else ()


def _days(job: str, at: time, length: timedelta, after: datetime, until: datetime) -> Iterator[Slot]:
    day = after.astimezone(UTC).date()
    while (due := datetime.combine(day, at, UTC)) <= until:
        if due > after:
            yield Slot(job=job, name=day.isoformat(), due_at=due, ends_at=due + length)
        day += timedelta(days=1)
