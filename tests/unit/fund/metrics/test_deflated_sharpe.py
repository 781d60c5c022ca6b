import math

import numpy as np
import pytest
from skfolio.measures import deflated_sharpe_ratio, expected_max_sharpe_ratio

from fund.errors import DataError
from fund.metrics.deflated_sharpe import deflated_sharpe, expected_best_sharpe, minimum_track_record
from fund.metrics.probabilistic_sharpe import probabilistic_sharpe

YEAR = math.sqrt(252)


def returns(n: int = 500, seed: int = 0, mean: float = 0.0006) -> np.ndarray:
    return mean + 0.01 * np.random.default_rng(seed).standard_t(5, size=n)


@pytest.mark.parametrize("trials", [1, 2, 10, 1000])
def test_the_best_of_worthless_trials_is_skfolios(trials):
    assert expected_best_sharpe(0.4, trials) == pytest.approx(
        expected_max_sharpe_ratio(n_trials=trials, trial_sharpe_ratio_std=0.4)
    )


def test_the_best_of_many_normal_draws_is_about_what_is_expected():
    drawn = np.random.default_rng(0).normal(0, 0.5, (20_000, 50)).max(axis=1)
    assert expected_best_sharpe(0.5, 50) == pytest.approx(drawn.mean(), rel=0.02)


def test_a_deflated_ratio_is_skfolios():
    tried = [0.4, -0.3, 1.1, 0.2, 0.7]
    found = deflated_sharpe(returns(), tried)
    reference = deflated_sharpe_ratio(returns(), np.array(tried) / YEAR)
    assert found.probability == pytest.approx(float(reference), abs=2e-3)
    assert (found.trials, found.n) == (5, 500)
    assert found.expected_best > 0


def test_more_trials_make_the_same_ratio_worth_less():
    spread = [-1.0, 1.0]
    few, many = (deflated_sharpe(returns(), spread * k).probability for k in (1, 50))
    assert many < few < probabilistic_sharpe(returns())


def test_one_trial_deflates_nothing():
    assert deflated_sharpe(returns(), [0.9]).probability == probabilistic_sharpe(returns())


def test_the_best_of_a_hundred_worthless_strategies_is_seen_through():
    drawn = 0.01 * np.random.default_rng(4).normal(size=(100, 750))
    ratios = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * YEAR
    best = drawn[ratios.argmax()]
    assert probabilistic_sharpe(best) > 0.97
    assert deflated_sharpe(best, list(ratios)).probability < 0.8


def test_a_record_of_the_minimum_length_is_just_sure_enough():
    sample = returns()
    for confidence in (0.9, 0.95):
        needed = minimum_track_record(sample, confidence=confidence)
        tried = [probabilistic_sharpe(np.resize(sample, 500 * k)) for k in range(1, 12)]
        enough = next(k for k, sure in enumerate(tried, start=1) if sure >= confidence)
        assert 500 * (enough - 1) < needed <= 500 * enough + 2


def test_the_minimum_length_is_the_textbooks():
    sample = returns()
    ratio = sample.mean() / sample.std(ddof=1)
    z = (sample - sample.mean()) / sample.std()
    spread = 1 - (z**3).mean() * ratio + ((z**4).mean() - 1) / 4 * ratio**2
    assert minimum_track_record(sample) == pytest.approx(1 + spread * (1.6448536 / ratio) ** 2)


def test_no_length_is_enough_for_a_ratio_below_its_target():
    assert minimum_track_record(returns(mean=-0.001)) is None
    assert minimum_track_record(returns(), above=9.0) is None
    assert minimum_track_record(np.zeros(100)) is None
    assert deflated_sharpe(np.zeros(100), [0.0]) is None
    assert deflated_sharpe(returns(19), [0.0]) is None


def test_senseless_questions_are_refused():
    with pytest.raises(DataError, match="at least one trial"):
        deflated_sharpe(returns(), [])
    with pytest.raises(DataError, match="finite"):
        deflated_sharpe(returns(), [math.nan])
    with pytest.raises(DataError, match="confidence"):
        minimum_track_record(returns(), confidence=1.0)
    with pytest.raises(DataError, match="deviation"):
        expected_best_sharpe(-1.0, 5)
