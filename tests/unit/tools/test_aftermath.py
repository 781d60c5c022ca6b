"""What came after a decision is priced from the next open, and unknown until the clock has seen it."""

from decimal import Decimal

import numpy as np
import pytest

from support.books import a_dividend, a_split
from support.pasts import DAYS, a_market, seen

RISING = [100.0 * 1.01**n for n in range(40)]


def test_a_name_is_bought_at_the_next_open_and_judged_at_a_close() -> None:
    market = a_market({"AAPL": [100.0] * 3 + [120.0] * 37}, opens={"AAPL": [100.0, 110.0] + [100.0] * 38})
    assert seen(market, 40).earned("AAPL", DAYS[0], 3) == pytest.approx(120 / 110 - 1)
    assert seen(market, 40).earned("AAPL", DAYS[0], 1) == pytest.approx(100 / 110 - 1)


def test_what_the_clock_has_not_seen_is_unknown_and_the_last_seen_session_is_known() -> None:
    market = a_market({"AAPL": RISING})
    late, early = seen(market, 40), seen(market, 20)
    assert late.earned("AAPL", DAYS[10], 20) is not None
    assert (early.earned("AAPL", DAYS[10], 10), early.known(DAYS[10], 10)) == (None, False)
    assert early.earned("AAPL", DAYS[10], 9) == late.earned("AAPL", DAYS[10], 9)
    assert early.known(DAYS[10], 9)
    assert (early.known(DAYS[30], 1), early.place(DAYS[30])) == (False, -1)


def test_splits_and_dividends_are_part_of_what_was_earned() -> None:
    halved = [100.0] * 10 + [50.0] * 10
    market = a_market({"AAPL": halved}, actions=[a_split(2, ticker="AAPL", ex_date=DAYS[10])])
    assert seen(market, 20).earned("AAPL", DAYS[5], 10) == pytest.approx(0.0)
    paid = a_market(
        {"AAPL": [100.0] * 10 + [98.0] * 10},
        actions=[a_dividend(Decimal(2), ticker="AAPL", ex_date=DAYS[10])],
    )
    assert seen(paid, 20).earned("AAPL", DAYS[5], 10) == pytest.approx(0.0)


def test_a_name_that_ends_counts_with_its_last_close() -> None:
    market = a_market({"AAPL": [100.0] * 8 + [130.0] + [np.nan] * 11, "KO": [50.0] * 20})
    assert seen(market, 20).earned("AAPL", DAYS[5], 10) == pytest.approx(0.3)


@pytest.mark.parametrize("place", [8, 12])
def test_a_name_that_could_not_be_bought_has_no_outcome(place: int) -> None:
    market = a_market({"AAPL": [100.0] * 9 + [np.nan] * 11, "KO": [50.0] * 20})
    assert seen(market, 20).earned("AAPL", DAYS[place], 3) is None


def test_names_nobody_knows_have_no_outcome() -> None:
    market = a_market({"AAPL": RISING})
    assert seen(market, 40).earned("ZZZ", DAYS[0], 3) is None


def test_the_benchmark_is_taken_off() -> None:
    market = a_market({"AAPL": [100.0] * 2 + [110.0] * 18, "SPY": [100.0] * 2 + [104.0] * 18})
    assert seen(market, 20).above_benchmark("AAPL", DAYS[0], 5) == pytest.approx(0.06)


def test_an_excess_is_over_the_average_member_and_known_a_session_after_the_horizon() -> None:
    market = a_market({"AAPL": [100.0] * 2 + [110.0] * 18, "KO": [50.0] * 20})
    labels = seen(market, 20).excess([DAYS[0], DAYS[14]], 5)
    assert labels.of("AAPL", DAYS[0]) == pytest.approx(0.05)
    assert labels.of("KO", DAYS[0]) == pytest.approx(-0.05)
    assert labels.of("AAPL", DAYS[14]) is None
    assert labels.of("AAPL", DAYS[1]) is None
    assert labels.of("SPY", DAYS[0]) is None
    assert seen(market, 7).excess([DAYS[0]], 5).of("AAPL", DAYS[0]) == pytest.approx(0.05)
    assert seen(market, 6).excess([DAYS[0]], 5).of("AAPL", DAYS[0]) is None


def test_a_changed_future_changes_no_outcome_already_known() -> None:
    one, other = a_market({"AAPL": RISING}), a_market({"AAPL": RISING[:25] + [1.0] * 15})
    for place in range(15):
        assert seen(one, 25).earned("AAPL", DAYS[place], 5) == seen(other, 25).earned("AAPL", DAYS[place], 5)
