"""The three leaks that everybody has built once, in the real pipeline over random walks: each is caught."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.card import implausible
from fund.forecasting.families.boosted import FittedTrees
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.registry import Registry
from fund.forecasting.samples import Samples, make_samples
from fund.forecasting.trained import TrainedForecaster
from support.forecasters import small_universe, trained_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ShuffledGbm(GbmForecaster):
    """Learns from rows drawn from the whole history, as a shuffled train-test split does."""

    trees: int = 60
    learning_rate: float = 0.2
    leaves: int = 31
    min_rows_in_leaf: int = 5
    l2: float = 0.0
    every: int = 1

    def fit(self, samples: Samples, train: range) -> FittedTrees:
        drawn = np.random.default_rng(0).random(len(samples.sessions)) < 0.8
        everywhere = np.flatnonzero(drawn & np.isfinite(samples.target).any(axis=1))
        return GbmForecaster.fit(self, samples, everywhere)


def smoothed(samples: Samples, reach: int = 5) -> Samples:
    """Labels averaged with those of the sessions around them, as a filter over the whole series does."""
    values = samples.labels.values
    padded = np.pad(values, ((reach, reach), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return replace(samples, labels=replace(samples.labels, values=windows.mean(axis=-1)))


def one_bar_late(samples: Samples) -> Samples:
    """Features of the next bar, as an index that is off by one gives."""
    values = np.roll(samples.table.values, -1, axis=0)
    values[-1] = np.nan
    return replace(samples, table=replace(samples.table, values=values))


@pytest.fixture(scope="module")
def samples() -> Samples:
    return make_samples(small_universe(), 5)


def caught(trained: TrainedForecaster, tmp_path) -> tuple[str, ...]:
    with pytest.raises(DataError, match="look for a leak"):
        Registry(tmp_path).register(trained)
    assert Registry(tmp_path).versions() == ()
    explained = Registry(tmp_path).register(trained, explanation="planted, to see whether it is caught")
    assert Registry(tmp_path).load(explained.version).card.explanation.startswith("planted")
    return implausible(trained.card)


def test_the_same_pipeline_without_a_leak_raises_no_alarm(samples):
    assert implausible(trained_on(samples).card) == ()


def test_shuffled_rows_are_caught(samples, tmp_path):
    reasons = caught(trained_on(samples, ShuffledGbm()), tmp_path)
    assert any("rank IC" in reason for reason in reasons)
    assert any("Sharpe" in reason for reason in reasons)


def test_a_smoothed_target_is_caught(samples, tmp_path):
    reasons = caught(trained_on(smoothed(samples)), tmp_path)
    assert any("rank IC" in reason for reason in reasons)


def test_features_one_bar_late_are_caught(samples, tmp_path):
    reasons = caught(trained_on(one_bar_late(samples)), tmp_path)
    assert any("rank IC" in reason for reason in reasons)
    assert any("Sharpe" in reason for reason in reasons)
