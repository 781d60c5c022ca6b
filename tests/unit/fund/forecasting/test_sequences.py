"""A forecaster that reads a sequence of sessions walks, is judged and speaks like every other one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fund.features.panel import FEATURES, feature_table, feature_version
from fund.forecasting.forecast import FittedForecaster
from fund.forecasting.recent import recent_features, sessions_read
from fund.forecasting.samples import VOLATILITY_SESSIONS, Samples
from fund.forecasting.training import train
from fund.forecasting.walk_forward import walk_forward
from support.forecasters import A_SCHEDULE, small_samples, small_universe

READ = 4


class FittedChange:
    """The first feature less what it was three sessions before."""

    note = "change"
    sessions = READ

    def score(self, values: np.ndarray) -> np.ndarray:
        out = np.full(values.shape[:-1], np.nan)
        out[READ - 1 :] = (values[READ - 1 :] - values[: len(values) - READ + 1])[..., 0]
        return out

    def save(self, stem: Path) -> Path:
        path = stem.with_suffix(".txt")
        path.write_text(self.note)
        return path


@dataclass(frozen=True)
class Change:
    name: str = "change"
    seed: int = 0
    trials: int = 1

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        return {"read": READ}

    def fit(self, samples: Samples, train: range) -> FittedForecaster:
        return FittedChange()

    def load(self, path: Path) -> FittedForecaster:
        assert path.read_text() == FittedChange.note
        return FittedChange()


def test_each_fold_reads_the_sessions_before_its_first_test() -> None:
    samples = small_samples()
    walk = walk_forward(samples, Change(), A_SCHEDULE)
    first = walk.folds[0].split.test.start
    expected = FittedChange().score(samples.table.values)
    assert np.array_equal(
        walk.scores[first:], np.where(samples.table.present, expected, np.nan)[first:], equal_nan=True
    )


def test_a_live_forecast_is_the_walk_forwards_own() -> None:
    (trained,) = train(
        small_samples(), (Change(),), A_SCHEDULE, universe_name="made", data_version="made-1", baselines=()
    )
    assert trained.sessions == READ
    recent = recent_features(small_universe(), 5, sessions=READ)
    assert trained.forecast(recent) == trained.at(recent.session) != ()


def test_one_session_too_few_is_no_forecast() -> None:
    (trained,) = train(
        small_samples(), (Change(),), A_SCHEDULE, universe_name="made", data_version="made-1", baselines=()
    )
    assert trained.forecast(recent_features(small_universe(), 5, sessions=READ - 1)) == ()


def test_what_is_read_reaches_as_far_as_the_longest_window_and_the_volatility() -> None:
    longest = max(feature.window for feature in FEATURES)
    assert sessions_read(FEATURES, 10) == longest + 9
    short = min(FEATURES, key=lambda feature: feature.window)
    assert sessions_read((short,)) == VOLATILITY_SESSIONS


def test_fewer_features_are_the_same_figures_under_another_id() -> None:
    few = FEATURES[:3]
    recent = recent_features(small_universe(), 5, features=few)
    whole = feature_table(small_universe(), few, last=1)
    assert np.array_equal(recent.table.values, whole.values, equal_nan=True)
    assert recent.table.version == feature_version(few) != feature_version(FEATURES)


@pytest.mark.parametrize("change", [FEATURES[1:], FEATURES[::-1]])
def test_another_set_or_order_of_features_has_another_id(change: tuple) -> None:
    assert feature_version(change) != feature_version(FEATURES)
