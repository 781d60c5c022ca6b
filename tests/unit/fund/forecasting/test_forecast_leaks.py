"""A forecaster must find what is there, must not find what is not, and must be caught when it cheats."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.cross_section import cross_rank
from fund.forecasting.card import implausible
from fund.forecasting.families.baseline import RidgeForecaster
from fund.forecasting.forecast import Forecaster
from fund.forecasting.registry import Registry
from fund.forecasting.samples import Samples, make_samples
from fund.forecasting.walk_forward import walk_forward
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Z_95, Interval, mean_interval
from support.forecasters import A_GBM, A_SCHEDULE, small_samples, trained_on, with_column
from support.panels import a_panel, a_universe

FORECASTERS = {"gbm": A_GBM, "ridge": RidgeForecaster()}


def rank_ic(samples: Samples, forecaster: Forecaster) -> Interval:
    walk = walk_forward(samples, forecaster, A_SCHEDULE)
    found = mean_interval(rank_information_coefficients(walk.scores, samples.labels.values), lag=5)
    assert found is not None
    return found


def t_of(found: Interval) -> float:
    return found.value * 2 * Z_95 / (found.high - found.low)


def shuffled(samples: Samples, seed: int) -> Samples:
    random = np.random.default_rng(seed)
    values = samples.labels.values.copy()
    for row in values:
        known = np.flatnonzero(np.isfinite(row))
        row[known] = random.permutation(row[known])
    return replace(samples, labels=replace(samples.labels, values=values))


@pytest.mark.parametrize("name", FORECASTERS)
def test_shuffled_labels_leave_nothing_to_find(name):
    found = rank_ic(shuffled(small_samples(), seed=1), FORECASTERS[name])
    assert abs(t_of(found)) < 2


@pytest.mark.parametrize("name", FORECASTERS)
def test_lasting_drifts_are_found(name):
    samples = make_samples(a_universe(a_panel(240, 60, persistence=0.15)), 5)
    found = rank_ic(samples, FORECASTERS[name])
    assert found.value > 0.05
    assert t_of(found) > 2.5


def test_a_planted_future_return_is_caught_and_kept_out_of_the_registry(tmp_path):
    samples = small_samples()
    leaked = cross_rank(samples.labels.values, samples.table.present)
    trained = trained_on(with_column(samples, "LEAK", leaked))
    assert trained.card.rank_ic.value > 0.5
    assert any("rank IC" in reason for reason in implausible(trained.card))
    with pytest.raises(DataError, match="look for a leak"):
        Registry(tmp_path).register(trained)
    assert Registry(tmp_path).versions() == ()


def test_a_leak_of_one_session_is_caught_too():
    samples = small_samples()
    label = samples.labels.values
    late = np.vstack([label[1:], np.full((1, label.shape[1]), np.nan)])
    trained = trained_on(with_column(samples, "LATE", cross_rank(late, samples.table.present)))
    assert implausible(trained.card)


def test_without_a_purge_the_same_protocol_would_have_looked_better():
    samples = make_samples(a_universe(a_panel(240, 40, seed=3)), 5)
    honest = walk_forward(samples, A_GBM, A_SCHEDULE)
    t = honest.folds[2].split.test[0]
    cheat = A_GBM.fit(samples, range(samples.first_warm, t + 5))
    tested = slice(t, t + 5)
    seen = rank_information_coefficients(
        cheat.score(samples.table.values[tested]), samples.labels.values[tested]
    )
    fair = rank_information_coefficients(honest.scores[tested], samples.labels.values[tested])
    assert seen.mean() > fair.mean() + 0.1


def test_an_honest_random_walk_is_plausible():
    assert implausible(trained_on(small_samples(2)).card) == ()
