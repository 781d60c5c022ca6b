"""Forecasting every session with what could have been learned before it, and with nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.features.panel import FeatureTable
from fund.forecasting.calibration import Calibration, fit_calibration
from fund.forecasting.forecast import FittedForecaster, Forecaster
from fund.forecasting.samples import Samples
from fund.forecasting.validation import Schedule, Split
from fund.market.view import FloatArray

Progress = Callable[[str, int, int], None]
"""Label, how many are done, how many there are."""


def silent(label: str, done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One refit: what it learned, from when, and the sessions it may speak for."""

    split: Split
    fitted: FittedForecaster
    calibration: Calibration | None
    """From scores of earlier folds whose labels were known; None while there are too few."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalkForward:
    """Out-of-sample scores of every test session, and the folds they came from."""

    scores: FloatArray
    """[T, N]; NaN before the first test session and for names without a view."""
    folds: tuple[Fold, ...]


def walk_forward(
    samples: Samples,
    forecaster: Forecaster,
    schedule: Schedule,
    *,
    progress: Progress = silent,
    workers: int = 1,
) -> WalkForward:
    """Refit along the schedule and score each test session with the fold that was fitted before it.

    Everything learned stays inside the fold: trees, bins, look-backs and calibration alike end at least
    purge plus embargo before the first session they are used for. `DataError` when the labels' horizon
    is not the schedule's, or when history is too short for a fold. `workers` folds are fitted at once;
    the result does not depend on it.
    """
    if samples.labels.horizon_sessions != schedule.horizon_sessions:
        raise DataError(
            f"expected labels over {schedule.horizon_sessions!r} sessions, as the schedule purges, "
            f"found {samples.labels.horizon_sessions!r}; make the samples with the schedule's horizon"
        )
    scores = np.full(samples.table.present.shape, np.nan)
    splits = schedule.splits(len(samples.sessions), samples.first_warm)
    label = f"training {forecaster.name}"
    folds = []
    progress(label, 0, len(splits))
    for done, (split, fitted) in enumerate(_fit_all(samples, forecaster, splits, workers), start=1):
        calibration = _calibrate(samples, scores, schedule, split)
        test = slice(split.test.start, split.test.stop)
        scores[test] = score(fitted, samples.table, split.test)
        folds.append(Fold(split=split, fitted=fitted, calibration=calibration))
        progress(label, done, len(splits))
    return WalkForward(scores=scores, folds=tuple(folds))


def _fit_all(
    samples: Samples, forecaster: Forecaster, splits: tuple[Split, ...], workers: int
) -> Iterator[tuple[Split, FittedForecaster]]:
    """Fit the splits side by side, in order; whole folds share no barrier, so a busy machine stalls none."""
    _ = samples.target
    pool = ThreadPoolExecutor(max_workers=max(workers, 1), thread_name_prefix="fold")
    try:
        fitted = pool.map(lambda split: forecaster.fit(samples, split.train), splits)
        yield from zip(splits, fitted, strict=True)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def score(fitted: FittedForecaster, table: FeatureTable, test: range) -> FloatArray:
    """Score the sessions of `test`, [T, N]; NaN for names that were not present or without a view.

    A forecaster of sequences also reads the sessions just before them, and none after.
    """
    lead = min(fitted.sessions - 1, test.start)
    scores = fitted.score(table.values[test.start - lead : test.stop])[lead:]
    return np.where(table.present[test.start : test.stop], scores, np.nan)


def _calibrate(samples: Samples, scores: FloatArray, schedule: Schedule, split: Split) -> Calibration | None:
    known = slice(0, schedule.known_before(split.test.start))
    return fit_calibration(
        scores[known],
        samples.labels.values[known],
        samples.volatility[known],
        horizon_sessions=schedule.horizon_sessions,
        minimum=schedule.min_calibration_sessions,
    )
