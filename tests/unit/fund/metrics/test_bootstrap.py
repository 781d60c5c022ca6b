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


def interval(returns: FloatArray, seed: int = 1, draws: int = 2_000) -> Bounds:
    found = bootstrap_interval(returns, means, seed=seed, draws=draws)
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


def deviation_of_the_mean(returns: FloatArray, mean_block: float) -> float:
    """Return the bootstrap's deviation of a mean in closed form: Politis and White (2004), section 2."""
    n, carry_on = len(returns), 1.0 - 1.0 / mean_block
    centred = returns - returns.mean()
    total = float(centred @ centred)
    for lag in range(1, n):
        in_a_row = (1 - lag / n) * carry_on**lag + lag / n * carry_on ** (n - lag)
        total += 2 * in_a_row * float(centred[lag:] @ centred[:-lag])
    return float(np.sqrt(total)) / n


@pytest.mark.parametrize("mean_block", [1.0, 4.0, 25.0])
@pytest.mark.parametrize("returns", [noise(5, n=300), trending(7, n=300)], ids=["noise", "trend"])
def test_redrawn_means_are_spread_as_the_closed_form_says(returns: FloatArray, mean_block: float) -> None:
    drawn = means(returns[stationary_indices(300, 20_000, mean_block, 1)])
    assert drawn.mean() == pytest.approx(returns.mean(), abs=4 * drawn.std() / np.sqrt(20_000))
    assert drawn.std() == pytest.approx(deviation_of_the_mean(returns, mean_block), rel=0.03)


@pytest.mark.parametrize("returns", [noise(5, n=300), trending(7, n=300)], ids=["noise", "trend"])
def test_the_interval_of_a_mean_is_two_of_its_deviations_either_side(returns: FloatArray) -> None:
    low, high = interval(returns, draws=20_000)
    deviation = deviation_of_the_mean(returns, optimal_block(returns))
    assert (low + high) / 2 == pytest.approx(returns.mean(), abs=0.1 * deviation)
    assert high - low == pytest.approx(2 * 1.96 * deviation, rel=0.05)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(200):
        low, high = interval(noise(seed, n=250), seed, draws=300)
        covered += low <= 0.0005 <= high
    assert 178 <= covered <= 198


@pytest.mark.parametrize("statistic", [annualised_returns, max_drawdowns, sharpe_ratios])
def test_it_takes_the_measures_of_the_house(statistic: object) -> None:
    found = bootstrap_interval(noise(11), statistic, seed=1, draws=200)  # type: ignore[arg-type]
    assert found is not None
    assert found.low < found.high


def test_too_few_sessions_or_a_figure_that_is_undefined_has_no_interval() -> None:
    assert bootstrap_interval(noise(1, n=19), means, seed=1) is None
    assert bootstrap_interval(np.zeros(100), sharpe_ratios, seed=1) is None


def test_a_handful_of_draws_is_refused() -> None:
    with pytest.raises(DataError, match="at least 100 draws, found 10"):
        bootstrap_interval(noise(1), means, seed=1, draws=10)


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


@pytest.mark.parametrize("memory", [0.3, 0.6])
def test_a_series_with_a_known_memory_asks_for_the_blocks_of_the_paper(memory: float) -> None:
    """With autocovariances m ** k, theorem 3.1 gives (2 m / (1 - m ** 2)) ** (2 / 3) * n ** (1 / 3)."""
    best = (2 * memory / (1 - memory**2)) ** (2 / 3) * 5_000 ** (1 / 3)
    found = np.median([optimal_block(trending(seed, 5_000, memory)) for seed in range(9)])
    assert found == pytest.approx(best, rel=0.15)


def test_returns_that_do_not_vary_need_no_blocks() -> None:
    assert optimal_block(np.zeros(50)) == 1.0
