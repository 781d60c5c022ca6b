from itertools import combinations

import numpy as np
import pytest
from arch.bootstrap import SPA

from fund.errors import DataError
from fund.metrics.overfitting import backtest_overfitting, superior_ability


def noise(n: int = 480, strategies: int = 20, seed: int = 0) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).normal(size=(n, strategies))


def plainly(returns: np.ndarray, parts: int) -> tuple[float, float]:
    """Choose and judge half by half, as the paper says it."""
    length = len(returns) // parts
    blocks = returns[len(returns) - parts * length :].reshape(parts, length, -1)
    lower, lost, halves = 0.0, 0, 0
    for chosen in combinations(range(parts), parts // 2):
        inside = np.concatenate([blocks[k] for k in chosen])
        outside = np.concatenate([blocks[k] for k in range(parts) if k not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0)))
        ratios = outside.mean(axis=0) / outside.std(axis=0)
        rank = (np.sum(ratios < ratios[best]) + 1) / (len(ratios) + 1)
        lower += 1.0 if rank < 0.5 else 0.5 if rank == 0.5 else 0.0
        lost += outside[:, best].mean() < 0
        halves += 1
    return lower / halves, lost / halves


@pytest.mark.parametrize("strategies", [2, 7, 20])
def test_it_is_what_choosing_and_judging_every_half_gives(strategies):
    returns = noise(133, strategies)
    found = backtest_overfitting(returns, parts=6)
    assert (found.probability, found.loss) == pytest.approx(plainly(returns, 6))
    assert (found.halves, found.strategies, found.n) == (20, strategies, 132)


def test_choosing_among_equals_is_overfitting_half_of_the_time():
    found = [backtest_overfitting(noise(seed=seed), parts=8).probability for seed in range(40)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_a_strategy_that_is_better_is_found_and_not_chosen_by_luck():
    returns = noise()
    returns[:, 3] += 0.003
    found = backtest_overfitting(returns)
    assert found.probability < 0.05
    assert found.halves == 12870


def test_too_little_to_choose_from_says_nothing():
    assert backtest_overfitting(noise(31)) is None
    assert backtest_overfitting(noise(strategies=1)) is None
    assert superior_ability(noise(19), seed=0) is None
    assert superior_ability(np.zeros((50, 3)), seed=0) is None


def test_superior_ability_is_near_archs():
    excess = noise(300, 8, seed=5)
    reference = SPA(np.zeros(300), -excess, reps=2000, seed=1, block_size=1)
    reference.compute()
    found = superior_ability(excess, seed=0)
    best = int(np.argmax(excess.mean(axis=0) / excess.std(axis=0)))
    assert (found.best, found.value) == (best, pytest.approx(excess[:, best].mean()))
    assert found.p_value == pytest.approx(reference.pvalues["consistent"], abs=0.04)


def test_the_best_of_worthless_strategies_is_rarely_superior():
    found = [superior_ability(noise(200, 10, seed), seed=seed, draws=300).p_value for seed in range(100)]
    assert sum(p < 0.05 for p in found) <= 11  # 99 % of a binomial of 100 at 5 %


def test_a_strategy_that_is_clearly_worse_does_not_make_the_test_milder():
    excess = noise(300, 3, seed=2)
    excess[:, 0] += 0.0015
    harmed = np.column_stack([excess, noise(300, 1, seed=3) - 0.01])
    alone, beside = (superior_ability(each, seed=0).p_value for each in (excess, harmed))
    assert beside == pytest.approx(alone, abs=0.02)


def test_holes_and_odd_parts_are_refused():
    holed = noise()
    holed[3, 3] = np.nan
    with pytest.raises(DataError, match="leave out"):
        backtest_overfitting(holed)
    with pytest.raises(DataError, match="leave out"):
        superior_ability(holed, seed=0)
    with pytest.raises(DataError, match="even"):
        backtest_overfitting(noise(), parts=5)
