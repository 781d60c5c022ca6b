"""Returns per calendar period: they join up to the whole, and none is told without its sessions."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import QueryRefusedError
from fund.portfolio.session_mark import SessionMark
from support.tool_results import session_marks
from tools.periods import PeriodUnit, returns_by_period


def marks_from(first: date, units: list[float], index: float | None = 1.0) -> list[SessionMark]:
    """Return marks on consecutive days."""
    return [
        replace(mark, session=first + timedelta(days=place), benchmark_index=index)
        for place, mark in enumerate(session_marks(units))
    ]


def test_a_month_is_measured_from_the_last_close_of_the_month_before() -> None:
    marks = marks_from(date(2016, 10, 29), [1.0, 1.1, 1.1, 1.21, 1.21])
    told = returns_by_period(marks, "month", "SPY")
    assert [(p.period, p.sessions) for p in told.periods] == [("2016-10", 2), ("2016-11", 2)]
    assert [p.desk for p in told.periods] == pytest.approx([0.1, 0.1])
    assert (told.first, told.last) == (date(2016, 10, 30), date(2016, 11, 2))


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        ("week", ["2016-W52", "2017-W01"]),
        ("month", ["2016-12", "2017-01"]),
        ("quarter", ["2016-Q4", "2017-Q1"]),
        ("year", ["2016", "2017"]),
    ],
)
def test_a_period_bears_its_calendar_name(unit: PeriodUnit, names: list[str]) -> None:
    marks = marks_from(date(2016, 12, 30), [1.0, 1.1, 1.2, 1.3])
    assert [period.period for period in returns_by_period(marks, unit, "SPY").periods] == names


@given(st.lists(st.floats(0.5, 2.0), min_size=2, max_size=90), st.sampled_from(["week", "month", "quarter"]))
def test_the_periods_join_up_to_the_whole(units: list[float], unit: PeriodUnit) -> None:
    told = returns_by_period(marks_from(date(2016, 1, 4), units), unit, "SPY")
    whole = 1.0
    for period in told.periods:
        whole *= 1 + period.desk
    assert whole == pytest.approx(units[-1] / units[0])
    assert sum(period.sessions for period in told.periods) == len(units) - 1


def test_a_benchmark_without_a_price_has_no_return() -> None:
    told = returns_by_period(marks_from(date(2016, 1, 4), [1.0, 1.1], index=None), "year", "SPY")
    assert told.periods[0].benchmark is None


def test_a_desk_without_a_return_has_no_periods() -> None:
    with pytest.raises(QueryRefusedError, match="advance the desk"):
        returns_by_period(session_marks([1.0]), "month", "SPY")
