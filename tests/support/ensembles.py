"""Small ensembles for tests: of rules and a ridge, which take no time."""

from functools import cache
from pathlib import Path

from fund.features.universe import Universe
from fund.forecasting.ensemble.trained_ensemble import TrainedEnsemble
from fund.forecasting.ensemble.training import Pinned, train_ensemble
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.registry import Artifact, Registry
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from support.forecasters import A_SCHEDULE, small_universe

RULES = (RidgeForecaster(), ReversalForecaster(), MomentumForecaster())
WHOLE = 240


@cache
def universe_of(sessions: int = WHOLE) -> Universe:
    """The first sessions of the small universe."""
    return small_universe().rows(0, sessions)


@cache
def members_of_days(sessions: int = WHOLE) -> tuple[TrainedForecaster, ...]:
    """A ridge and two rules, trained on the first sessions of the small universe."""
    samples = make_samples(universe_of(sessions), 5)
    return train(
        samples, RULES, A_SCHEDULE, universe_name="made names", data_version=f"made-{sessions}", baselines=()
    )


def an_ensemble(members: tuple[Pinned, ...], sessions: int = WHOLE, **more: object) -> TrainedEnsemble:
    """An ensemble of members over the first sessions of the small universe."""
    universe = universe_of(sessions)
    return train_ensemble(
        members,
        universe,
        A_SCHEDULE,
        lambda version: make_samples(universe, 5).table,
        universe_name="made names",
        data_version=f"made-{sessions}",
        **more,  # type: ignore[arg-type]
    )


def pinned(members: tuple[TrainedForecaster, ...], sha256: str = "0") -> tuple[Pinned, ...]:
    """Members that were never written."""
    return tuple(Pinned(trained=each, sha256=sha256) for each in members)


def a_kept_ensemble(root: Path) -> tuple[Registry, Artifact, TrainedEnsemble]:
    """A register that holds three members and an ensemble of them."""
    registry = Registry(root)
    kept = [(each, registry.register(each, explanation="made data")) for each in members_of_days()]
    made = an_ensemble(tuple(Pinned(trained=each, sha256=artifact.sha256) for each, artifact in kept))
    return registry, registry.register(made, explanation="made data"), made
