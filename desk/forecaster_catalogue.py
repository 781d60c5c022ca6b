"""The forecasters that every desk has, and those that a person asks for, by name."""

from collections.abc import Sequence

from fund.errors import ConfigError, DataError
from fund.forecasting.catalogue import FAMILIES, Variant, variants
from fund.forecasting.forecast import Forecaster

FORECASTERS: tuple[Forecaster, ...] = tuple(FAMILIES[name] for name in ("gbm", "momentum", "reversal"))
"""What every desk has: the one that leads at first, then rules that are shown beside it."""
USUAL = (*(each.name for each in FORECASTERS), "ridge")
"""Families that are trained where a person names a horizon and no family: a minute's work."""


def usual_on(feature_set: str) -> tuple[str, ...]:
    """Return the usual families that can read a set; rules that go by the desk's own features may not."""
    every = {each.family for each in variants() if each.feature_set == feature_set}
    return tuple(name for name in USUAL if name in every) or USUAL


def chosen_variants(
    families: Sequence[str] | None, horizons: Sequence[int], feature_sets: Sequence[str]
) -> tuple[Variant, ...]:
    """Return families over horizons and sets of features, each once; `ConfigError` for what there is not.

    Where none is named, the usual ones that can read a set.
    """
    try:
        asked = [
            Variant(family=family, horizon_sessions=horizon, feature_set=feature_set)
            for horizon in horizons
            for feature_set in feature_sets
            for family in (usual_on(feature_set) if families is None else families)
        ]
    except DataError as error:
        raise ConfigError(str(error)) from error
    return tuple(dict.fromkeys(asked))
