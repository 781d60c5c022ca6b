import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.inference import mean_interval, newey_west_error, share_interval


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


def test_the_naive_interval_of_overlapping_samples_misses_far_more_often():
    misses = {lag: 0 for lag in (0, 5)}
    for seed in range(300):
        samples = overlapping(250, 5, seed)
        for lag in misses:
            found = mean_interval(samples, lag=lag)
            misses[lag] += not found.low <= 0.0 <= found.high
    assert misses[0] > 0.25 * 300
    assert misses[5] < 0.15 * 300


def test_missing_samples_are_left_out():
    samples = np.array([np.nan, *range(30), np.nan], dtype=float)
    assert mean_interval(samples, lag=3) == mean_interval(np.arange(30.0), lag=3)
    assert mean_interval(samples, lag=3).n == 30


def test_too_few_samples_state_nothing():
    assert mean_interval(np.arange(19.0), lag=5) is None
    assert mean_interval(np.full(30, np.nan), lag=5) is None


def test_the_interval_of_a_mean_is_the_textbooks():
    samples = np.arange(1.0, 26.0)
    error = math.sqrt(sum((k - 13) ** 2 for k in range(1, 26)) / 24 / 25)
    found = mean_interval(samples, lag=0)
    assert (found.value, found.n) == (13.0, 25)
    assert (found.low, found.high) == pytest.approx((13 - 1.959964 * error, 13 + 1.959964 * error))


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
