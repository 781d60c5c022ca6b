"""References: what splits and dividends make of a close, and how a day's volume is spread."""

import math
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.market.facts import ActionKind, CorporateAction
from fund.watching.reference import is_usable, restated, share_traded


def an_action(kind: ActionKind, value: str, detail: str = "") -> CorporateAction:
    return CorporateAction(
        ticker="AAPL", ex_date=date(2026, 1, 13), kind=kind, value=Decimal(value), detail=detail or kind
    )


def test_a_split_divides_the_close_and_multiplies_the_volume() -> None:
    assert restated(700.0, 1000.0, [an_action("split", "7")]) == (pytest.approx(100.0), pytest.approx(7000.0))


def test_a_reverse_split_of_one_for_three_leaves_no_dust() -> None:
    assert restated(1.0, 900.0, [an_action("split", "0.333333")]) == (3.0, pytest.approx(300.0))


def test_a_dividend_is_taken_out_before_a_split() -> None:
    both = [an_action("split", "2"), an_action("dividend", "10", "special")]
    assert restated(110.0, None, both) == (50.0, None)


@pytest.mark.parametrize(
    "action",
    [
        an_action("dividend", "100"),
        an_action("dividend", "-1"),
        an_action("split", "0"),
        an_action("split", "-2"),
        an_action("split", "NaN"),
        an_action("split", "1000000"),
        an_action("merger", "40"),
        an_action("ticker_change", "1"),
    ],
)
def test_an_action_that_cannot_be_applied_changes_nothing(action: CorporateAction) -> None:
    assert restated(100.0, 10.0, [action]) == (100.0, 10.0)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_shares_of_a_day_only_grow_from_none_to_all(one: float, other: float) -> None:
    assert 0 <= share_traded(min(one, other)) <= share_traded(max(one, other)) <= 1


@pytest.mark.parametrize(("fraction", "share"), [(-1, 0), (0, 0), (30 / 390, 0.205), (1, 1), (2, 1)])
def test_the_shares_of_a_day_are_those_of_the_profile(fraction: float, share: float) -> None:
    assert share_traded(fraction) == pytest.approx(share)


@pytest.mark.parametrize("figure", [None, 0.0, -1.0, math.nan, math.inf])
def test_what_cannot_be_compared_with_is_no_figure(figure: float | None) -> None:
    assert not is_usable(figure)
    assert is_usable(1.5)
