import math

import numpy as np
import pytest
from scipy import stats

from fund.errors import DataError
from fund.metrics.drift import kolmogorov_smirnov, page_hinkley, population_stability_index


def normal(n: int, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1.0, n)


def test_the_index_is_the_sum_over_bins_of_the_reference():
    reference = np.arange(100.0)
    sample = np.concatenate([np.arange(50.0), np.arange(50.0)])
    found = population_stability_index(reference, sample, bins=2)
    expected = 0.5 * math.log(2.0) + (0.5 - 0.5 / 100) * math.log(0.5 / (0.5 / 100))
    assert found.statistic == pytest.approx(expected)
    assert (found.n_reference, found.n) == (100, 100)
    assert found.found


def test_the_same_sample_has_no_index():
    sample = normal(200)
    assert population_stability_index(sample, sample).statistic == pytest.approx(0.0, abs=1e-12)
    assert kolmogorov_smirnov(sample, sample).statistic == 0.0


@pytest.mark.parametrize("measure", [population_stability_index, kolmogorov_smirnov])
def test_chance_alone_is_called_drift_one_time_in_twenty(measure):
    found = sum(measure(normal(300, seed), normal(120, 10_000 + seed)).found for seed in range(400))
    assert 8 <= found <= 34  # 99.9 % of a binomial of 400 at 5 %


@pytest.mark.parametrize("measure", [population_stability_index, kolmogorov_smirnov])
def test_a_shift_of_half_a_deviation_is_found(measure):
    assert measure(normal(500), normal(200, 1, shift=0.5)).found


def test_the_distance_is_scipys_and_its_bound_lies_at_five_percent():
    one, other = normal(80), normal(60, 1, shift=0.3)
    found = kolmogorov_smirnov(one, other)
    reference = stats.ks_2samp(one, other)
    assert found.statistic == pytest.approx(reference.statistic)
    exact = stats.distributions.kstwo.isf(0.05, round(80 * 60 / 140))
    assert found.by_chance == pytest.approx(exact, rel=0.03)


def test_missing_values_are_left_out():
    holed = np.concatenate([normal(100), [np.nan, np.inf]])
    for measure in (population_stability_index, kolmogorov_smirnov):
        assert measure(holed, normal(100, 1)) == measure(normal(100), normal(100, 1))


def test_too_few_or_constant_values_say_nothing():
    assert population_stability_index(normal(100), normal(49)) is None
    assert population_stability_index(np.ones(100), normal(100)) is None
    assert kolmogorov_smirnov(normal(19), normal(100)) is None
    assert page_hinkley(normal(19), normal(100)) is None
    assert page_hinkley(np.ones(100), normal(100)) is None


def test_a_rise_of_the_mean_raises_an_alarm_soon_after_it_began():
    reference = normal(500)
    values = np.concatenate([normal(200, 1), normal(200, 2, shift=1.0)])
    found = page_hinkley(reference, values, tolerance=0.5, threshold=8.0)
    assert 200 <= found.alarm < 230
    assert found.statistic > found.threshold
    assert page_hinkley(reference, values[:200], tolerance=0.5, threshold=8.0).alarm is None


def test_the_statistic_is_the_cumulated_excess_over_its_lowest_point():
    reference = np.array([-1.0, 1.0] * 10)
    deviation = reference.std(ddof=1)
    found = page_hinkley(reference, np.array([-3.0, 2.0, np.nan, 2.0]), tolerance=0.1, threshold=99.0)
    assert found.statistic == pytest.approx(2 * (2.0 / deviation - 0.1))
    assert found.n == 3


def test_false_alarms_are_as_far_apart_as_it_says():
    reference = normal(100_000)
    first = [
        page_hinkley(reference, normal(4000, seed), tolerance=0.25, threshold=5.0) for seed in range(1, 201)
    ]
    gaps = [found.alarm for found in first if found.alarm is not None]
    assert len(gaps) == 200
    assert np.mean(gaps) == pytest.approx(first[0].values_between_false_alarms, rel=0.25)


def test_senseless_settings_are_refused():
    with pytest.raises(DataError, match="2 bins"):
        population_stability_index(normal(100), normal(100), bins=1)
    with pytest.raises(DataError, match="above 0"):
        page_hinkley(normal(100), normal(100), threshold=0.0)
