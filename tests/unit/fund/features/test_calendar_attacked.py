"""Every condition of the calendar by a second implementation that counts days of a list."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from dateutil.easter import easter as easter_by_dateutil

from fund.features.calendar_features import CALENDAR_FEATURES, is_scheduled
from fund.features.columns import Columns
from fund.features.holidays import easter, scheduled_holidays
from fund.market.calendar import nyse
from support.panels import a_panel, a_universe

DAYS = [date(2003, 10, 1) + timedelta(days=k) for k in range(365 * 26)]
SCHEDULED = [day for day in DAYS if is_scheduled(day)]
CLOSED = [day for day in DAYS if day.weekday() < 5 and not is_scheduled(day)]
TESTED = [day for day in SCHEDULED if 2004 <= day.year <= 2027]
UNFORESEEN = {date(2004, 6, 11), date(2007, 1, 2)}
"""Two days of mourning for presidents."""
UNIVERSE = a_universe(replace(a_panel(len(TESTED), 1), sessions=tuple(TESTED)))
FOUND = {f.name: f.compute(Columns(UNIVERSE))[:, 0] for f in CALENDAR_FEATURES}


def place(day: date) -> int:
    return bisect_left(SCHEDULED, day)


def turn_of_month(day: date) -> float:
    of_month = [each for each in SCHEDULED[place(day) - 30 : place(day) + 30] if each.month == day.month]
    of_month = [each for each in of_month if each.year == day.year]
    return 0.5 if day in (*of_month[:3], of_month[-1]) else -0.5


def expiry(day: date) -> float:
    fridays = [date(day.year, day.month, k) for k in range(1, 29)]
    third = [each for each in fridays if each.weekday() == 4][2]
    return 0.5 if 0 <= (third - day).days <= 4 else -0.5


def holiday(day: date) -> float:
    following = CLOSED[bisect_left(CLOSED, day)]
    return max(0.5 - (place(following) - place(day) - 1) / 10, -0.5)


def closed_before(day: date) -> float:
    return ((day - SCHEDULED[place(day) - 1]).days - 1) / 4 - 0.5


def quarter_end(day: date) -> float:
    quarter = (day.month - 1) // 3
    after = [e for e in SCHEDULED[place(day) + 1 : place(day) + 11] if (e.month - 1) // 3 == quarter]
    return max(0.5 - len(after) / 10, -0.5)


BY_COUNTING: dict[str, Callable[[date], float]] = {
    "WEEKDAY": lambda day: (day.weekday() - 2) / 4,
    "TURNOFMONTH": turn_of_month,
    "EXPIRY": expiry,
    "HOLIDAY": holiday,
    "CLOSEDBEFORE": closed_before,
    "QUARTEREND": quarter_end,
    "WINTER": lambda day: -0.5 if 5 <= day.month <= 10 else 0.5,
    "YEARSINE": lambda day: np.sin(2 * np.pi * (day - date(day.year, 1, 1)).days / 365.25) / 2,
    "YEARCOSINE": lambda day: np.cos(2 * np.pi * (day - date(day.year, 1, 1)).days / 365.25) / 2,
}


def test_every_condition_is_counted_a_second_time() -> None:
    assert set(BY_COUNTING) == {feature.name for feature in CALENDAR_FEATURES}


@pytest.mark.parametrize("name", BY_COUNTING)
def test_a_condition_is_what_counting_gives_on_every_session_of_24_years(name: str) -> None:
    expected = [BY_COUNTING[name](day) for day in TESTED]
    np.testing.assert_allclose(FOUND[name], expected, atol=1e-12)


@pytest.mark.parametrize("name", BY_COUNTING)
def test_a_condition_knows_nothing_of_the_other_sessions(name: str) -> None:
    feature = next(each for each in CALENDAR_FEATURES if each.name == name)
    some = [*range(0, 300, 37), len(TESTED) - 1]
    days = tuple(TESTED[k] for k in some)
    universe = a_universe(replace(a_panel(len(days), 1), sessions=days))
    np.testing.assert_array_equal(feature.compute(Columns(universe))[:, 0], FOUND[name][some])


def test_easter_of_four_centuries_is_another_programs() -> None:
    assert all(easter(year) == easter_by_dateutil(year) for year in range(1900, 2300))
    assert {easter(year).weekday() for year in range(1900, 2300)} == {6}


def test_the_holidays_of_the_years_before_the_desks_are_the_exchanges() -> None:
    calendar = nyse(date(2004, 1, 2), date(2010, 12, 31))
    days = [day for day in DAYS if calendar.first <= day <= calendar.last]
    closed = {day for day in days if day.weekday() < 5 and not calendar.is_session(day)}
    expected = {day for year in range(2004, 2011) for day in scheduled_holidays(year) if day >= days[0]}
    assert closed - UNFORESEEN == expected


@pytest.mark.parametrize("year", [1999, 2004, 2005, 2010, 2011, 2016, 2021, 2022, 2023, 2027, 2028, 2033])
def test_the_holidays_of_a_year_are_weekdays_of_it_in_order_and_each_once(year: int) -> None:
    days = scheduled_holidays(year)
    assert list(days) == sorted(set(days))
    assert {day.year for day in days} == {year}
    assert all(day.weekday() < 5 for day in days)
    new_year = date(year, 1, 1).weekday() != 5
    assert len(days) == 8 + new_year + (year >= 2022)


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2021, 12, 31), False),
        (date(2022, 1, 3), False),
        (date(2023, 1, 2), True),
        (date(2021, 6, 18), False),
        (date(2022, 6, 20), True),
        (date(2020, 7, 3), True),
        (date(2021, 7, 5), True),
        (date(2021, 12, 24), True),
        (date(2022, 12, 26), True),
        (date(2024, 3, 29), True),
    ],
    ids=str,
)
def test_a_holiday_at_a_weekend_is_kept_beside_it_but_for_new_year_on_a_saturday(
    day: date, closed: bool
) -> None:
    assert is_scheduled(day) is not closed
