"""One average true range for every rule: Wilder's, in today's shares, blind to splits and dividends."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import NoDataError
from fund.market.facts import CorporateAction
from fund.market.history_view import HistoryView
from fund.market.true_range import average_true_range, relative_true_range
from support.markets import FIRST, a_calendar, a_dividend, a_quiet_history, a_split

DAYS = a_calendar().sessions(FIRST, a_calendar().last)
WIGGLE = [100.0 + place % 2 for place in range(20)]
"""Twenty closes that move by 1 USD a session: the average true range is 1."""
paths = st.lists(st.integers(2000, 20000).map(lambda cents: cents / 100), min_size=8, max_size=30)


def a_view(closes: Sequence[float], actions: Sequence[CorporateAction] = ()) -> HistoryView:
    history = a_quiet_history({"AAA": closes}, actions=actions)
    return history.view(a_calendar().close_at(DAYS[len(closes) - 1]))


def test_the_true_range_is_averaged_as_wilder_did() -> None:
    assert average_true_range(a_view(WIGGLE), "AAA", 5) == 1
    jump = average_true_range(a_view([*WIGGLE, 111.0 + 5]), "AAA", 5)
    assert jump == Decimal(1) + (Decimal(15) - 1) / 5


def test_it_reaches_over_gaps_and_from_the_high_to_the_low() -> None:
    closes, opens = np.random.default_rng(4).uniform(90, 110, size=(2, 12)).round(2).tolist()
    history = a_quiet_history({"AAA": closes}, opens={"AAA": opens})
    view = history.view(a_calendar().close_at(DAYS[11]))
    bars = view.bars("AAA", 12)
    assert all(bar.high > bar.low for bar in bars)
    ranges = [
        max(bar.high - bar.low, abs(bar.high - before.close), abs(bar.low - before.close))
        for before, bar in pairwise(bars)
    ]
    expected = sum(ranges[:4]) / 4
    for reach in ranges[4:]:
        expected = (3 * expected + reach) / 4
    found = average_true_range(view, "AAA", 4)
    assert found is not None
    assert abs(found - expected) <= Decimal("1e-8")


def test_without_enough_bars_or_without_movement_there_is_none() -> None:
    assert average_true_range(a_view(WIGGLE[:5]), "AAA", 5) is None
    assert average_true_range(a_view(WIGGLE[:6]), "AAA", 5) == 1
    assert average_true_range(a_view([50.0] * 20), "AAA", 5) is None
    assert average_true_range(a_view(WIGGLE), "AAA", 0) is None


def test_of_a_ticker_that_was_never_seen_nothing_is_said() -> None:
    assert relative_true_range(a_view(WIGGLE), "NEVER", 5) is None
    with pytest.raises(NoDataError):
        average_true_range(a_view(WIGGLE), "NEVER", 5)


def test_relative_to_the_last_close_it_is_a_fraction() -> None:
    assert relative_true_range(a_view(WIGGLE), "AAA", 5) == Decimal(1) / Decimal(101)


@given(paths, st.integers(1, 7), st.sampled_from([2, 4]))
def test_a_split_is_no_range(closes: list[float], at: int, ratio: int) -> None:
    before = average_true_range(a_view(closes), "AAA", 5)
    restated = [close if n < at else round(close / ratio, 6) for n, close in enumerate(closes)]
    after = average_true_range(a_view(restated, [a_split("AAA", DAYS[at], str(ratio))]), "AAA", 5)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert float(after) == pytest.approx(float(before) / ratio, abs=0.02)


@given(paths, st.integers(1, 7), st.integers(1, 900))
def test_a_dividend_is_no_range(closes: list[float], at: int, cents: int) -> None:
    """From the ex-date the price is lower by the dividend; nothing else moved."""
    paid = [close if n < at else round(close - cents / 100, 2) for n, close in enumerate(closes)]
    before = average_true_range(a_view(closes), "AAA", 5)
    cash = str(Decimal(cents) / 100)
    after = average_true_range(a_view(paid, [a_dividend("AAA", DAYS[at], cash)]), "AAA", 5)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert float(after) == pytest.approx(float(before), abs=0.02)


def test_a_dividend_before_a_split_is_stated_in_the_shares_of_its_day() -> None:
    closes = [*WIGGLE[:10], 90.0, 91.0, *(n / 2 for n in WIGGLE[12:])]
    closes[12:] = [n - 5 for n in closes[12:]]
    actions = [a_dividend("AAA", DAYS[10], "10"), a_split("AAA", DAYS[12], "2")]
    assert average_true_range(a_view(closes, actions), "AAA", 5) == Decimal("0.5")


def test_what_comes_before_the_warm_up_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    tail = (100 + rng.normal(size=26)).round(2).tolist()
    assert average_true_range(a_view([*WIGGLE, *tail]), "AAA", 5) == average_true_range(
        a_view(tail), "AAA", 5
    )
