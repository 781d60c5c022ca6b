"""Small trainings for tests: seconds, not minutes, and the same on every machine."""

from dataclasses import replace
from functools import cache

import numpy as np

from fund.features.universe import Universe
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.samples import Samples, make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.metrics.inference import Interval
from support.panels import a_panel, a_universe, weekdays

A_SCHEDULE = Schedule(min_train_sessions=40, min_calibration_sessions=20)
A_GBM = GbmForecaster(trees=20, leaves=7, min_rows_in_leaf=40, l2=1.0, threads=1)


@cache
def small_universe(seed: int = 0) -> Universe:
    """Forty names over 240 sessions of a random walk, a few bars missing."""
    return a_universe(a_panel(240, 40, seed=seed, holes=0.01))


@cache
def small_samples(seed: int = 0) -> Samples:
    """Samples of the small universe over 5 sessions."""
    return make_samples(small_universe(seed), 5)


@cache
def a_trained_forecaster(seed: int = 0) -> TrainedForecaster:
    """A gbm trained on the small universe, without baselines."""
    return trained_on(small_samples(seed))


def trained_on(samples: Samples, forecaster: GbmForecaster = A_GBM) -> TrainedForecaster:
    """A forecaster trained on some samples with the small schedule, without baselines."""
    (trained,) = train(
        samples, (forecaster,), A_SCHEDULE, universe_name="made names", data_version="made-1", baselines=()
    )
    return trained


def with_column(samples: Samples, name: str, values: np.ndarray) -> Samples:
    """The same samples with one more feature, [T, N] ranks."""
    table = replace(
        samples.table,
        names=(*samples.table.names, name),
        values=np.concatenate([samples.table.values, values[:, :, None].astype(np.float32)], axis=2),
    )
    return replace(samples, table=table)


def an_interval(value: float = 0.02, *, n: int = 250) -> Interval:
    """A figure with an interval of two hundredths either side."""
    return Interval(value=value, low=value - 0.02, high=value + 0.02, n=n)


def a_card(**changes: object) -> ForecasterCard:
    """A card of a forecaster nobody would doubt."""
    days = weekdays(5)
    card = ForecasterCard(
        forecaster="gbm",
        version="gbm-0123456789ab",
        horizon_sessions=5,
        universe="made names",
        train_first=days[0],
        train_last=days[1],
        test_first=days[2],
        test_last=days[4],
        features=("ROC5", "VOL20"),
        ic=an_interval(),
        rank_ic=an_interval(0.03),
        hit_rate=an_interval(0.51),
        baseline_rank_ic={"momentum": an_interval(0.01)},
        calibration=((0.48, 0.47, 100), (0.52, 0.55, 120)),
        data_version="made-1",
        parameters={"trees": 60, "learning_rate": 0.08, "note": "a word"},
        seed=7,
        trials=2,
        coverage=an_interval(0.8),
    )
    return replace(card, **changes)
