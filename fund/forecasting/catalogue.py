"""What can be trained: families by name with their usual sizes, and the variants they come in."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any

from fund.errors import DataError
from fund.features.feature import Feature
from fund.features.panel import FEATURES, feature_version
from fund.features.sets import SETS
from fund.forecasting.ensemble.forecaster import ENSEMBLE, load_ensemble
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.families.direction import DirectionForecaster
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.families.lambdarank import LambdarankForecaster
from fund.forecasting.families.nearest import NearestForecaster
from fund.forecasting.families.nets.forecaster import NETS
from fund.forecasting.families.quantile import QuantileForecaster
from fund.forecasting.families.xgb import XgbForecaster
from fund.forecasting.forecast import FittedForecaster, Forecaster
from fund.forecasting.training import BASELINES

_FAMILIES: tuple[Forecaster, ...] = (
    GbmForecaster(),
    QuantileForecaster(),
    DirectionForecaster(),
    LambdarankForecaster(),
    XgbForecaster(),
    NearestForecaster(),
    RidgeForecaster(),
    MomentumForecaster(),
    ReversalForecaster(),
    *NETS.values(),
)
FAMILIES: Mapping[str, Forecaster] = {each.name: each for each in _FAMILIES}
"""Every family once, with its usual sizes; what is heavy in one is imported when it is fitted."""
LOADERS: Mapping[str, Callable[[Path], FittedForecaster]] = {
    **{name: forecaster.load for name, forecaster in FAMILIES.items()},
    ENSEMBLE: load_ensemble,
}
"""How a fit of each family is read; an ensemble is one beside them, made of others that are trained."""
HORIZONS = (1, 5, 10, 20)
"""Sessions ahead that forecasters may be trained for."""
DESK_HORIZON, DESK_SET = 5, "desk"
"""What a variant has that goes by its family's name alone."""
FEATURE_SETS: Mapping[str, tuple[Feature, ...]] = dict(SETS)
BY_NAMED_FEATURES = ("momentum", "nearest", "reversal")
"""Families that go by features of the desk's set, wherever that lies in another."""
NET_SESSIONS = 252
"""Sessions that a net over 60 of them learns from at least; a first fold with fewer is refused."""
TUNED_NET_SESSIONS = 320
"""The same where its sizes are chosen inside those sessions, of which the first half must do for a fit."""
TUNED = "-tuned"
"""End of the name of a family whose sizes are chosen inside the walk-forward."""
_NOT_SIZES = ("name", "seed", "threads", "trials", "checkpoints", "progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A family over one horizon, reading one set of features; each has a card of its own."""

    family: str
    horizon_sessions: int = DESK_HORIZON
    feature_set: str = DESK_SET

    def __post_init__(self) -> None:
        _expect("a family", self.family, FAMILIES)
        _expect("a set of features", self.feature_set, FEATURE_SETS)
        if self.horizon_sessions not in HORIZONS:
            raise DataError(
                f"expected a horizon among {HORIZONS!r} sessions, found {self.horizon_sessions!r}"
            )
        if self.family in BY_NAMED_FEATURES and not holds_desk_set(self.features):
            raise DataError(
                f"expected a set that holds the desk's features, as {self.family!r} goes by some of them, "
                f"found {self.feature_set!r}"
            )

    @property
    def name(self) -> str:
        """Return `gbm` for the desk's horizon and set, else `gru-20` or `gru-20-lab`."""
        if self.feature_set != DESK_SET:
            return f"{self.family}-{self.horizon_sessions}-{self.feature_set}"
        return (
            self.family if self.horizon_sessions == DESK_HORIZON else f"{self.family}-{self.horizon_sessions}"
        )

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features it reads."""
        return FEATURE_SETS[self.feature_set]

    @property
    def forecaster(self) -> Forecaster:
        """Return the family under the name it is registered by, which the horizon stands beside."""
        family = FAMILIES[self.family]
        return (
            family if self.feature_set == DESK_SET else renamed(family, f"{self.family}-{self.feature_set}")
        )


def variants() -> tuple[Variant, ...]:
    """Return every variant there is."""
    return tuple(
        Variant(family=family, horizon_sessions=horizon, feature_set=feature_set)
        for family, horizon, feature_set in product(FAMILIES, HORIZONS, FEATURE_SETS)
        if family not in BY_NAMED_FEATURES or holds_desk_set(FEATURE_SETS[feature_set])
    )


def variant_named(name: str) -> Variant:
    """Return the variant of a name; `DataError` with the nearest names where there is none."""
    known = {each.name: each for each in variants()}
    _expect("a variant", name, known)
    return known[name]


def family_named(name: str) -> Forecaster:
    """Return a family with its usual sizes; `DataError` with the nearest names where there is none."""
    _expect("a family", name, FAMILIES)
    return FAMILIES[name]


def family_of(forecaster: str) -> str:
    """Return the family of a registered name, whose first word it is."""
    return forecaster.partition("-")[0]


def min_train_sessions(forecaster: str, floor: int) -> int:
    """Return how many sessions the first fold of a registered name learns from, `floor` at least."""
    if family_of(forecaster) not in NETS:
        return floor
    return max(floor, TUNED_NET_SESSIONS if forecaster.endswith(TUNED) else NET_SESSIONS)


def baselines_on(names: Collection[str]) -> tuple[Forecaster, ...]:
    """Return the baselines that can be judged on a set of features, by their names."""
    own = {feature.name for feature in FEATURES} <= set(names)
    return tuple(each for each in BASELINES if own or each.name not in BY_NAMED_FEATURES)


def set_of_version(version: str) -> str | None:
    """Return the name of the set of features with a version; None for one that nothing here computes."""
    return next(
        (name for name, features in FEATURE_SETS.items() if feature_version(features) == version), None
    )


def holds_desk_set(features: Collection[Feature]) -> bool:
    """Tell whether a set has every feature of the desk's own."""
    return set(FEATURES) <= set(features)


def sized(family: str, sizes: Mapping[str, Any]) -> Forecaster:
    """Return a family with some of its sizes changed; `DataError` for a size that it does not have.

    Sizes of a net and of its training loop stand side by side, as its `parameters` show them.
    """
    forecaster = family_named(family)
    for name in sizes:
        _expect(f"a size of {family}", name, _sizes(forecaster))
    changed: Forecaster = _changed(forecaster, sizes)
    return changed


def renamed(forecaster: Forecaster, name: str) -> Forecaster:
    """Return a forecaster under another name."""
    changed: Forecaster = _changed(forecaster, {"name": name})
    return changed


def _sizes(part: Any) -> tuple[str, ...]:
    names: list[str] = []
    for field in fields(part):
        value = getattr(part, field.name)
        names += _sizes(value) if is_dataclass(value) else [field.name]
    return tuple(name for name in names if name not in _NOT_SIZES)


def _changed(part: Any, changes: Mapping[str, Any]) -> Any:
    parts = {field.name: getattr(part, field.name) for field in fields(part)}
    inner = {name: _changed(value, changes) for name, value in parts.items() if is_dataclass(value)}
    own = {name: value for name, value in changes.items() if name in parts}
    return replace(part, **inner, **own)


def _expect(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=3) or sorted(known)
        raise DataError(f"expected {what}, found {name!r}; did you mean {', '.join(near)}?")
