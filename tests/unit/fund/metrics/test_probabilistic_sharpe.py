"""The probabilistic Sharpe ratio: the published example, its limits, and as often right as it says."""

import math

import numpy as np
import pytest
from scipy import stats

from fund.metrics.probabilistic_sharpe import probabilistic_sharpe
from fund.metrics.returns import sharpe_ratio


def some(seed: int, n: int = 250, mean: float = 0.0005) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(mean, 0.01, n)


def test_it_is_the_formula_of_the_paper() -> None:
    returns = np.random.default_rng(1).standard_t(4, 120) * 0.01 + 0.001
    ratio = returns.mean() / returns.std(ddof=1)
    skew, kurtosis = stats.skew(returns), stats.kurtosis(returns, fisher=False)
    spread = math.sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2)
    by_hand = stats.norm.cdf((ratio - 1 / math.sqrt(252)) * math.sqrt(119) / spread)
    assert probabilistic_sharpe(returns, above=1.0) == pytest.approx(by_hand)


def test_a_ratio_is_as_likely_above_itself_as_below() -> None:
    own = sharpe_ratio(some(2))
    assert own is not None
    assert probabilistic_sharpe(some(2), above=own) == pytest.approx(0.5)


def test_more_of_the_same_is_surer_and_a_long_left_tail_less_sure() -> None:
    short, long = probabilistic_sharpe(some(3)), probabilistic_sharpe(np.tile(some(3), 4))
    assert short is not None
    assert long is not None
    assert 0.5 < short < long
    skewed = np.random.default_rng(4).gamma(2.0, 0.01, 250) - 0.018
    right, left = probabilistic_sharpe(skewed), probabilistic_sharpe(2 * skewed.mean() - skewed)
    assert right is not None
    assert left is not None
    assert left < right


def test_without_skill_it_is_above_95_percent_one_time_in_twenty() -> None:
    sure = [probabilistic_sharpe(some(seed, mean=0.0)) for seed in range(600)]
    assert 0.03 <= np.mean([p is not None and p > 0.95 for p in sure]) <= 0.07


def test_few_or_flat_returns_say_nothing() -> None:
    assert probabilistic_sharpe(some(1, 19)) is None
    assert probabilistic_sharpe(np.full(50, 0.01)) is None
