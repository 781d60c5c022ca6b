"""How a holding grows through splits and dividends."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError, NoDataError
from fund.market.actions import panel_of, split_factor, total_return_index
from fund.market.facts import CorporateAction
from support.markets import a_calendar, a_dividend, a_panel, a_split

DAYS = a_calendar().sessions(a_calendar().first, a_calendar().last)
NAN = math.nan


def index(closes: list[float], *actions: CorporateAction) -> list[float]:
    panel = a_panel({"AAA": closes}, actions=actions)
    return [float(value) for value in panel.total_return_index[:, 0]]


def test_the_index_starts_at_one_and_follows_the_price() -> None:
    assert index([10.0, 11.0, 5.5]) == pytest.approx([1.0, 1.1, 0.55])


def test_a_split_changes_nothing() -> None:
    assert index([700.0, 100.0], a_split(ex_date=DAYS[1], ratio="7")) == pytest.approx([1.0, 1.0])


def test_a_reverse_split_changes_nothing() -> None:
    assert index([10.0, 30.0], a_split(ex_date=DAYS[1], ratio="0.3333333333")) == pytest.approx([1.0, 1.0])


def test_a_dividend_is_reinvested_at_the_previous_close_less_itself() -> None:
    assert index([10.0, 9.0], a_dividend(ex_date=DAYS[1], cash="1")) == pytest.approx([1.0, 1.0])
    assert index([10.0, 9.9], a_dividend(ex_date=DAYS[1], cash="1")) == pytest.approx([1.0, 1.1])


def test_on_one_day_a_dividend_is_per_share_before_the_split() -> None:
    both = (a_split(ex_date=DAYS[1], ratio="2"), a_dividend(ex_date=DAYS[1], cash="1"))
    assert index([10.0, 4.5], *both) == pytest.approx([1.0, 1.0])
    assert index([10.0, 4.5], *reversed(both)) == index([10.0, 4.5], *both)


def test_a_gap_is_spanned_and_its_actions_apply_at_the_next_bar() -> None:
    split = a_split(ex_date=DAYS[1], ratio="2")
    later_dividend = a_dividend(ex_date=DAYS[2], cash="1")
    values = index([10.0, NAN, NAN, 4.0], split, later_dividend)
    assert values[0] == 1.0
    assert math.isnan(values[1])
    assert math.isnan(values[2])
    assert values[3] == pytest.approx(1.0)


def test_actions_on_or_before_the_first_bar_are_nobodys() -> None:
    early = (a_split(ex_date=DAYS[0]), a_split(ex_date=DAYS[1]), a_dividend(ex_date=DAYS[2]))
    assert index([NAN, NAN, 10.0, 11.0], *early)[2:] == pytest.approx([1.0, 1.1])


def test_actions_after_the_last_bar_and_of_strangers_do_nothing() -> None:
    others = (a_split(ex_date=DAYS[3]), a_split("ZZZ", DAYS[1]), a_dividend(ex_date=DAYS[50]))
    assert index([10.0, 11.0, 12.0, NAN], *others)[:3] == index([10.0, 11.0, 12.0])


def test_a_dividend_not_below_the_price_is_refused() -> None:
    with pytest.raises(DataError, match=r"expected a dividend below the price.*10\.0000 USD"):
        index([10.0, 9.0], a_dividend(ex_date=DAYS[1], cash="10"))


@pytest.mark.parametrize("price", [0.0, -1.0])
def test_a_price_that_is_not_positive_is_refused(price: float) -> None:
    with pytest.raises(DataError, match="expected positive prices in open"):
        a_panel({"AAA": [10.0, price]})


def test_matrices_of_another_shape_are_refused() -> None:
    flat = np.ones((2, 1))
    prices = {"open": flat, "high": flat, "low": flat, "close": flat, "volume": np.ones((3, 1))}
    with pytest.raises(DataError, match=r"expected volume of shape \(2, 1\)"):
        panel_of(sessions=DAYS[:2], tickers=("AAA",), prices=prices, actions=())


@pytest.mark.parametrize("closes", [{}, {"AAA": []}], ids=["no ticker", "no session"])
def test_a_panel_of_nothing_is_refused(closes: dict[str, list[float]]) -> None:
    with pytest.raises(NoDataError, match="expected bars of at least one session and ticker"):
        a_panel(closes, sessions=())


def test_the_matrices_of_a_panel_are_read_only() -> None:
    panel = a_panel({"AAA": [10.0, 11.0]})
    for name in ("open", "close", "volume", "total_return_index"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(panel, name)[0, 0] = 1.0


@given(
    closes=st.lists(st.one_of(st.floats(1.0, 500.0), st.just(NAN)), min_size=2, max_size=30),
    later=st.lists(st.floats(1.0, 500.0), min_size=1, max_size=10),
    days=st.lists(st.integers(1, 39), max_size=6, unique=True),
)
def test_what_comes_later_keeps_every_bit_of_the_index(
    closes: list[float], later: list[float], days: list[int]
) -> None:
    actions = [a_dividend(ex_date=DAYS[day], cash="0.5") for day in days]
    actions += [a_split(ex_date=DAYS[day], ratio="3") for day in days[:2]]
    whole = a_panel({"AAA": closes + later}, actions=actions).total_return_index
    known = [action for action in actions if action.ex_date <= DAYS[len(closes) - 1]]
    part = a_panel({"AAA": closes}, actions=known).total_return_index
    assert whole[: len(closes)].tobytes() == part.tobytes()


def test_the_split_factor_counts_splits_only_and_grows_forward() -> None:
    close = np.array([[10.0], [5.0], [5.0], [15.0]])
    actions = (a_split(ex_date=DAYS[1]), a_dividend(ex_date=DAYS[2]), a_split(ex_date=DAYS[3], ratio="0.5"))
    assert split_factor(DAYS[:4], ("AAA",), close, actions)[:, 0].tolist() == [1.0, 2.0, 2.0, 1.0]


def test_the_index_needs_no_panel() -> None:
    close = np.array([[10.0, NAN], [11.0, 20.0]])
    values = total_return_index(DAYS[:2], ("AAA", "BBB"), close, ())
    assert values[1].tolist() == pytest.approx([1.1, 1.0])
    assert np.isnan(values[0, 1])
