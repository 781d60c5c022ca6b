"""The days on which the New York exchange is closed by rule, which is known years ahead."""

from datetime import date, timedelta

MONDAY, THURSDAY = 0, 3
FIRST_JUNETEENTH = 2022


def scheduled_holidays(year: int) -> tuple[date, ...]:
    """Return the year's holidays in order, as observed; closures nobody could foresee are not among them.

    Source: NYSE rule 7.2. New Year's Day on a Saturday is not made up for.
    """
    days = [
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        easter(year) - timedelta(days=2),
        _nth(year, 6, MONDAY, 1) - timedelta(days=7),
        _observed(date(year, 7, 4)),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 11, THURSDAY, 4),
        _observed(date(year, 12, 25)),
    ]
    if date(year, 1, 1).weekday() != 5:
        days.append(_observed(date(year, 1, 1)))
    if year >= FIRST_JUNETEENTH:
        days.append(_observed(date(year, 6, 19)))
    return tuple(sorted(days))


def easter(year: int) -> date:
    """Return Easter Sunday. Source: the anonymous Gregorian rule in Meeus (1991), Astronomical Algorithms."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _observed(day: date) -> date:
    """A holiday on a Saturday is kept on the Friday, one on a Sunday on the Monday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
