"""Where a session stands in the week, the month, the year and the schedule of the exchange.

Only what a calendar on the wall says is read: a closure nobody could foresee tells nothing of the day before.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import numpy as np

from fund.features.columns import Columns
from fund.features.feature import Feature
from fund.features.holidays import scheduled_holidays
from fund.features.market_features import of_now
from fund.market.view import FloatArray

FRIDAY = 4


def _condition(name: str, formula: str, source: str, of_day: Callable[[date], float]) -> Feature:
    def compute(c: Columns) -> FloatArray:
        values = np.array([of_day(day) for day in c.universe.panel.sessions], dtype=np.float64)
        return np.repeat(values[:, None], c.close.shape[1], axis=1)

    return of_now(name, formula, source, compute)


@cache
def _closed(year: int) -> frozenset[date]:
    return frozenset(scheduled_holidays(year))


def is_scheduled(day: date) -> bool:
    """Tell whether the exchange means to open on a day."""
    return day.weekday() <= FRIDAY and day not in _closed(day.year)


def _scheduled(day: date, step: int, until: date) -> int:
    """Count scheduled sessions from the next one on, in steps of +1 or -1 day, `until` not included."""
    count, at = 0, day + timedelta(days=step)
    while at != until:
        count += is_scheduled(at)
        at += timedelta(days=step)
    return count


def _turn_of_month(day: date) -> float:
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    before = _scheduled(day, -1, first - timedelta(days=1))
    after = _scheduled(day, 1, following)
    return 0.5 if before < 3 or after < 1 else -0.5


def _expiry_week(day: date) -> float:
    first = day.replace(day=1)
    third_friday = first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)
    return 0.5 if day.isocalendar()[:2] == third_friday.isocalendar()[:2] else -0.5


def _to_holiday(day: date) -> float:
    """Scheduled sessions until the next closed weekday; ten and more are far."""
    at, count = day + timedelta(days=1), 0
    while count < 10:
        if at.weekday() <= FRIDAY and not is_scheduled(at):
            break
        count += is_scheduled(at)
        at += timedelta(days=1)
    return 0.5 - count / 10.0


def _closed_before(day: date) -> float:
    """Days without a session just before this one: 0 within a week, 2 over a weekend, 3 over a long one."""
    days = 0
    while days < 4 and not is_scheduled(day - timedelta(days=days + 1)):
        days += 1
    return days / 4.0 - 0.5


def _quarter_end(day: date) -> float:
    """Sessions to the end of the quarter; ten and more are far."""
    month = day.month + (-day.month) % 3
    following = (date(day.year, month, 1) + timedelta(days=32)).replace(day=1)
    return 0.5 - min(_scheduled(day, 1, following), 10) / 10.0


def _angle(day: date) -> float:
    return 2.0 * np.pi * (day.timetuple().tm_yday - 1) / 365.25


CALENDAR_FEATURES: tuple[Feature, ...] = (
    _condition(
        "WEEKDAY",
        "(day of the week, Monday 0 - 2) / 4",
        "French (1980), J. of Financial Economics 8",
        lambda day: (day.weekday() - 2) / 4.0,
    ),
    _condition(
        "TURNOFMONTH",
        "0.5 in the last session of a month and the first three, else -0.5",
        "Lakonishok and Smidt (1988), Review of Financial Studies 1",
        _turn_of_month,
    ),
    _condition(
        "EXPIRY",
        "0.5 in the week of the third Friday, else -0.5",
        "Stoll and Whaley (1987), Financial Analysts J. 43",
        _expiry_week,
    ),
    _condition(
        "HOLIDAY",
        "0.5 - sessions before the next holiday / 10, at least -0.5",
        "Ariel (1990), J. of Finance 45",
        _to_holiday,
    ),
    _condition(
        "CLOSEDBEFORE",
        "days without a session before this one / 4 - 0.5",
        "French and Roll (1986), J. of Financial Economics 17",
        _closed_before,
    ),
    _condition(
        "QUARTEREND",
        "0.5 - sessions to the end of the quarter / 10, at least -0.5",
        "Carhart, Kaniel, Musto and Reed (2002), J. of Finance 57",
        _quarter_end,
    ),
    _condition(
        "WINTER",
        "0.5 from November to April, else -0.5",
        "Bouman and Jacobsen (2002), American Economic Review 92",
        lambda day: 0.5 if day.month in (11, 12, 1, 2, 3, 4) else -0.5,
    ),
    _condition(
        "YEARSINE",
        "sin(2 pi day of the year / 365.25) / 2",
        "Rozeff and Kinney (1976), J. of Financial Economics 3",
        lambda day: float(np.sin(_angle(day)) / 2.0),
    ),
    _condition(
        "YEARCOSINE",
        "cos(2 pi day of the year / 365.25) / 2",
        "Rozeff and Kinney (1976), J. of Financial Economics 3",
        lambda day: float(np.cos(_angle(day)) / 2.0),
    ),
)
