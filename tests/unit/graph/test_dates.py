"""Days and spans in plain English, told from Tuesday 2017-01-31."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import QueryRefusedError
from graph.words.dates import count_of, find_days, find_span
from tools.spans import ALL_SESSIONS

TODAY = date(2017, 1, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2017-01-17", date(2017, 1, 17)),
        ("2017/1/17", date(2017, 1, 17)),
        ("on 1/17", date(2017, 1, 17)),
        ("12/30/16", date(2016, 12, 30)),
        ("march 1", date(2016, 3, 1)),
        ("march 1st, 2015", date(2015, 3, 1)),
        ("the 1st of march", date(2016, 3, 1)),
        ("3 nov 2016", date(2016, 11, 3)),
        ("sept 9", date(2016, 9, 9)),
        ("february 29", date(2016, 2, 29)),
        ("today", date(2017, 1, 31)),
        ("yesterday", date(2017, 1, 30)),
        ("day before yesterday", date(2017, 1, 29)),
        ("3 days ago", date(2017, 1, 28)),
        ("a week ago", date(2017, 1, 24)),
        ("last friday", date(2017, 1, 27)),
        ("on friday", date(2017, 1, 27)),
        ("last tuesday", date(2017, 1, 24)),
        ("on tuesday", date(2017, 1, 31)),
    ],
)
def test_a_day_is_read_as_people_mean_it(text: str, day: date) -> None:
    assert [found.day for found in find_days(text, TODAY)] == [day]


@pytest.mark.parametrize("text", ["we sat down", "mon repos", "may we", "1234", "12.5 percent", "in march"])
def test_words_that_are_no_day_are_none(text: str) -> None:
    assert find_days(text, TODAY) == ()


@pytest.mark.parametrize("text", ["february 30", "2017-02-29", "2016-13-01", "april 31st", "13/45"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError, match="no day"):
        find_days(text, TODAY)


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("the last week", 5),
        ("past month", 21),
        ("over the last quarter", 63),
        ("the last 10 sessions", 10),
        ("last two weeks", 10),
        ("past three months", 63),
        ("today", 1),
        ("for the quarter", 63),
        ("over the year", 252),
    ],
)
def test_a_trailing_span_counts_sessions(text: str, sessions: int) -> None:
    span = find_span(text, TODAY)
    assert span is not None
    assert span.sessions == sessions


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("from 2016-05-01 to 2016-06-30", date(2016, 5, 1), date(2016, 6, 30)),
        ("between march 1 and april 1", date(2016, 3, 1), date(2016, 4, 1)),
        ("since march 1", date(2016, 3, 1), None),
        ("until december 30", None, date(2016, 12, 30)),
        ("this week", date(2017, 1, 30), TODAY),
        ("this month", date(2017, 1, 1), TODAY),
        ("last week", date(2017, 1, 23), date(2017, 1, 29)),
        ("and last month", date(2016, 12, 1), date(2016, 12, 31)),
        ("previous quarter", date(2016, 10, 1), date(2016, 12, 31)),
        ("last year", date(2016, 1, 1), date(2016, 12, 31)),
        ("perf h2 2016", date(2016, 7, 1), date(2016, 12, 31)),
        ("the first half of 2016", date(2016, 1, 1), date(2016, 6, 30)),
        ("2016q3", date(2016, 7, 1), date(2016, 9, 30)),
        ("the second quarter of 2016", date(2016, 4, 1), date(2016, 6, 30)),
        ("from 1/3/2016 to 31/3/2016", date(2016, 1, 3), date(2016, 3, 31)),
        ("on the last day of 2016", date(2016, 12, 31), date(2016, 12, 31)),
        ("at the end of the year", date(2016, 12, 31), date(2016, 12, 31)),
        ("at year end", date(2016, 12, 31), date(2016, 12, 31)),
        ("since christmas", date(2016, 12, 25), None),
        ("from september to november 2016", date(2016, 9, 1), date(2016, 11, 30)),
        ("between november and january", date(2016, 11, 1), date(2017, 1, 31)),
        ("did we finish december up", date(2016, 12, 1), date(2016, 12, 31)),
        ("what did we do on brexit day", date(2016, 6, 24), date(2016, 6, 24)),
        ("ytd", date(2017, 1, 1), TODAY),
        ("qtd", date(2017, 1, 1), TODAY),
        ("in november", date(2016, 11, 1), date(2016, 11, 30)),
        ("since november", date(2016, 11, 1), None),
        ("in january 2016", date(2016, 1, 1), date(2016, 1, 31)),
        ("q4 2016", date(2016, 10, 1), date(2016, 12, 31)),
        ("q4", date(2016, 10, 1), date(2016, 12, 31)),
        ("in 2016", date(2016, 1, 1), date(2016, 12, 31)),
        ("on friday", date(2017, 1, 27), date(2017, 1, 27)),
    ],
)
def test_a_span_between_dates_is_read(text: str, first: date | None, last: date | None) -> None:
    span = find_span(text, TODAY)
    assert span is not None
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("text", ["since the start", "overall", "so far", "all time", "since inception"])
def test_everything_is_everything(text: str) -> None:
    assert find_span(text, TODAY) == ALL_SESSIONS


@pytest.mark.parametrize("text", ["how are we doing", "", "show me the money", "the second of all"])
def test_no_time_is_no_span(text: str) -> None:
    assert find_span(text, TODAY) is None


@pytest.mark.parametrize(("word", "count"), [("5", 5), ("five", 5), ("a", 1), ("thirty", 30)])
def test_a_count_is_read_in_digits_or_words(word: str, count: int) -> None:
    assert count_of(word) == count


@pytest.mark.parametrize("word", ["5.5", "-3", "99999999999", "many", "", "²"])
def test_anything_else_is_no_count(word: str) -> None:
    assert count_of(word) is None


@given(st.dates(date(2016, 2, 1), TODAY))
def test_a_day_without_its_year_is_the_last_such_day(day: date) -> None:
    found = find_days(f"{day:%B} {day.day}".lower(), TODAY)
    assert [each.day for each in found] == [day]


@given(st.text(max_size=80))
def test_any_text_has_a_span_or_none_or_is_refused(text: str) -> None:
    try:
        span = find_span(text.lower(), TODAY)
    except QueryRefusedError:
        return
    assert span is None or span.label
