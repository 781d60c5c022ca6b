import math

import numpy as np
import pytest

from fund.metrics.inference import Estimate, mean_estimate, newey_west_error


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
            estimate = mean_estimate(samples, lag=lag)
            misses[lag] += not estimate.low <= 0.0 <= estimate.high
    assert misses[0] > 0.25 * 300
    assert misses[5] < 0.15 * 300


def test_missing_samples_are_left_out():
    samples = np.array([np.nan, *range(30), np.nan], dtype=float)
    assert mean_estimate(samples, lag=3) == mean_estimate(np.arange(30.0), lag=3)
    assert mean_estimate(samples, lag=3).n == 30


def test_too_few_samples_state_nothing():
    assert mean_estimate(np.arange(19.0), lag=5) is None
    assert mean_estimate(np.array([1.0]), lag=0, minimum=0) is None


def test_an_estimate_knows_its_interval_and_t():
    estimate = Estimate(0.02, 0.01, 100)
    assert estimate.t == pytest.approx(2.0)
    assert (estimate.low, estimate.high) == pytest.approx((0.0004, 0.0396), abs=1e-6)


@pytest.mark.parametrize(("value", "t"), [(0.0, 0.0), (0.5, math.inf), (-0.5, -math.inf)])
def test_a_mean_without_spread_has_an_extreme_t(value, t):
    assert mean_estimate(np.full(25, value), lag=2).t == t
