"""Forecasting every session with what could have been learned before it, and with nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fund.errors import DataError
from fund.features.panel import FeatureTable
from fund.forecasting.calibration import Calibration, fit_calibration
from fund.forecasting.conformal import Widening, miss_shares
from fund.forecasting.executing import INLINE, Executor
from fund.forecasting.fitting import fit_all
from fund.forecasting.forecast import FittedForecaster, Forecaster, Spreading
from fund.forecasting.samples import Samples
from fund.forecasting.spread import heeded
from fund.forecasting.validation import Schedule, Split
from fund.market.view import FloatArray
from fund.metrics.ranks import average_ranks

Progress = Callable[[str, int, int], None]
"""Label, how many are done, how many there are."""
CALIBRATION_SESSIONS = 1000
"""A calibration looks back so far and no further: four years say enough, and older ones another market."""


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
    scale: FloatArray
    """[T, N] what a residual is measured in: volatility, times the forecaster's own spread if it has one."""
    folds: tuple[Fold, ...]


def walk_forward(
    samples: Samples,
    forecaster: Forecaster,
    schedule: Schedule,
    *,
    progress: Progress = silent,
    executor: Executor = INLINE,
) -> WalkForward:
    """Refit along the schedule and score each test session with the fold that was fitted before it.

    Everything learned stays inside the fold: trees, bins, look-backs and calibration alike end at least
    purge plus embargo before the first session they are used for. `DataError` when the labels' horizon
    is not the schedule's, or when history is too short for a fold. Where folds are fitted, and
    how many at once, is the executor's; the result does not depend on it.
    """
    if samples.labels.horizon_sessions != schedule.horizon_sessions:
        raise DataError(
            f"expected labels over {schedule.horizon_sessions!r} sessions, as the schedule purges, "
            f"found {samples.labels.horizon_sessions!r}; make the samples with the schedule's horizon"
        )
    scores = np.full(samples.table.present.shape, np.nan)
    scale = samples.volatility.copy()
    calibrator = Calibrator(samples.labels.values, schedule, scores, scale)
    splits = schedule.splits(len(samples.sessions), samples.first_warm)
    label = f"training {forecaster.name}"
    folds = []
    progress(label, 0, len(splits))
    fits = fit_all(samples, forecaster, [split.train for split in splits], executor)
    for done, (split, fitted) in enumerate(zip(splits, fits, strict=True), start=1):
        calibration = calibrator.calibrate(split.test.start)
        test = slice(split.test.start, split.test.stop)
        scores[test] = score(fitted, samples.table, split.test)
        scale[test] = scaled(fitted, samples.table, split.test, samples.volatility[test])
        calibrator.remember(calibration, test)
        folds.append(Fold(split=split, fitted=fitted, calibration=calibration))
        progress(label, done, len(splits))
    return WalkForward(scores=scores, scale=scale, folds=tuple(folds))


def score(fitted: FittedForecaster, table: FeatureTable, test: range) -> FloatArray:
    """Score the sessions of `test`, [T, N]; NaN for names that were not present or without a view.

    A forecaster of sequences also reads the sessions just before them, and none after.
    """
    lead = min(fitted.sessions - 1, test.start)
    scores = fitted.score(table.values[test.start - lead : test.stop])[lead:]
    return np.where(table.present[test.start : test.stop], scores, np.nan)


def scaled(fitted: FittedForecaster, table: FeatureTable, test: range, volatility: FloatArray) -> FloatArray:
    """Return what residuals of the sessions of `test` are measured in, [T, N].

    A forecaster with a view of how wide an outcome is has a say in it; where it has none, volatility stands.
    """
    if not isinstance(fitted, Spreading):
        return volatility
    lead = min(fitted.sessions - 1, test.start)
    spread = fitted.spread(table.values[test.start - lead : test.stop])[lead:]
    return volatility * heeded(spread, table.present[test.start : test.stop])


class Calibrator:
    """Calibrates fold after fold on what was known, and hears how wide its own intervals should have been."""

    def __init__(self, labels: FloatArray, schedule: Schedule, scores: FloatArray, scale: FloatArray) -> None:
        """All are [T, N]; `scores` and `scale` may still be filled, fold after fold."""
        self._labels = labels
        self._schedule = schedule
        self._scores = scores
        self._scale = scale
        self._low = np.full_like(scores, np.nan)
        self._high = np.full_like(scores, np.nan)
        self._widening = Widening()
        self._heard = 0

    def calibrate(self, start: int) -> Calibration | None:
        """Return the calibration of the fold that speaks from session index `start` on.

        None while there is too little to learn from.
        """
        stop = self._schedule.known_before(start)
        heard, known = slice(self._heard, stop), slice(max(0, stop - CALIBRATION_SESSIONS), stop)
        self._heard = max(stop, self._heard)
        misses = miss_shares(self._low[heard], self._high[heard], self._labels[heard])
        self._widening = self._widening.after(*misses)
        found = fit_calibration(
            self._scores[known],
            self._labels[known],
            self._scale[known],
            horizon_sessions=self._schedule.horizon_sessions,
            minimum=self._schedule.min_calibration_sessions,
        )
        if found is None:
            return None
        return replace(found, widen_low=self._widening.low, widen_high=self._widening.high)

    def remember(self, calibration: Calibration | None, test: slice) -> None:
        """Keep the intervals that were given, to be compared with what comes."""
        if calibration is not None:
            rank = average_ranks(self._scores[test])
            self._low[test], self._high[test] = calibration.interval(rank, self._scale[test])
