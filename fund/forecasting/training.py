"""From samples to a trained forecaster with a card."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise

import numpy as np

from fund.errors import DataError
from fund.features.panel import FEATURE_VERSION
from fund.forecasting import calibration as calibrating
from fund.forecasting.executing import INLINE, Executor
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.forecast import Chosen, Forecaster, ForecasterCard, Spreading
from fund.forecasting.judging import figures_of
from fund.forecasting.samples import Samples
from fund.forecasting.spread import LEAST_SPREAD, MOST_SPREAD
from fund.forecasting.superiority import superiority_of
from fund.forecasting.table import ForecastTable
from fund.forecasting.trained import TrainedFold, TrainedForecaster, calibrated
from fund.forecasting.validation import Schedule
from fund.forecasting.walk_forward import Progress, WalkForward, silent, walk_forward
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval

CODE_VERSION = 2
"""Raise it when the protocol or a forecaster's code changes its result at the same parameters."""
BASELINES: tuple[Forecaster, ...] = (MomentumForecaster(), ReversalForecaster(), RidgeForecaster())


def version_of(
    forecaster: Forecaster,
    schedule: Schedule,
    data_version: str,
    features: str = FEATURE_VERSION,
    *,
    spreads: bool = False,
) -> str:
    """Return the id of what this training would give: the same inputs have the same version.

    `spreads` tells whether what is fitted has a view of how wide an outcome is, which its intervals follow.
    """
    causes: dict[str, object] = {
        "forecaster": forecaster.name,
        "parameters": dict(forecaster.parameters),
        "seed": forecaster.seed,
        "schedule": asdict(schedule),
        "data": data_version,
        "features": features,
        "code": CODE_VERSION,
        "prior": [
            calibrating.PRIOR_IC,
            calibrating.PRIOR_IC_DEVIATION,
            calibrating.INTERCEPT_DEVIATION,
            calibrating.BINS,
        ],
    }
    if spreads:
        causes["spread"] = [LEAST_SPREAD, MOST_SPREAD]
    digest = hashlib.sha256(json.dumps(causes, sort_keys=True).encode()).hexdigest()
    return f"{forecaster.name}-{digest[:12]}"


def train(
    samples: Samples,
    forecasters: Sequence[Forecaster],
    schedule: Schedule,
    *,
    universe_name: str,
    data_version: str,
    baselines: Sequence[Forecaster] = BASELINES,
    progress: Progress = silent,
    executor: Executor = INLINE,
) -> tuple[TrainedForecaster, ...]:
    """Walk forward with each forecaster, judge it beside the other baselines and write its card.

    A forecaster that is also a baseline walks once. Two forecasters of one name, or too short a history,
    raise `DataError`. The result is a pure function of the other arguments than the executor. Rivals that
    are baselines only are fitted one fold after the other: their algebra has threads of its own, and two
    of them at once wait for each other.
    """
    names = [each.name for each in forecasters]
    if len(set(names)) < len(names):
        raise DataError(f"expected forecasters of different names, found {names!r}; train them apart")
    others = [each for each in baselines if each.name not in names]
    walks = {
        each.name: walk_forward(samples, each, schedule, progress=progress, executor=where)
        for each, where in (
            *((forecaster, executor) for forecaster in forecasters),
            *((rival, INLINE) for rival in others),
        )
    }
    rivals = {baseline.name: walks[baseline.name] for baseline in baselines}
    return tuple(
        _judged(
            samples,
            forecaster,
            schedule,
            walks[forecaster.name],
            {name: walk for name, walk in rivals.items() if name != forecaster.name},
            universe_name=universe_name,
            data_version=data_version,
        )
        for forecaster in forecasters
    )


def _judged(
    samples: Samples,
    forecaster: Forecaster,
    schedule: Schedule,
    walk: WalkForward,
    rivals: Mapping[str, WalkForward],
    *,
    universe_name: str,
    data_version: str,
) -> TrainedForecaster:
    spreads = isinstance(walk.folds[-1].fitted, Spreading)
    version = version_of(forecaster, schedule, data_version, samples.table.version, spreads=spreads)
    table = _table(samples, walk, forecaster.name, version)
    folds = _dated(walk, samples)
    card = ForecasterCard(
        forecaster=forecaster.name,
        version=version,
        horizon_sessions=schedule.horizon_sessions,
        universe=universe_name,
        train_first=folds[0].train_first,
        train_last=folds[-1].train_last,
        features=samples.table.names,
        baseline_rank_ic=_baseline_figures(rivals, walk.scores, samples),
        data_version=data_version,
        parameters=_parameters(forecaster, schedule, {forecaster.name: walk, **rivals}, samples),
        seed=forecaster.seed,
        trials=forecaster.trials,
        overfitting=forecaster.overfitting if isinstance(forecaster, Chosen) else None,
        superiority=superiority_of(
            [walk.scores, *(rival.scores for rival in rivals.values())],
            table.realised,
            table.horizon_sessions,
        ),
        **figures_of(table, samples.labels.equal_weight),
    )
    return TrainedForecaster(card=card, feature_version=samples.table.version, folds=folds, table=table)


def _table(samples: Samples, walk: WalkForward, name: str, version: str) -> ForecastTable:
    """Calibrate each test session with its own fold; sessions of uncalibrated folds stay empty."""
    keys = ("expected", "low", "high", "probability_up")
    figures = {key: np.full_like(walk.scores, np.nan) for key in keys}
    for fold in walk.folds:
        if fold.calibration is not None:
            test = slice(fold.split.test.start, fold.split.test.stop)
            for key, values in calibrated(walk.scores[test], walk.scale[test], fold.calibration).items():
                figures[key][test] = values
    return ForecastTable(
        forecaster=name,
        version=version,
        horizon_sessions=samples.labels.horizon_sessions,
        sessions=samples.sessions,
        tickers=samples.table.tickers,
        scores=walk.scores,
        realised=np.ascontiguousarray(samples.labels.values),
        **figures,
    )


def _dated(walk: WalkForward, samples: Samples) -> tuple[TrainedFold, ...]:
    days = samples.sessions
    return tuple(
        TrainedFold(
            train_first=days[fold.split.train[0]],
            train_last=days[fold.split.train[-1]],
            test_first=days[fold.split.test[0]],
            fitted=fold.fitted,
            calibration=fold.calibration,
        )
        for fold in walk.folds
    )


def _baseline_figures(
    walks: Mapping[str, WalkForward], scores: FloatArray, samples: Samples
) -> dict[str, Interval]:
    """Rank IC of each baseline over the names and sessions the forecaster itself scored."""
    realised = np.where(np.isfinite(scores), samples.labels.values, np.nan)
    lag = samples.labels.horizon_sessions
    figures = {
        name: mean_interval(rank_information_coefficients(walk.scores, realised), lag=lag)
        for name, walk in walks.items()
    }
    return {name: figure for name, figure in figures.items() if figure is not None}


def _parameters(
    forecaster: Forecaster, schedule: Schedule, walks: Mapping[str, WalkForward], samples: Samples
) -> dict[str, float | int | str]:
    """The forecaster's own, the schedule's, and what each fit chose, by the first session it spoke for."""
    parameters = dict(forecaster.parameters)
    parameters |= {k: "growing" if v is None else v for k, v in asdict(schedule).items()}
    parameters["feature_version"] = samples.table.version
    if isinstance(walks[forecaster.name].folds[-1].fitted, Spreading):
        parameters["spread"] = f"heeded from {LEAST_SPREAD} to {MOST_SPREAD} of the session's median"
    for name, walk in walks.items():
        parameters[f"fit_{name}"] = _choices(walk, samples)
    return parameters


def _choices(walk: WalkForward, samples: Samples) -> str:
    notes = [(fold.fitted.note, samples.sessions[fold.split.test.start]) for fold in walk.folds]
    firsts = [notes[0], *(now for before, now in pairwise(notes) if before[0] != now[0])]
    return "; ".join(f"{note} from {day}" for note, day in firsts)
