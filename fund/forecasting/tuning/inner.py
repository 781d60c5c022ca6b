"""The inner walk-forward: how good some sizes are, judged inside one outer training span."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from fund.errors import DataError
from fund.forecasting.executing import Executor
from fund.forecasting.forecast import Forecaster
from fund.forecasting.samples import Samples
from fund.forecasting.validation import Schedule, Split
from fund.forecasting.walk_forward import score
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import mean_error

LEAST_TRAIN, LEAST_TEST = 15, 5
"""Sessions that an inner fold learns from and is judged on, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How some sizes stand after some inner folds."""

    daily: FloatArray
    """Rank IC of each session judged so far, the finite ones."""
    objective: float
    """Mean less one standard error of it, which allows for overlapping labels."""


def before(samples: Samples, stop: int) -> Samples:
    """Return the sessions below index `stop`; of what comes after, nothing is there to be read."""
    labels = samples.labels
    mean = labels.equal_weight
    table = samples.table
    return Samples(
        table=replace(
            table,
            sessions=table.sessions[:stop],
            values=table.values[:stop],
            present=table.present[:stop],
        ),
        labels=replace(
            labels,
            values=labels.values[:stop],
            equal_weight=None if mean is None else mean[:stop],
        ),
        volatility=samples.volatility[:stop],
    )


def inner_splits(train: range, schedule: Schedule, folds: int) -> tuple[Split, ...]:
    """Split a training span: its later half judges, in `folds` parts, each learned from what lies before.

    Purge and embargo are the schedule's. `DataError` when the span is too short.
    """
    gap = schedule.gap_sessions
    first = train.start + max(len(train) // 2, gap + LEAST_TRAIN)
    if train.stop - first < folds * LEAST_TEST:
        raise DataError(
            f"expected a training span of at least {gap + LEAST_TRAIN + folds * LEAST_TEST!r} sessions for "
            f"{folds!r} inner folds, found {len(train)!r}; take fewer folds or raise min_train_sessions"
        )
    edges = [first + round(k * (train.stop - first) / folds) for k in range(folds + 1)]
    return tuple(
        Split(train=range(train.start, start - gap), test=range(start, stop))
        for start, stop in pairwise(edges)
    )


def standings(
    samples: Samples, forecaster: Forecaster, splits: Sequence[Split], executor: Executor
) -> Iterator[Standing]:
    """Yield how a forecaster stands after each inner fold; whoever stops asking saves the other folds.

    `DataError` when a fold cannot be fitted, or nothing of it can be judged.
    """
    daily = np.empty(0)
    items = [(forecaster, split) for split in splits]
    with closing(executor.map(_daily, samples, items)) as folds:
        for fold in folds:
            daily = np.concatenate([daily, fold[np.isfinite(fold)]])
            yield Standing(daily=daily, objective=objective(daily, samples.labels.horizon_sessions))


def objective(daily: FloatArray, horizon_sessions: int) -> float:
    """Return the mean less one standard error; `DataError` below 5 sessions."""
    if len(daily) < LEAST_TEST:
        raise DataError(
            f"expected at least {LEAST_TEST!r} sessions with a rank IC, found {len(daily)!r}; "
            "its scores may be all alike, or the labels missing"
        )
    error, _ = mean_error(daily, horizon_sessions)
    return float(daily.mean()) - error


def _daily(samples: Samples, item: tuple[Forecaster, Split]) -> FloatArray:
    forecaster, split = item
    fitted = forecaster.fit(samples, split.train)
    test = slice(split.test.start, split.test.stop)
    scores = score(fitted, samples.table, split.test)
    return rank_information_coefficients(scores, samples.labels.values[test])
