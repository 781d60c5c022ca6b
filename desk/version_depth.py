"""Two closer looks at one version: what its features are worth, and how its way of learning spreads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from db.engine import in_transaction
from db.forecasters import Forecasters
from desk.learning import Learning
from desk.progress import ProgressSink
from fund.errors import DataError, QueryRefusedError
from fund.forecasting.catalogue import Variant, family_of, set_of_version, variants
from fund.forecasting.combinatorial import CombinatorialSchedule, combinatorial_scores
from fund.forecasting.explaining.permutation import Importance, importance_over
from fund.forecasting.families.nets.forecaster import NETS
from fund.forecasting.forecast import FittedForecaster
from fund.forecasting.samples import Samples
from fund.forecasting.trained import TrainedForecaster
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval
from tools.forecasters import found_by_name

JUDGED_SESSIONS = 252
"""The last sessions with a known outcome that features are judged over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureWorth:
    """What a version's rank IC owes to each of its features, out of sample."""

    version: str
    first: date
    last: date
    rank_ic: Interval | None
    """Over the same sessions, with every feature as it is."""
    features: tuple[Importance, ...]
    """The most important first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSpread:
    """The rank IC of a way of learning on several paths through one history, beside its walk-forward's.

    The paths learn from the future too: they judge the way of learning and are no track record.
    """

    version: str
    fits: int
    paths: tuple[Interval, ...]
    """Mean daily rank IC of each path over the walk-forward's own sessions, lowest first."""
    walk_forward: Interval | None
    baselines: Mapping[str, Interval]
    """Walk-forward rank IC of what asks for no skill, from the card."""


def version_of_name(learning: Learning, name: str) -> TrainedForecaster:
    """Return the version that a name, a version or the beginning of one means, from its artifact.

    `QueryRefusedError` where there is none, or where it is an ensemble, whose members are to be asked.
    """
    rows = in_transaction(learning.engine, lambda connection: Forecasters(connection).all())
    found = found_by_name(rows, name)
    if not found:
        known = ", ".join(sorted({row.name for row in rows})) or "none"
        raise QueryRefusedError(f"there is no forecaster {name!r}; there are {known}")
    ensemble = found[0].card.ensemble
    if ensemble is not None:
        members = ", ".join(part.version for part in ensemble.members)
        raise QueryRefusedError(f"{found[0].version} learns from its members alone; ask about {members}")
    return learning.kept(found[0].version)


def samples_of(learning: Learning, trained: TrainedForecaster, progress: ProgressSink) -> Samples:
    """Compute again what a version learned from; `QueryRefusedError` where the desk cannot any more."""
    feature_set = set_of_version(trained.feature_version)
    last = trained.table.sessions[-1]
    if feature_set is None or learning.data_version(last) != trained.card.data_version:
        raise QueryRefusedError(
            f"{trained.card.version} learned from data or features that this desk no longer has; train again"
        )
    return learning.samples(last, trained.card.horizon_sessions, feature_set, progress)


def feature_worth(
    trained: TrainedForecaster, samples: Samples, progress: ProgressSink, sessions: int = JUDGED_SESSIONS
) -> FeatureWorth:
    """Judge every feature over the last sessions whose outcome is known, each by the fold that spoke then.

    `QueryRefusedError` where too few are known.
    """
    known = np.flatnonzero(
        np.isfinite(rank_information_coefficients(trained.table.scores, samples.labels.values))
    )[-sessions:]
    if not len(known):
        raise QueryRefusedError(f"no outcome of {trained.card.version} is known yet; train on more history")
    judged = range(int(known[0]), int(known[-1]) + 1)
    horizon = trained.card.horizon_sessions
    try:
        found = importance_over(
            _spoken(trained, samples, judged),
            samples.table,
            samples.labels.values,
            horizon_sessions=horizon,
            repeats=1,
            progress=progress,
        )
    except DataError as error:
        raise QueryRefusedError(f"features cannot be judged: {error}") from error
    part = slice(judged.start, judged.stop)
    ics = rank_information_coefficients(trained.table.scores[part], samples.labels.values[part])
    return FeatureWorth(
        version=trained.card.version,
        first=samples.sessions[judged[0]],
        last=samples.sessions[judged[-1]],
        rank_ic=mean_interval(ics, lag=horizon),
        features=found,
    )


def path_spread(trained: TrainedForecaster, samples: Samples, progress: ProgressSink) -> PathSpread:
    """Learn as a version did on every choice of four sixths of history; judge each path beside its own.

    `QueryRefusedError` for a net, for sizes chosen inside the walk-forward, and for too short a history.
    """
    card = trained.card
    forecaster = _variant(card.forecaster, card.horizon_sessions).forecaster
    strange = [name for name, value in forecaster.parameters.items() if card.parameters.get(name) != value]
    if strange or forecaster.seed != card.seed:
        raise QueryRefusedError(f"{card.version} has other sizes than {card.forecaster} has now; train again")
    schedule = CombinatorialSchedule(horizon_sessions=card.horizon_sessions)
    try:
        splits = schedule.splits(len(samples.sessions), samples.first_warm)
        scores = combinatorial_scores(samples, forecaster, schedule, progress=progress)
    except DataError as error:
        raise QueryRefusedError(f"there are no paths: {error}") from error
    spoken = np.isfinite(trained.table.scores)
    realised, lag = np.where(spoken, samples.labels.values, np.nan), card.horizon_sessions
    paths = [mean_interval(rank_information_coefficients(path, realised), lag=lag) for path in scores]
    told = [path for path in paths if path is not None]
    if len(told) < len(paths):
        raise QueryRefusedError(f"{card.version} has too few sessions with an outcome; train on more history")
    walked = rank_information_coefficients(trained.table.scores, realised)
    return PathSpread(
        version=card.version,
        fits=len(splits),
        paths=tuple(sorted(told, key=lambda path: path.value)),
        walk_forward=mean_interval(walked, lag=lag),
        baselines=card.baseline_rank_ic,
    )


def _variant(name: str, horizon_sessions: int) -> Variant:
    """Return the variant a registered name has learned as; `QueryRefusedError` where none may be asked."""
    if family_of(name) in NETS:
        raise QueryRefusedError(
            f"{name} is a net, and fifteen fits of one take hours: paths are for trees, neighbours and rules"
        )
    found = [
        each
        for each in variants()
        if each.forecaster.name == name and each.horizon_sessions == horizon_sessions
    ]
    if not found:
        raise QueryRefusedError(
            f"{name} has no sizes of its own: they were chosen inside its walk-forward, fold by fold"
        )
    return found[0]


def _spoken(
    trained: TrainedForecaster, samples: Samples, judged: range
) -> list[tuple[FittedForecaster, range]]:
    """Return the folds that spoke in some sessions, each with its own part of them."""
    starts = [samples.sessions.index(fold.test_first) for fold in trained.folds]
    ends = [stop for _, stop in pairwise((*starts, len(samples.sessions)))]
    cut = [
        range(max(start, judged.start), min(stop, judged.stop))
        for start, stop in zip(starts, ends, strict=True)
    ]
    return [(fold.fitted, test) for fold, test in zip(trained.folds, cut, strict=True) if len(test)]
