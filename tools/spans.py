"""Spans of sessions, as an owner asks for them: today, this month, last quarter, all, from-to."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from fund.errors import QueryRefusedError

NAMED_SPANS = {"today": 1, "week": 5, "month": 21, "quarter": 63, "year": 252}
"""About how many sessions each named length of time has: of "the last 3 months", not of "this month"."""
CalendarUnit = Literal["week", "month", "quarter", "year"]
UNITS: tuple[CalendarUnit, ...] = get_args(CalendarUnit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of sessions: the last `sessions`, those from `first` to `last`, a calendar's unit, or all."""

    label: str
    sessions: int | None = None
    first: date | None = None
    last: date | None = None
    unit: CalendarUnit | None = None
    """The calendar period that the last session lies in, up to that session; or one before it."""
    back: int = 0
    """How many such periods before it."""

    def select(self, sessions: Sequence[date]) -> slice:
        """Return the slice of ascending `sessions` the span covers.

        Raises:
            QueryRefusedError: Nothing lies inside the span; the message says what there is.
        """
        first, last = self.first, self.last
        if self.unit is not None and sessions:
            first, last = _period(sessions[-1], self.unit, self.back)
        start = bisect_left(sessions, first) if first else 0
        stop = bisect_right(sessions, last) if last else len(sessions)
        if self.sessions is not None:
            start = max(start, stop - self.sessions)
        if start >= stop:
            raise QueryRefusedError(_nothing_inside(self, sessions))
        return slice(start, stop)


ALL_SESSIONS = Span(label="since the start")


def trailing(sessions: int, label: str | None = None) -> Span:
    """Return the span of the last `sessions` sessions."""
    if sessions < 1:
        raise QueryRefusedError(f"a span needs at least 1 session, found {sessions!r}")
    plain = "the last session" if sessions == 1 else f"the last {sessions} sessions"
    return Span(label=label or plain, sessions=sessions)


def between(first: date | None, last: date | None) -> Span:
    """Return the span from `first` to `last`, both included; None leaves an end open."""
    if first and last and first > last:
        first, last = last, first
    if first and first == last:
        return Span(label=first.isoformat(), first=first, last=last)
    if first and last:
        return Span(label=f"{first.isoformat()} to {last.isoformat()}", first=first, last=last)
    if first:
        return Span(label=f"since {first.isoformat()}", first=first)
    return Span(label=f"until {last.isoformat()}", last=last) if last else ALL_SESSIONS


def calendar_span(unit: CalendarUnit, back: int = 0) -> Span:
    """Return the week, month, quarter or year the last session lies in, to date; or a whole one before it."""
    label = f"{back} {unit}s ago" if back > 1 else f"last {unit}" if back else f"this {unit}"
    return Span(label=label, unit=unit, back=back)


def parse_span(text: str) -> Span:
    """Read `today`, `month`, `last month`, `all`, `12` or `2016-05-01..2016-06-30`.

    A week, month, quarter or year is the calendar's: this one to date, or the whole one before it.

    Raises:
        QueryRefusedError: The text is none of these.
    """
    word = text.strip().casefold()
    if word in _SAID:
        return _SAID[word]
    if word.isascii() and word.isdigit() and len(word) <= 6:
        return trailing(int(word))
    first, dots, last = word.partition("..")
    last = last if dots else first
    try:
        return between(
            date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
        )
    except ValueError:
        raise QueryRefusedError(
            f"a span is one of today, {', '.join(UNITS)}, last {', last '.join(UNITS)}, all, a number of "
            f"sessions or 2016-05-01..2016-06-30, found {text!r}"
        ) from None


_SAID = {
    "": ALL_SESSIONS,
    "all": ALL_SESSIONS,
    "today": trailing(1),
    **{unit: calendar_span(unit) for unit in UNITS},
    **{f"this {unit}": calendar_span(unit) for unit in UNITS},
    **{f"last {unit}": calendar_span(unit, 1) for unit in UNITS},
}


def _period(day: date, unit: CalendarUnit, back: int) -> tuple[date, date]:
    """Return the first and the last day of the calendar period a day lies in, or of one before it."""
    first = _start(day, unit)
    for _ in range(back):
        day = first - timedelta(days=1)
        first = _start(day, unit)
    return first, day


def _start(day: date, unit: CalendarUnit) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[unit]
    return day.replace(month=month, day=1)


def _nothing_inside(span: Span, sessions: Sequence[date]) -> str:
    if not sessions:
        return "there is no session with a return yet; advance the desk by a session first"
    return (
        f"there is no session in {span.label}; the desk has "
        f"{sessions[0].isoformat()} to {sessions[-1].isoformat()}"
    )
