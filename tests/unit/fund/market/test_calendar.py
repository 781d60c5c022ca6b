"""The exchange's hours: holidays, half days, daylight saving, and what lies outside the span."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError, NoDataError
from fund.market.calendar import Hours, SessionCalendar, nyse
from support.markets import FIRST, a_calendar

NYSE = nyse()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("session", "open_at", "close_at"),
    [
        (date(2016, 1, 4), utc(2016, 1, 4, 14, 30), utc(2016, 1, 4, 21)),
        (date(2016, 7, 5), utc(2016, 7, 5, 13, 30), utc(2016, 7, 5, 20)),
        (date(2015, 11, 27), utc(2015, 11, 27, 14, 30), utc(2015, 11, 27, 18)),
        (date(2015, 12, 24), utc(2015, 12, 24, 14, 30), utc(2015, 12, 24, 18)),
        (date(2016, 3, 14), utc(2016, 3, 14, 13, 30), utc(2016, 3, 14, 20)),
    ],
    ids=["winter", "summer", "day after Thanksgiving", "Christmas Eve", "first day of summer time"],
)
def test_hours_are_in_utc_and_half_days_are_short(
    session: date, open_at: datetime, close_at: datetime
) -> None:
    assert NYSE.open_at(session) == open_at
    assert NYSE.close_at(session) == close_at
    assert NYSE.decision_time(session) == close_at + timedelta(minutes=30)
    assert NYSE.close_at(session).tzinfo is UTC


@pytest.mark.parametrize(
    "holiday", [date(2016, 1, 18), date(2016, 3, 25), date(2016, 7, 4), date(2016, 1, 9)]
)
def test_a_holiday_is_no_session(holiday: date) -> None:
    assert not NYSE.is_session(holiday)
    with pytest.raises(NoDataError, match="when the exchange is closed"):
        NYSE.close_at(holiday)


def test_the_bundle_has_513_sessions() -> None:
    assert len(NYSE.sessions(date(2015, 3, 20), date(2017, 3, 31))) == 513


def test_neighbours_skip_weekends_and_holidays() -> None:
    assert NYSE.next_session(date(2016, 7, 1)) == date(2016, 7, 5)
    assert NYSE.next_session(date(2016, 7, 2)) == date(2016, 7, 5)
    assert NYSE.previous_session(date(2016, 7, 5)) == date(2016, 7, 1)
    assert NYSE.previous_session(date(2016, 7, 4)) == date(2016, 7, 1)
    assert NYSE.shift(date(2016, 7, 1), 2) == date(2016, 7, 6)
    assert NYSE.distance(date(2016, 7, 1), date(2016, 7, 6)) == 2


def test_last_sessions_end_with_the_one_asked_for() -> None:
    days = NYSE.last_sessions(date(2016, 7, 5), 3)
    assert days == (date(2016, 6, 30), date(2016, 7, 1), date(2016, 7, 5))
    assert NYSE.last_sessions(NYSE.first, 3) == (NYSE.first,)


def test_a_session_counts_as_closed_from_the_moment_of_its_close() -> None:
    close = utc(2015, 11, 27, 18)
    assert NYSE.last_closed(close - timedelta(microseconds=1)) == date(2015, 11, 25)
    assert NYSE.last_closed(close) == date(2015, 11, 27)
    assert NYSE.last_closed(utc(2015, 11, 29, 12)) == date(2015, 11, 27)


def test_a_naive_moment_is_refused() -> None:
    naive = utc(2016, 1, 4).replace(tzinfo=None)
    with pytest.raises(DataError, match="expected a timezone-aware moment"):
        NYSE.last_closed(naive)


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2036, 1, 2)])
def test_a_day_outside_the_span_is_named_with_the_span(day: date) -> None:
    for ask in (NYSE.is_session, NYSE.next_session, NYSE.previous_session, NYSE.close_at):
        with pytest.raises(NoDataError, match=f"between 2000-01-03 and 2035-12-31.*found {day}"):
            ask(day)


def test_the_ends_of_the_span_have_no_neighbour() -> None:
    calendar = a_calendar(count=5)
    with pytest.raises(NoDataError, match="a session after"):
        calendar.next_session(calendar.last)
    with pytest.raises(NoDataError, match="a session before"):
        calendar.previous_session(calendar.first)
    with pytest.raises(NoDataError, match=r"\+9 sessions from"):
        calendar.shift(calendar.first, 9)
    with pytest.raises(NoDataError, match="a session closed by"):
        calendar.last_closed(calendar.open_at(calendar.first))
    with pytest.raises(NoDataError, match="a session closed by"):
        calendar.last_closed(calendar.close_at(calendar.last) + timedelta(days=3))


@given(st.dates(date(2000, 2, 1), date(2035, 11, 30)))
def test_next_and_previous_are_inverse_on_sessions(day: date) -> None:
    session = NYSE.next_session(day)
    assert session > day
    assert NYSE.is_session(session)
    assert NYSE.next_session(NYSE.previous_session(session)) == session
    assert NYSE.last_closed(NYSE.decision_time(session)) == session
    assert NYSE.sessions(day + timedelta(days=1), session) == (session,)


@pytest.mark.parametrize(
    "hours",
    [
        [],
        [Hours(FIRST, utc(2016, 1, 4, 21), utc(2016, 1, 4, 14))],
        [Hours(FIRST, utc(2016, 1, 4, 14), utc(2016, 1, 4, 21))] * 2,
    ],
    ids=["empty", "closes before it opens", "twice the same"],
)
def test_hours_that_make_no_sense_are_refused(hours: list[Hours]) -> None:
    with pytest.raises(DataError, match="expected"):
        SessionCalendar(hours)


def test_the_facts_do_not_load_pandas_before_a_calendar_is_asked_for() -> None:
    code = "import sys, fund.market.history, db.lake; print('pandas' in sys.modules, 'polars' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["False", "False"]
