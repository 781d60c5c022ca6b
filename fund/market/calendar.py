"""When an exchange is open: sessions, half days and the moments they begin and end."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from fund.errors import DataError, NoDataError

DECISION_DELAY = timedelta(minutes=30)
"""How long after the close a daily cycle decides: the closing auction and VIX (16:15) are out by then."""

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2035, 12, 31)


class Hours(NamedTuple):
    """One session and the UTC moments it opens and closes."""

    session: date
    open_at: datetime
    close_at: datetime


class SessionCalendar:
    """The sessions of one exchange in order; every answer is a lookup.

    A day outside the span raises `NoDataError`: a calendar that guesses would fill orders on a holiday.
    """

    __slots__ = ("_closes", "_hours", "_position", "_sessions")

    def __init__(self, hours: Iterable[Hours]) -> None:
        self._hours = tuple(hours)
        self._sessions = tuple(each.session for each in self._hours)
        self._closes = tuple(each.close_at for each in self._hours)
        self._position = {session: place for place, session in enumerate(self._sessions)}
        _check_hours(self._hours)

    @property
    def first(self) -> date:
        """The first session of the span."""
        return self._sessions[0]

    @property
    def last(self) -> date:
        """The last session of the span."""
        return self._sessions[-1]

    def is_session(self, day: date) -> bool:
        """Say whether the exchange opens on a day of the span."""
        self._check_span(day)
        return day in self._position

    def sessions(self, first: date, last: date) -> tuple[date, ...]:
        """Return the sessions from `first` to `last`, both included, oldest first."""
        self._check_span(first)
        self._check_span(last)
        return self._sessions[bisect_left(self._sessions, first) : bisect_right(self._sessions, last)]

    def last_sessions(self, session: date, count: int) -> tuple[date, ...]:
        """Return the `count` sessions that end with `session`, oldest first (fewer at the start)."""
        end = self._place(session) + 1
        return self._sessions[max(0, end - count) : end]

    def next_session(self, day: date) -> date:
        """Return the first session after a day."""
        self._check_span(day)
        place = bisect_right(self._sessions, day)
        if place == len(self._sessions):
            raise self._outside(f"a session after {day}")
        return self._sessions[place]

    def previous_session(self, day: date) -> date:
        """Return the last session before a day."""
        self._check_span(day)
        place = bisect_left(self._sessions, day) - 1
        if place < 0:
            raise self._outside(f"a session before {day}")
        return self._sessions[place]

    def shift(self, session: date, count: int) -> date:
        """Return the session `count` sessions later (earlier when negative)."""
        place = self._place(session) + count
        if not 0 <= place < len(self._sessions):
            raise self._outside(f"{count:+d} sessions from {session}")
        return self._sessions[place]

    def distance(self, earlier: date, later: date) -> int:
        """Return how many sessions lie between two sessions: 1 from one session to the next."""
        return self._place(later) - self._place(earlier)

    def open_at(self, session: date) -> datetime:
        """Return the UTC moment a session opens."""
        return self._hours[self._place(session)].open_at

    def close_at(self, session: date) -> datetime:
        """Return the UTC moment a session closes; earlier on half days."""
        return self._hours[self._place(session)].close_at

    def decision_time(self, session: date) -> datetime:
        """Return the `as_of` of a session's daily cycle: half an hour after its close."""
        return self.close_at(session) + DECISION_DELAY

    def last_closed(self, as_of: datetime) -> date:
        """Return the last session that had closed at a moment; the close itself counts as closed."""
        if as_of.tzinfo is None:
            raise DataError(f"expected a timezone-aware moment, found {as_of!r}; pass it in UTC")
        place = bisect_right(self._closes, as_of) - 1
        if place < 0 or as_of.date() > self.last + timedelta(days=1):
            raise self._outside(f"a session closed by {as_of.isoformat()}")
        return self._sessions[place]

    def _place(self, session: date) -> int:
        place = self._position.get(session)
        if place is not None:
            return place
        self._check_span(session)
        nearest = self._sessions[bisect_left(self._sessions, session)]
        raise NoDataError(
            f"expected a session, found {session} ({session:%A}), when the exchange is closed; "
            f"the nearest after it is {nearest}"
        )

    def _check_span(self, day: date) -> None:
        if not self.first <= day <= self.last:
            raise self._outside(str(day))

    def _outside(self, found: str) -> NoDataError:
        return NoDataError(
            f"expected a day between {self.first} and {self.last}, the calendar's span, found {found}; "
            "ask for a day inside it"
        )


def _check_hours(hours: tuple[Hours, ...]) -> None:
    if not hours:
        raise DataError("expected at least one session in a calendar, found none; widen its span")
    for each in hours:
        if each.open_at.tzinfo is None or each.open_at >= each.close_at:
            raise DataError(f"expected a session that opens before it closes, in UTC, found {each!r}")
    for before, after in pairwise(hours):
        if before.session >= after.session or before.close_at >= after.open_at:
            raise DataError(f"expected sessions in order, found {before.session} before {after.session}")


def nyse(first: date = FIRST_DAY, last: date = LAST_DAY) -> SessionCalendar:
    """Return the calendar of XNYS with its holidays and half days."""
    return exchange("XNYS", first, last)


@lru_cache(maxsize=4)
def exchange(code: str, first: date = FIRST_DAY, last: date = LAST_DAY) -> SessionCalendar:
    """Return the calendar of an exchange by its ISO 10383 code; the source is exchange_calendars.

    The source costs most of a second and loads pandas, so it is imported on the first call only. Raises
    `DataError` for a code it does not know and for hours that are no sessions, as of a market that never
    closes.
    """
    import exchange_calendars
    from exchange_calendars.errors import CalendarError

    try:
        schedule = exchange_calendars.get_calendar(code, start=str(first), end=str(last)).schedule
    except (CalendarError, ValueError) as error:
        raise DataError(
            f"expected the code of an exchange such as XNYS, XLON or XTKS, found {code!r}: {error}"
        ) from error
    opens, closes = schedule["open"].tolist(), schedule["close"].tolist()
    return SessionCalendar(
        Hours(session.date(), _utc(opened), _utc(closed))
        for session, opened, closed in zip(schedule.index.tolist(), opens, closes, strict=True)
    )


def _utc(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp(), UTC)
