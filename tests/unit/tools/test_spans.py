"""Spans of sessions, named, counted or between two dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import QueryRefusedError
from tools.spans import ALL_SESSIONS, Span, between, calendar_span, parse_span, trailing

DAYS = [date(2016, 3, 1) + timedelta(days=n) for n in range(30)]


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("today", date(2016, 11, 17), date(2016, 11, 17)),
        ("week", date(2016, 11, 14), date(2016, 11, 17)),
        ("this month", date(2016, 11, 1), date(2016, 11, 17)),
        ("quarter", date(2016, 10, 1), date(2016, 11, 17)),
        ("year", date(2016, 1, 1), date(2016, 11, 17)),
        ("last week", date(2016, 11, 7), date(2016, 11, 13)),
        ("Last Month", date(2016, 10, 1), date(2016, 10, 31)),
        ("last quarter", date(2016, 7, 1), date(2016, 9, 30)),
        ("last year", date(2015, 1, 1), date(2015, 12, 31)),
    ],
)
def test_a_month_is_the_calendars_to_date_and_the_last_one_whole(word: str, first: date, last: date) -> None:
    """Of a desk that stands at 2016-11-17, a Thursday."""
    days = [date(2015, 1, 1) + timedelta(days=n) for n in range(687)]
    chosen = days[parse_span(word).select(days)]
    assert (chosen[0], chosen[-1], days[-1]) == (first, last, date(2016, 11, 17))


def test_a_period_is_named_as_it_was_asked_for() -> None:
    told = [calendar_span("month", back).label for back in range(3)]
    assert told == ["this month", "last month", "2 months ago"]


def test_last_year_of_a_desk_that_began_this_year_says_what_there_is() -> None:
    with pytest.raises(QueryRefusedError, match="no session in last year; the desk has 2016-03-01 to"):
        parse_span("last year").select(DAYS)


def test_everything_is_the_default() -> None:
    assert parse_span("all") == parse_span("") == ALL_SESSIONS
    assert DAYS[ALL_SESSIONS.select(DAYS)] == DAYS


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2016-03-05..2016-03-07", date(2016, 3, 5), date(2016, 3, 7)),
        ("2016-03-07..2016-03-05", date(2016, 3, 5), date(2016, 3, 7)),
        ("2016-03-05", date(2016, 3, 5), date(2016, 3, 5)),
        ("2016-03-05..", date(2016, 3, 5), None),
        ("..2016-03-05", None, date(2016, 3, 5)),
    ],
)
def test_two_dates_make_a_span_in_either_order(text: str, first: date | None, last: date | None) -> None:
    span = parse_span(text)
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("text", ["yesterday", "2016-13-01", "-3", "1e3", "0", "99999999", "2016-03-05..x"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        parse_span(text)


def test_a_span_outside_the_books_says_what_there_is() -> None:
    with pytest.raises(QueryRefusedError, match="2016-03-01 to 2016-03-30"):
        between(date(2020, 1, 1), None).select(DAYS)


def test_an_empty_book_says_to_advance_first() -> None:
    with pytest.raises(QueryRefusedError, match="advance"):
        trailing(5).select([])


@given(st.integers(1, 60))
def test_a_trailing_span_takes_the_last_sessions_there_are(count: int) -> None:
    assert DAYS[trailing(count).select(DAYS)] == DAYS[-count:]


@given(st.dates(date(2016, 2, 1), date(2016, 5, 1)), st.dates(date(2016, 2, 1), date(2016, 5, 1)))
def test_a_span_between_dates_holds_exactly_the_days_inside(one: date, other: date) -> None:
    inside = [day for day in DAYS if min(one, other) <= day <= max(one, other)]
    span: Span = between(one, other)
    if inside:
        assert DAYS[span.select(DAYS)] == inside
    else:
        with pytest.raises(QueryRefusedError):
            span.select(DAYS)
