"""From members on the register to a trained ensemble with a card: none of the members is fitted again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fund.errors import DataError, NoDataError
from fund.features.panel import FeatureTable
from fund.features.universe import Universe
from fund.forecasting.ensemble.against_best import against_best
from fund.forecasting.ensemble.figures import EnsembleFigures, MemberPart
from fund.forecasting.ensemble.forecaster import ENSEMBLE, EnsembleForecaster, FittedEnsemble
from fund.forecasting.ensemble.heard import HeardSamples, heard_samples, heard_version, placed
from fund.forecasting.ensemble.members import plain_mean
from fund.forecasting.ensemble.trained_ensemble import TrainedEnsemble, with_members
from fund.forecasting.executing import INLINE, Executor
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.forecasting.walk_forward import Progress, score, silent
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval
from fund.metrics.ranks import average_ranks

PLAIN = "plain mean of the members"
Tables = Callable[[str], FeatureTable]
"""From a version of a set of features to its table over the universe's sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A member and the hash of its artifact."""

    trained: TrainedForecaster
    sha256: str


def train_ensemble(
    members: Sequence[Pinned],
    universe: Universe,
    schedule: Schedule,
    tables: Tables,
    *,
    way: str = "stacking",
    by_regime: bool = True,
    universe_name: str,
    data_version: str,
    progress: Progress = silent,
    executor: Executor = INLINE,
) -> TrainedEnsemble:
    """Learn what members weigh along a walk-forward over what they said out of sample.

    Members of different days are cut to what all have: from the first session on which every one spoke. One
    that learned earlier than the universe ends speaks for the sessions since by its newest fold, as it does
    live. `DataError` for fewer than two members, two of one name, an ensemble among them, other horizons, or
    a history too short for a calibrated fold.
    """
    _expect_members(members, schedule.horizon_sessions)
    names = [each.trained.card.forecaster for each in members]
    versions = [each.trained.card.version for each in members]
    ranks = np.stack([ranks_said(each.trained, universe, tables) for each in members])
    samples = heard_samples(universe, schedule.horizon_sessions, names, heard_version(versions), ranks)
    forecaster = EnsembleForecaster(
        way=way,
        by_regime=by_regime,
        members={
            each.trained.card.forecaster: f"{each.trained.card.version}@{each.sha256}" for each in members
        },
        trials=sum(each.trained.card.trials for each in members),
    )
    (made,) = train(
        samples,
        (forecaster,),
        schedule,
        universe_name=universe_name,
        data_version=data_version,
        baselines=(),
        progress=progress,
        executor=executor,
    )
    if made.folds[-1].calibration is None:
        raise DataError(
            f"expected {schedule.min_calibration_sessions!r} sessions of known outcome to calibrate on, "
            f"found fewer since {made.folds[0].test_first!s}, when members had spoken for long enough; "
            "load more history"
        )
    card = replace(
        made.card,
        ensemble=_figures(members, made, samples),
        baseline_rank_ic=_baselines(made.table.scores, samples),
    )
    held = {(each.trained.card.version, each.sha256): each.trained for each in members}
    return with_members(replace(made, card=card), lambda version, sha256: held[version, sha256])


def ranks_said(member: TrainedForecaster, universe: Universe, tables: Tables) -> FloatArray:
    """Return a member's out-of-sample ranks on a universe's sessions and tickers, [T, N].

    Ranked among all it scored, before names that the universe does not have are left out.
    """
    panel, table = universe.panel, member.table
    if table.sessions[-1] > panel.sessions[-1]:
        raise DataError(
            f"expected members that learned no later than {panel.sessions[-1]!s}, found "
            f"{member.card.version!r} up to {table.sessions[-1]!s}; choose others"
        )
    said = placed(table.rank, table.sessions, table.tickers, panel.sessions, panel.tickers)
    later = np.flatnonzero([session > table.sessions[-1] for session in panel.sessions])
    if len(later):
        features, since = tables(member.feature_version), range(int(later[0]), len(panel.sessions))
        if (features.sessions, features.tickers) != (panel.sessions, panel.tickers):
            raise DataError(
                f"expected features of the universe's sessions and tickers for {member.card.version}, found "
                f"others up to {features.sessions[-1]!s}; compute them on the same universe"
            )
        said[since.start :] = average_ranks(score(member.folds[-1].fitted, features, since))
    return said


def _expect_members(members: Sequence[Pinned], horizon_sessions: int) -> None:
    cards = [each.trained.card for each in members]
    names = [card.forecaster for card in cards]
    if len(members) < 2:
        raise DataError(
            f"expected at least two members over {horizon_sessions!r} sessions, found {names!r}; "
            "train others first, or name them"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"expected members of different names, found {twice!r} twice; name one version of it")
    for card in cards:
        if card.ensemble is not None or card.forecaster == ENSEMBLE:
            raise DataError(
                f"expected members that are no ensembles, found {card.version!r}; name its members instead"
            )
        if card.horizon_sessions != horizon_sessions:
            raise DataError(
                f"expected members over {horizon_sessions!r} sessions, found {card.version!r} over "
                f"{card.horizon_sessions!r}"
            )


def _figures(members: Sequence[Pinned], made: TrainedForecaster, samples: HeardSamples) -> EnsembleFigures:
    fits = [fold.fitted for fold in made.folds if isinstance(fold.fitted, FittedEnsemble)]
    weights = np.stack([fit.learned.overall for fit in fits])
    parts = tuple(
        MemberPart(
            forecaster=each.trained.card.forecaster,
            version=each.trained.card.version,
            sha256=each.sha256,
            weight=float(weights[-1, at]),
            weight_low=float(weights[:, at].min()),
            weight_high=float(weights[:, at].max()),
        )
        for at, each in enumerate(members)
    )
    try:
        found = against_best(samples.members, made.table.scores)
    except NoDataError as error:
        return EnsembleFigures(members=parts, verdicts=(f"it cannot be compared yet: {error}",))
    return EnsembleFigures(
        members=parts,
        best=found.best,
        rank_ic=found.ensemble,
        best_rank_ic=found.member,
        equal_rank_ic=found.equal,
        less_best=found.difference,
        less_equal=found.beyond_equal,
        verdicts=(found.verdict, found.equal_verdict),
    )


def _baselines(scores: FloatArray, samples: HeardSamples) -> dict[str, Interval]:
    """Return the rank IC of every member and of their plain mean over what the ensemble itself scored."""
    members = samples.members
    realised = np.where(np.isfinite(scores), members.realised, np.nan)
    each_alone = dict(zip(members.names, members.ranks, strict=True))
    rivals: dict[str, FloatArray] = {**each_alone, PLAIN: plain_mean(members)}
    lag = members.horizon_sessions
    figures = {
        name: mean_interval(rank_information_coefficients(each, realised), lag=lag)
        for name, each in rivals.items()
    }
    return {name: figure for name, figure in figures.items() if figure is not None}
