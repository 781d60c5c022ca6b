"""What a feature is worth: how much rank IC is lost when its values are dealt out anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.panel import FeatureTable
from fund.features.universe import BoolArray
from fund.forecasting.forecast import FittedForecaster
from fund.forecasting.walk_forward import score
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, least_samples, mean_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Mean daily rank IC with a feature less that without it; around 0 for one that is not used."""

    feature: str
    lost: Interval
    """Newey-West interval with the horizon as lag; n sessions."""


def permutation_importance(
    fitted: FittedForecaster,
    table: FeatureTable,
    realised: FloatArray,
    test: range,
    *,
    horizon_sessions: int,
    features: Sequence[str] | None = None,
    repeats: int = 3,
    seed: int = 0,
) -> tuple[Importance, ...]:
    """Shuffle each feature between the members of each session of `test`, most important first.

    `test` must lie beyond the sessions the forecaster has learned from: within them a feature is worth what
    was memorised. Features that say the same share their worth, and each alone seems to have little.
    `realised` is [T, N]; `DataError` below 20 sessions with an IC, or 3 horizons. Source: Breiman (2001),
    "Random forests", Machine Learning 45.
    """
    if repeats < 1:
        raise DataError(f"expected at least 1 repeat, found {repeats!r}")
    outcomes = realised[test.start : test.stop]
    asked, rows = _asked(fitted, table, test)
    whole = rank_information_coefficients(score(fitted, asked, rows), outcomes)
    found = []
    for name in table.names if features is None else features:
        column = asked.column(name)
        kept, random = column.copy(), np.random.default_rng([seed, table.names.index(name)])
        without = []
        for _ in range(repeats):
            _deal(column, kept, asked.present, random)
            without.append(rank_information_coefficients(score(fitted, asked, rows), outcomes))
        column[:] = kept
        lost = mean_interval(whole - np.mean(without, axis=0), lag=horizon_sessions)
        if lost is None:
            raise DataError(
                f"expected at least {least_samples(horizon_sessions)!r} sessions with an IC, found "
                f"{int(np.isfinite(whole).sum())!r} of {len(test)!r}; judge over more sessions"
            )
        found.append(Importance(feature=name, lost=lost))
    return tuple(sorted(found, key=lambda each: (-each.lost.value, each.feature)))


def _asked(fitted: FittedForecaster, table: FeatureTable, test: range) -> tuple[FeatureTable, range]:
    """Return a copy of what the scores of `test` read, and where its sessions are in it."""
    lead = min(fitted.sessions - 1, test.start)
    part = slice(test.start - lead, test.stop)
    copied = replace(
        table, sessions=table.sessions[part], values=table.values[part].copy(), present=table.present[part]
    )
    return copied, range(lead, lead + len(test))


def _deal(
    column: NDArray[np.float32], kept: NDArray[np.float32], present: BoolArray, random: np.random.Generator
) -> None:
    """Deal a feature [T, N] out anew between the members of each session, in place."""
    for dealt, values, members in zip(column, kept, present, strict=True):
        dealt[members] = random.permutation(values[members])
