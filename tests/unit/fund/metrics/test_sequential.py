import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import nct, t

from fund.errors import DataError
from fund.metrics.sequential import EFFECT, sequential_difference


def differences(n: int, *, width: int = 1, mean: float = 0.0, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_t(5, size=n + width - 1)
    return mean + np.convolve(noise, np.ones(width) / width, mode="valid")


def looks(sample: np.ndarray, **options) -> list:
    return [sequential_difference(sample[:n], **options) for n in range(1, len(sample) + 1)]


@pytest.mark.parametrize("lag", [0, 5])
def test_equals_looked_at_every_session_are_told_apart_seldom(lag):
    runs = [
        sequential_difference(differences(1000, width=max(lag, 1), seed=seed), lag=lag) for seed in range(300)
    ]
    assert sum(run.decided is not None for run in runs) <= 24  # 5 % of 300, and 2.4 deviations


def test_a_test_of_fixed_size_looked_at_as_often_is_wrong_far_more_often():
    wrong = 0
    for seed in range(100):
        sample = differences(1000, seed=seed)
        n = np.arange(1, 1001)
        mean = np.cumsum(sample) / n
        error = np.sqrt((np.cumsum(sample**2) / n - mean**2) / n)
        wrong += bool((np.abs(mean[20:]) > 1.96 * error[20:]).any())
    assert wrong > 25


def test_a_lasting_difference_is_decided_and_bounded():
    found = sequential_difference(differences(2000, mean=0.3), lag=1)
    assert found.decided < 700
    assert 0.0 < found.low < 0.3 < found.high
    assert found.p_value < 0.01
    assert (found.n, found.blocks) == (2000, 1000)


def test_the_p_value_is_the_smallest_so_far_and_decides_with_the_bounds():
    every = looks(differences(400, mean=0.25, seed=3), lag=0)
    told = [each for each in every if each is not None]
    assert every.index(told[0]) == 4
    p = [each.p_value for each in told]
    assert all(later <= earlier for earlier, later in itertools.pairwise(p))
    first = next(each for each in told if each.decided is not None)
    assert first.n == first.decided
    assert first.low > 0
    assert first.p_value < 0.05
    assert all(each.p_value >= 0.05 for each in told if each.n < first.n)


def test_the_evidence_is_the_mixture_of_noncentral_t_likelihoods():
    sample = differences(30, mean=0.9, seed=1)
    found = sequential_difference(sample, lag=0)
    ratios = []
    for n in range(5, 31):
        x = sample[:n]
        own = x.mean() / x.std(ddof=1) * np.sqrt(n)

        def weighed(effect: float, own: float = own, n: int = n) -> float:
            prior = np.exp(-0.5 * (effect / EFFECT) ** 2) / (EFFECT * np.sqrt(2 * np.pi))
            return float(nct.pdf(own, n - 1, effect * np.sqrt(n)) * prior)

        ratios.append(quad(weighed, -2, 2)[0] / t.pdf(own, n - 1))
    assert found.p_value == pytest.approx(1 / max(ratios), rel=1e-5)


def test_few_blocks_bound_nothing_and_fewer_say_nothing():
    assert sequential_difference(differences(49), lag=5) is None
    found = sequential_difference(differences(50), lag=5)
    assert (found.low, found.high, found.blocks) == (None, None, 5)
    assert found.p_value == pytest.approx(1.0, abs=0.2)


def test_missing_differences_are_left_out_and_equal_ones_decide_nothing():
    sample = differences(100)
    assert sequential_difference(np.append(sample, np.nan), lag=1) == sequential_difference(sample, lag=1)
    same = sequential_difference(np.full(40, 0.5), lag=0)
    assert (same.decided, same.p_value) == (None, 1.0)


def test_senseless_settings_are_refused():
    with pytest.raises(DataError, match="level"):
        sequential_difference(differences(50), lag=0, level=1.0)
    with pytest.raises(DataError, match="lag"):
        sequential_difference(differences(50), lag=-1)
