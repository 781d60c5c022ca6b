"""Which version is meant by a name: one that is whole, the beginning of one, or a family's."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.forecasters import RegisteredForecaster
from fund.errors import QueryRefusedError
from support.forecasters import a_card
from support.records import NOON
from tools.forecasters import _pair, found_by_name


def a_row(version: str, *, hours: int = 0, horizon: int = 5, **changes: object) -> RegisteredForecaster:
    name = version.partition("-")[0]
    row = RegisteredForecaster(
        version=version,
        name=name,
        horizon_sessions=horizon,
        card=a_card(forecaster=name, version=version, horizon_sessions=horizon),
        manifest_sha256="a" * 64,
        active=False,
        role="challenger",
        registered_at=NOON + timedelta(hours=hours),
    )
    return replace(row, **changes)


ROWS = (
    a_row("gbm-0011", role="retired"),
    a_row("gbm-0022", hours=1, active=True, role="champion"),
    a_row("gbm-0033", hours=2),
    a_row("gbm-2000", hours=3, horizon=20),
    a_row("ridge-0011", hours=1),
    a_row("ridge-2000", hours=2, horizon=20),
    a_row("xgb-0100", horizon=1),
)


def versions(name: str) -> list[str]:
    return [row.version for row in found_by_name(ROWS, name)]


def test_a_version_is_itself_and_its_beginning_where_only_it_begins_so() -> None:
    assert versions("gbm-0011") == ["gbm-0011"]
    assert versions("gbm-003") == ["gbm-0033"]
    assert versions("gbm-00") == [], "three begin so"
    assert versions("gb") == [], "the beginning of a family's name is no version"
    assert versions("") == []


def test_of_a_family_who_speaks_comes_first_then_the_newest_the_retired_last() -> None:
    assert versions("gbm") == ["gbm-0022", "gbm-2000", "gbm-0033", "gbm-0011"]
    assert versions("ridge") == ["ridge-2000", "ridge-0011"]


def test_two_families_are_compared_over_a_horizon_that_both_have() -> None:
    one, two = _pair(ROWS, "gbm", "ridge")
    assert (one.version, two.version) == ("gbm-0022", "ridge-0011")
    one, two = _pair(ROWS, "gbm-2000", "ridge")
    assert (one.version, two.version) == ("gbm-2000", "ridge-2000")
    one, two = _pair(ROWS, "gbm", "gbm-0033")
    assert (one.version, two.version) == ("gbm-0022", "gbm-0033")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("gbm", "oracle", "there is no forecaster 'oracle'; there are gbm, ridge, xgb"),
        (
            "gbm-0022",
            "xgb",
            "gbm-0022 forecasts 5 sessions ahead and xgb 1: what they say cannot be compared",
        ),
        ("gbm-0022", "gbm-0022", "are the same version, gbm-0022"),
    ],
)
def test_what_cannot_be_compared_is_said(first: str, second: str, said: str) -> None:
    with pytest.raises(QueryRefusedError, match=said):
        _pair(ROWS, first, second)


@given(st.text(max_size=20))
def test_whatever_is_typed_means_versions_there_are_or_none(name: str) -> None:
    found = found_by_name(ROWS, name)
    assert all(row in ROWS for row in found)
    assert len({row.version for row in found}) == len(found)
