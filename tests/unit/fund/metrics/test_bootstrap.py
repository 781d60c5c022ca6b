"""Intervals of figures over return series."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.metrics.bootstrap import Bounds, bootstrap_interval, optimal_block, stationary_indices
from fund.metrics.returns import FloatArray, annualised_returns, max_drawdowns, sharpe_ratio, sharpe_ratios


def noise(seed: int, n: int = 500, mean: float = 0.0005, spread: float = 0.01) -> FloatArray:
    return np.random.default_rng(seed).normal(mean, spread, n)


def trending(seed: int, n: int = 500, memory: float = 0.8) -> FloatArray:
    shocks, values = noise(seed, n, 0.0), [0.0]
    for shock in shocks[1:]:
        values.append(memory * values[-1] + shock)
    return np.array(values)


def means(paths: FloatArray) -> FloatArray:
    average: FloatArray = paths.mean(axis=-1)
    return average


def interval(returns: FloatArray, seed: int = 1, **options: float) -> Bounds:
    found = bootstrap_interval(returns, means, seed=seed, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    returns = noise(0)
    assert interval(returns, 1) == interval(returns, 1)
    assert interval(returns, 1) != interval(returns, 2)


def test_the_interval_holds_the_figure() -> None:
    returns = noise(3)
    found = bootstrap_interval(returns, sharpe_ratios, seed=1)
    observed = sharpe_ratio(returns)
    assert found is not None
    assert observed is not None
    assert found.low < observed < found.high


def test_independent_returns_give_about_the_textbook_error_of_a_mean() -> None:
    returns = noise(5, n=1_000)
    low, high = interval(returns, draws=4_000, mean_block=1.0)
    assert (high - low) / (2 * 1.96 * returns.std() / np.sqrt(1_000)) == pytest.approx(1.0, abs=0.06)


def test_returns_with_a_memory_give_a_wider_interval() -> None:
    returns = trending(7)
    alone, in_blocks = interval(returns, mean_block=1.0), interval(returns)
    assert in_blocks.high - in_blocks.low > 1.6 * (alone.high - alone.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(200):
        low, high = interval(noise(seed, n=250), seed, draws=300)
        covered += low <= 0.0005 <= high
    assert 178 <= covered <= 198


def test_more_confidence_is_a_wider_interval() -> None:
    narrow, wide = interval(noise(9), confidence=0.5), interval(noise(9), confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("statistic", [annualised_returns, max_drawdowns, sharpe_ratios])
def test_it_takes_the_measures_of_the_house(statistic: object) -> None:
    found = bootstrap_interval(noise(11), statistic, seed=1, draws=200)  # type: ignore[arg-type]
    assert found is not None
    assert found.low < found.high


def test_too_few_sessions_or_a_figure_that_is_undefined_has_no_interval() -> None:
    assert bootstrap_interval(noise(1, n=19), means, seed=1) is None
    assert bootstrap_interval(np.zeros(100), sharpe_ratios, seed=1) is None


@pytest.mark.parametrize(
    "options", [{"confidence": 1.0}, {"confidence": 0.0}, {"draws": 10}, {"mean_block": 0.5}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(DataError, match="expected a"):
        bootstrap_interval(noise(1), means, seed=1, **options)  # type: ignore[arg-type]


def test_a_return_that_is_missing_is_refused() -> None:
    with pytest.raises(DataError, match="finite returns"):
        bootstrap_interval(np.array([0.01] * 30 + [np.nan]), means, seed=1)


@given(n=st.integers(2, 60), block=st.floats(1.0, 20.0), seed=st.integers(0, 1_000))
@settings(max_examples=40)
def test_a_path_goes_on_round_the_end_or_starts_anew(n: int, block: float, seed: int) -> None:
    indices = stationary_indices(n, 50, block, seed)
    assert indices.shape == (50, n)
    assert indices.min() >= 0
    assert indices.max() < n


def test_blocks_have_the_length_asked_for() -> None:
    indices = stationary_indices(1_000, 200, 8.0, 1)
    goes_on = (indices[:, 1:] == (indices[:, :-1] + 1) % 1_000).mean()
    assert 1 / (1 - goes_on) == pytest.approx(8.0, rel=0.05)
    assert np.bincount(indices.ravel(), minlength=1_000).std() < 40


def test_a_longer_memory_asks_for_longer_blocks() -> None:
    lengths = [
        np.median([optimal_block(trending(seed, 1_000, memory)) for seed in range(20)])
        for memory in (0, 0.5, 0.9)
    ]
    assert lengths[0] < 4 < lengths[1] < 20 < lengths[2]


def test_returns_that_do_not_vary_need_no_blocks() -> None:
    assert optimal_block(np.zeros(50)) == 1.0
