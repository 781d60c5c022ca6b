"""What the wall calendar says, against the exchange's own."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from fund.features.calendar_features import CALENDAR_FEATURES, is_scheduled
from fund.features.columns import Columns
from fund.features.holidays import easter, scheduled_holidays
from fund.market.calendar import nyse
from support.panels import a_panel, a_universe

UNFORESEEN = {
    date(2012, 10, 29): "hurricane",
    date(2012, 10, 30): "hurricane",
    date(2018, 12, 5): "mourning",
    date(2025, 1, 9): "mourning",
}


def test_the_holidays_are_those_on_which_the_exchange_was_closed() -> None:
    calendar = nyse(date(2011, 1, 1), date(2029, 12, 31))
    days = [date(2011, 1, 1) + timedelta(days=k) for k in range(19 * 365)]
    closed = {day for day in days if day.weekday() < 5 and not calendar.is_session(day)}
    expected = {day for year in range(2011, 2030) for day in scheduled_holidays(year) if day <= days[-1]}
    assert closed - UNFORESEEN.keys() == expected
    assert all(is_scheduled(day) for day in UNFORESEEN)


@pytest.mark.parametrize("day", [date(2000, 4, 23), date(2016, 3, 27), date(2038, 4, 25), date(2285, 3, 22)])
def test_easter(day: date) -> None:
    assert easter(day.year) == day


def value(name: str, day: date) -> float:
    panel = replace(a_panel(1, 2), sessions=(day,))
    feature = next(each for each in CALENDAR_FEATURES if each.name == name)
    return float(feature.compute(Columns(a_universe(panel)))[0, 0])


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("WEEKDAY", date(2016, 6, 6), -0.5),
        ("WEEKDAY", date(2016, 6, 10), 0.5),
        ("TURNOFMONTH", date(2016, 5, 31), 0.5),
        ("TURNOFMONTH", date(2016, 6, 3), 0.5),
        ("TURNOFMONTH", date(2016, 6, 6), -0.5),
        ("TURNOFMONTH", date(2016, 5, 27), -0.5),
        ("EXPIRY", date(2016, 6, 13), 0.5),
        ("EXPIRY", date(2016, 6, 17), 0.5),
        ("EXPIRY", date(2016, 6, 20), -0.5),
        ("HOLIDAY", date(2016, 7, 1), 0.5),
        ("HOLIDAY", date(2016, 6, 30), 0.4),
        ("HOLIDAY", date(2016, 6, 10), -0.5),
        ("CLOSEDBEFORE", date(2016, 7, 5), 0.25),
        ("CLOSEDBEFORE", date(2016, 6, 6), 0.0),
        ("CLOSEDBEFORE", date(2016, 6, 7), -0.5),
        ("QUARTEREND", date(2016, 6, 30), 0.5),
        ("QUARTEREND", date(2016, 6, 28), 0.3),
        ("QUARTEREND", date(2016, 5, 31), -0.5),
        ("WINTER", date(2016, 4, 29), 0.5),
        ("WINTER", date(2016, 5, 2), -0.5),
        ("YEARCOSINE", date(2016, 1, 1), 0.5),
        ("YEARSINE", date(2016, 1, 1), 0.0),
    ],
)
def test_a_day_of_the_calendar(name: str, day: date, expected: float) -> None:
    assert value(name, day) == pytest.approx(expected, abs=1e-12)


def test_every_condition_of_two_years_is_on_its_scale() -> None:
    universe = a_universe(a_panel(520, 2))
    for feature in CALENDAR_FEATURES:
        found = feature.compute(Columns(universe))
        assert np.abs(found).max() <= 0.5
        assert len(np.unique(found)) > 1
