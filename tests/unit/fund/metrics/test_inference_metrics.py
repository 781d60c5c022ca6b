import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.inference import (
    Z_95,
    Interval,
    block_interval,
    chance_of,
    freedom_of,
    interval_error,
    mean_error,
    mean_interval,
    newey_west_error,
    share_interval,
    student_95,
)


def overlapping(n: int, width: int, seed: int) -> np.ndarray:
    """Moving sums of independent noise: the serial correlation that labels of a horizon have."""
    noise = np.random.default_rng(seed).normal(size=n + width - 1)
    return np.convolve(noise, np.ones(width) / width, mode="valid")


def test_without_lags_it_is_the_textbook_standard_error():
    samples = np.array([1.0, 4.0, 2.0, 7.0, 3.0])
    assert newey_west_error(samples, 0) == pytest.approx(samples.std(ddof=1) / math.sqrt(5))


def test_two_lags_weigh_two_thirds_and_one_third():
    x = np.array([1.0, -2.0, 3.0, 0.5])
    d = x - x.mean()
    variance = d @ d + 2 * (2 / 3) * (d[1:] @ d[:-1]) + 2 * (1 / 3) * (d[2:] @ d[:-2])
    assert newey_west_error(x, 2) == pytest.approx(math.sqrt(variance / 4 / 3))


RUNS = 600
MOST = 45
"""99.9 % of a binomial of 600 at 5 %."""


def misses(n: int, width: int, interval) -> int:
    found = [interval(overlapping(n, width, seed)) for seed in range(RUNS)]
    return sum(not each.low <= 0.0 <= each.high for each in found)


@pytest.mark.parametrize(("n", "width"), [(60, 5), (250, 5), (300, 20), (1000, 20)])
def test_an_interval_of_overlapping_samples_misses_one_time_in_twenty(n, width):
    assert misses(n, width, lambda x: mean_interval(x, lag=width)) <= MOST


@pytest.mark.parametrize(("n", "width"), [(300, 20), (1000, 5)])
def test_a_p_value_is_as_rare_as_it_says_also_where_six_claims_share_the_twentieth(n, width):
    found = [chance_of(mean_interval(overlapping(n, width, seed), lag=width), width) for seed in range(RUNS)]
    assert sum(p <= 0.05 / 6 for p in found) <= 13  # 99.9 % of a binomial of 600 at 0.83 %
    assert 260 <= sum(p <= 0.5 for p in found) <= 340  # of one at 50 %, in 998 of 1,000 cases


def test_a_p_value_is_five_hundredths_where_a_bound_is_nought():
    found = mean_interval(overlapping(250, 5, 3), lag=5)
    reach = found.high - found.value
    touching = Interval(value=reach, low=0.0, high=2 * reach, n=found.n)
    assert chance_of(touching, 5) == pytest.approx(0.05)
    assert chance_of(replace(touching, value=-reach, low=-2 * reach, high=0.0), 5) == pytest.approx(0.05)
    error, freedom = interval_error(found, 5)
    assert (error, freedom) == (pytest.approx(mean_error(overlapping(250, 5, 3), 5)[0]), freedom_of(250, 5))
    flat = Interval(value=0.0, low=0.0, high=0.0, n=30)
    assert (chance_of(flat, 5), chance_of(replace(flat, value=0.1, low=0.1, high=0.1), 5)) == (1.0, 0.0)


def test_newey_and_west_with_a_normal_quantile_miss_far_more_often():
    found = [overlapping(250, 20, seed) for seed in range(RUNS)]
    assert sum(abs(x.mean()) > Z_95 * newey_west_error(x, 20) for x in found) > 2 * MOST - 15
    assert misses(250, 20, lambda x: mean_interval(x, lag=0)) > 5 * MOST


def test_blocks_that_share_no_label_miss_one_time_in_twenty():
    assert misses(1000, 10, lambda x: block_interval(x, block=11, gap=9)) <= MOST


def test_blocks_end_with_the_last_sample_and_leave_the_gap_out():
    found = block_interval(np.arange(23.0), block=3, gap=1)
    means = np.array([21.0, 17.0, 13.0, 9.0, 5.0, 1.0])
    reach = student_95(5) * means.std(ddof=1) / math.sqrt(6)
    assert (found.value, found.n) == (11.0, 6)
    assert (found.low, found.high) == pytest.approx((11.0 - reach, 11.0 + reach))
    assert block_interval(np.arange(18.0), block=3, gap=1) is None


def test_the_error_is_taken_from_the_slowest_cosines():
    x = overlapping(80, 4, 1)
    error, freedom = mean_error(x, 8)
    place = (np.arange(80) + 0.5) / 80
    cosines = [math.sqrt(2 / 80) * float(np.cos(math.pi * j * place) @ x) for j in (1, 2)]
    assert freedom == 2
    assert error == pytest.approx(math.sqrt(sum(c * c for c in cosines) / 2 / 80))


def test_student_is_wider_than_the_normal_and_nears_it():
    assert student_95(2) == pytest.approx(4.30265, abs=1e-4)
    assert student_95(19) == pytest.approx(2.09302, abs=1e-4)
    assert student_95(10**7) == pytest.approx(Z_95, abs=1e-4)


def test_missing_samples_are_left_out():
    samples = np.array([np.nan, *range(30), np.nan], dtype=float)
    assert mean_interval(samples, lag=3) == mean_interval(np.arange(30.0), lag=3)
    assert mean_interval(samples, lag=3).n == 30


def test_too_few_samples_state_nothing():
    assert mean_interval(np.arange(19.0), lag=5) is None
    assert mean_interval(np.full(30, np.nan), lag=5) is None
    assert mean_interval(np.arange(59.0), lag=20) is None
    assert mean_interval(np.arange(60.0), lag=20) is not None


def test_the_interval_of_a_mean_is_the_textbooks():
    samples = np.arange(1.0, 26.0)
    error = math.sqrt(sum((k - 13) ** 2 for k in range(1, 26)) / 24 / 25)
    found = mean_interval(samples, lag=0)
    assert (found.value, found.n) == (13.0, 25)
    assert (found.low, found.high) == pytest.approx((13 - 2.063899 * error, 13 + 2.063899 * error))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(1, 1, 0.2065, 1.0), (0, 1, 0.0, 0.7935), (8, 10, 0.4902, 0.9433), (50, 100, 0.4038, 0.5962)],
)
def test_a_share_has_wilsons_interval(successes, n, low, high):
    found = share_interval(successes, n)
    assert (found.value, found.n) == (successes / n, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_no_trial_has_no_share():
    assert share_interval(0, 0) is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bounds_of_a_share_solve_its_score_equation(trials):
    successes, n = trials
    found = share_interval(successes, n)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    for bound in (found.low, found.high):
        if 0 < bound < 1:
            assert (found.value - bound) ** 2 * n == pytest.approx(
                1.959964**2 * bound * (1 - bound), abs=1e-9
            )
