"""When work comes round: days, half days and changes of clocks of exchanges, as their notices have them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.market.calendar import exchange, nyse
from fund.market.timetable import (
    AroundClose,
    AroundOpen,
    Nightly,
    Slot,
    Timing,
    Weekly,
    WithinHours,
    next_slot,
)

NYSE = nyse()
BEFORE_OPEN, AFTER_OPEN = AroundOpen(-30), AroundOpen(30)
BEFORE_CLOSE, AFTER_CLOSE = AroundClose(-30), AroundClose(30)
FOUR_HOURS = WithinHours(timedelta(hours=4))
NIGHT, SATURDAYS = Nightly(time(3, 30)), Weekly(5, time(4, 30))
TIMINGS: dict[str, Timing] = {
    "before_open": BEFORE_OPEN,
    "after_open": AFTER_OPEN,
    "before_close": BEFORE_CLOSE,
    "after_close": AFTER_CLOSE,
    "hours": FOUR_HOURS,
    "night": NIGHT,
    "saturdays": SATURDAYS,
}


def slots(timing: Timing, first: date, last: date, code: str = "XNYS") -> tuple[Slot, ...]:
    """Return the slots of whole UTC days."""
    after = datetime.combine(first, time(), UTC) - timedelta(microseconds=1)
    until = datetime.combine(last + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)
    return tuple(timing.slots("job", exchange(code), after, until))


def due(timing: Timing, day: date, code: str = "XNYS") -> list[str]:
    return [f"{slot.due_at:%Y-%m-%d %H:%M}" for slot in slots(timing, day, day, code)]


@pytest.mark.parametrize(
    ("timing", "day", "expected"),
    [
        # New York is five hours behind UTC in winter and four in summer.
        (BEFORE_OPEN, date(2024, 1, 16), ["14:00"]),
        (AFTER_OPEN, date(2024, 1, 16), ["15:00"]),
        (BEFORE_CLOSE, date(2024, 1, 16), ["20:30"]),
        (AFTER_CLOSE, date(2024, 1, 16), ["21:30"]),
        (BEFORE_OPEN, date(2024, 7, 16), ["13:00"]),
        (AFTER_OPEN, date(2024, 7, 16), ["14:00"]),
        (BEFORE_CLOSE, date(2024, 7, 16), ["19:30"]),
        (AFTER_CLOSE, date(2024, 7, 16), ["20:30"]),
        (FOUR_HOURS, date(2024, 7, 16), ["13:30", "17:30"]),
        # The Friday before and the Monday after the clocks change, March and November of three years.
        (AFTER_CLOSE, date(2024, 3, 8), ["21:30"]),
        (AFTER_CLOSE, date(2024, 3, 11), ["20:30"]),
        (AFTER_CLOSE, date(2024, 11, 1), ["20:30"]),
        (AFTER_CLOSE, date(2024, 11, 4), ["21:30"]),
        (BEFORE_OPEN, date(2021, 3, 12), ["14:00"]),
        (BEFORE_OPEN, date(2021, 3, 15), ["13:00"]),
        (BEFORE_OPEN, date(2021, 11, 5), ["13:00"]),
        (BEFORE_OPEN, date(2021, 11, 8), ["14:00"]),
        (FOUR_HOURS, date(2015, 3, 6), ["14:30", "18:30"]),
        (FOUR_HOURS, date(2015, 3, 9), ["13:30", "17:30"]),
        # Europe changed two weeks later than New York: nothing of it shows.
        (AFTER_CLOSE, date(2024, 3, 25), ["20:30"]),
        (AFTER_CLOSE, date(2024, 3, 31), []),
        # Half days: 13:00 in New York.
        (BEFORE_CLOSE, date(2023, 11, 24), ["17:30"]),
        (AFTER_CLOSE, date(2023, 11, 24), ["18:30"]),
        (FOUR_HOURS, date(2023, 11, 24), ["14:30"]),
        (BEFORE_CLOSE, date(2024, 12, 24), ["17:30"]),
        (AFTER_CLOSE, date(2024, 7, 3), ["17:30"]),
        (AFTER_OPEN, date(2024, 7, 3), ["14:00"]),
        (BEFORE_CLOSE, date(2018, 7, 3), ["16:30"]),
        (FOUR_HOURS, date(2019, 12, 24), ["14:30"]),
        # Holidays.
        (AFTER_CLOSE, date(2024, 1, 1), []),
        (AFTER_CLOSE, date(2024, 1, 15), []),
        (BEFORE_OPEN, date(2024, 2, 19), []),
        (BEFORE_OPEN, date(2024, 3, 29), []),
        (AFTER_OPEN, date(2024, 5, 27), []),
        (AFTER_OPEN, date(2024, 6, 19), []),
        (AFTER_OPEN, date(2021, 6, 18), ["14:00"]),
        (FOUR_HOURS, date(2024, 7, 4), []),
        (FOUR_HOURS, date(2024, 9, 2), []),
        (FOUR_HOURS, date(2024, 11, 28), []),
        (AFTER_CLOSE, date(2024, 12, 25), []),
        (AFTER_CLOSE, date(2022, 12, 26), []),
        (AFTER_CLOSE, date(2021, 12, 24), []),
        (AFTER_CLOSE, date(2021, 12, 31), ["21:30"]),
        (AFTER_CLOSE, date(2022, 1, 3), ["21:30"]),
        # Days the exchange was closed for mourning or a storm.
        (AFTER_CLOSE, date(2018, 12, 5), []),
        (AFTER_CLOSE, date(2012, 10, 29), []),
        (AFTER_CLOSE, date(2012, 10, 30), []),
        (AFTER_CLOSE, date(2012, 10, 31), ["20:30"]),
        (AFTER_CLOSE, date(2025, 1, 9), []),
        (AFTER_CLOSE, date(2001, 9, 12), []),
        # Weekends, a leap day, one on a weekend, the turn of a year.
        (AFTER_CLOSE, date(2024, 6, 15), []),
        (AFTER_CLOSE, date(2024, 6, 16), []),
        (AFTER_CLOSE, date(2024, 2, 29), ["21:30"]),
        (AFTER_CLOSE, date(2020, 2, 29), []),
        (BEFORE_OPEN, date(2024, 12, 31), ["14:00"]),
        (BEFORE_OPEN, date(2025, 1, 1), []),
        (BEFORE_OPEN, date(2025, 1, 2), ["14:00"]),
        # The nights and Saturdays of UTC know no zone: the hours that New York doubles and leaves out too.
        (NIGHT, date(2024, 3, 10), ["03:30"]),
        (NIGHT, date(2024, 11, 3), ["03:30"]),
        (NIGHT, date(2024, 12, 25), ["03:30"]),
        (NIGHT, date(2024, 2, 29), ["03:30"]),
        (SATURDAYS, date(2024, 3, 9), ["04:30"]),
        (SATURDAYS, date(2024, 3, 10), []),
        (SATURDAYS, date(2024, 11, 2), ["04:30"]),
    ],
)
def test_days_of_new_york(timing: Timing, day: date, expected: list[str]) -> None:
    assert due(timing, day) == [f"{day.isoformat()} {at}" for at in expected]


@pytest.mark.parametrize(
    ("code", "timing", "day", "expected"),
    [
        ("XLON", AFTER_CLOSE, date(2024, 3, 28), ["2024-03-28 17:00"]),
        ("XLON", AFTER_CLOSE, date(2024, 4, 2), ["2024-04-02 16:00"]),
        ("XLON", AFTER_CLOSE, date(2024, 4, 1), []),
        ("XLON", BEFORE_CLOSE, date(2024, 12, 24), ["2024-12-24 12:00"]),
        ("XTKS", BEFORE_OPEN, date(2024, 6, 3), ["2024-06-03 23:30"]),
        ("XTKS", AFTER_CLOSE, date(2024, 6, 4), ["2024-06-04 06:30"]),
        ("XTKS", AFTER_CLOSE, date(2024, 1, 2), []),
        ("XETR", AFTER_OPEN, date(2024, 7, 1), ["2024-07-01 07:30"]),
    ],
)
def test_days_of_other_exchanges(code: str, timing: Timing, day: date, expected: list[str]) -> None:
    assert due(timing, day, code) == expected


def test_a_slot_is_named_by_its_session_where_that_has_another_date_in_utc() -> None:
    (slot,) = slots(BEFORE_OPEN, date(2024, 6, 3), date(2024, 6, 3), "XTKS")
    assert (slot.name, slot.session) == ("2024-06-04", date(2024, 6, 4))


@pytest.mark.parametrize("code", ["XXXX", "NOPE", "24/7"])
def test_what_is_no_exchange_with_sessions_is_refused(code: str) -> None:
    with pytest.raises(DataError):
        exchange(code)


def test_each_ends_where_it_is_of_no_more_use() -> None:
    day = date(2023, 11, 24)
    closed, opened = NYSE.close_at(day), NYSE.open_at(day)
    assert slots(BEFORE_OPEN, day, day)[0].ends_at == opened
    assert slots(AFTER_OPEN, day, day)[0].ends_at == closed
    assert slots(BEFORE_CLOSE, day, day)[0].ends_at == closed
    assert slots(AFTER_CLOSE, day, day)[0].ends_at == NYSE.open_at(date(2023, 11, 27))
    assert slots(FOUR_HOURS, day, day)[0].ends_at == closed
    assert slots(NIGHT, day, day)[0].ends_at - slots(NIGHT, day, day)[0].due_at == timedelta(days=1)


def test_a_time_that_lies_outside_its_session_is_none() -> None:
    half = date(2023, 11, 24)
    assert slots(AroundOpen(240), half, half) == ()
    assert slots(AroundClose(-240), half, half) == ()
    assert len(slots(AroundOpen(240), date(2023, 11, 27), date(2023, 11, 27))) == 1


@pytest.mark.parametrize("name", TIMINGS)
def test_a_year_in_pieces_is_the_year(name: str) -> None:
    timing, first = TIMINGS[name], datetime(2024, 1, 1, tzinfo=UTC)
    whole = tuple(timing.slots(name, NYSE, first, datetime(2025, 1, 1, tzinfo=UTC)))
    pieces: list[Slot] = []
    for day in range(366):
        begin = first + timedelta(days=day)
        pieces += timing.slots(name, NYSE, begin, begin + timedelta(days=1))
    assert tuple(pieces) == whole
    assert len({slot.name for slot in whole}) == len(whole)
    counts = {"hours": 2 * 252 - 3, "night": 366, "saturdays": 52}
    assert len(whole) == counts.get(name, 252)


@given(
    name=st.sampled_from(sorted(TIMINGS)),
    moments=st.lists(st.integers(0, 400 * 24 * 60), min_size=2, max_size=12),
)
def test_however_a_clock_jumps_forward_every_slot_comes_once_in_order(name: str, moments: list[int]) -> None:
    timing, begin = TIMINGS[name], datetime(2023, 12, 1, tzinfo=UTC)
    at = sorted(begin + timedelta(minutes=m) for m in moments)
    seen: list[Slot] = []
    for after, until in pairwise(at):
        seen += timing.slots(name, NYSE, after, until)
    assert seen == list(timing.slots(name, NYSE, at[0], at[-1]))
    assert is_rising([slot.due_at for slot in seen])
    assert all(slot.due_at < slot.ends_at for slot in seen)


def is_rising(moments: Sequence[datetime]) -> bool:
    return all(a < b for a, b in pairwise(moments))


def test_a_clock_that_was_set_back_has_nothing_due() -> None:
    now = datetime(2024, 6, 4, 15, tzinfo=UTC)
    for timing in TIMINGS.values():
        assert list(timing.slots("job", NYSE, now, now - timedelta(hours=3))) == []


def test_the_next_slot_looks_over_a_long_weekend_and_ends_with_the_calendar() -> None:
    friday = NYSE.close_at(date(2024, 3, 28)) + timedelta(hours=1)
    found = next_slot("job", BEFORE_OPEN, NYSE, friday)
    assert found is not None
    assert found.session == date(2024, 4, 1)
    assert next_slot("job", BEFORE_OPEN, NYSE, NYSE.close_at(NYSE.last)) is None


@pytest.mark.parametrize("step", [timedelta(0), timedelta(seconds=30), timedelta(hours=-1)])
def test_a_step_that_goes_nowhere_is_refused(step: timedelta) -> None:
    with pytest.raises(DataError, match="a minute or more"):
        WithinHours(step)


@pytest.mark.parametrize("weekday", [-1, 7, 31])
def test_a_day_no_week_has_is_refused(weekday: int) -> None:
    with pytest.raises(DataError, match="weekday"):
        Weekly(weekday, time(4))
