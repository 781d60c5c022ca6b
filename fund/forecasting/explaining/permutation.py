"""What a feature is worth: how much rank IC is lost when its values are dealt out anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.panel import FeatureTable
from fund.features.universe import BoolArray
from fund.forecasting.forecast import FittedForecaster
from fund.forecasting.walk_forward import Progress, score, silent
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, least_samples, mean_interval

LABEL = "Dealing features out anew"
_Part = tuple[FittedForecaster, FeatureTable, range, FloatArray]
"""A fit, what its scores read, where its sessions are in that, and their outcomes."""


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
    """Return the importance over one fit; see `importance_over`."""
    return importance_over(
        [(fitted, test)],
        table,
        realised,
        horizon_sessions=horizon_sessions,
        features=features,
        repeats=repeats,
        seed=seed,
    )


def importance_over(
    spoken: Sequence[tuple[FittedForecaster, range]],
    table: FeatureTable,
    realised: FloatArray,
    *,
    horizon_sessions: int,
    features: Sequence[str] | None = None,
    repeats: int = 3,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Importance, ...]:
    """Shuffle each feature between the members of each session, most important first.

    `spoken` are fits, each with the sessions it is judged on, which must lie beyond those it has learned
    from: within them a feature is worth what was memorised. Features that say the same share their worth, and
    each alone seems to have little. `realised` is [T, N]; `DataError` below 20 sessions with an IC, or 3
    horizons. Source: Breiman (2001), "Random forests", Machine Learning 45.
    """
    if repeats < 1:
        raise DataError(f"expected at least 1 repeat, found {repeats!r}")
    parts = [
        (fitted, *_asked(fitted, table, test), realised[test.start : test.stop]) for fitted, test in spoken
    ]
    whole = _joined(_ics(*part) for part in parts)
    found = []
    names = tuple(table.names if features is None else features)
    progress(LABEL, 0, len(names))
    for done, name in enumerate(names, start=1):
        random = np.random.default_rng([seed, _place(table, name)])
        lost = mean_interval(
            whole - _joined(_without(part, name, random, repeats) for part in parts), lag=horizon_sessions
        )
        if lost is None:
            raise DataError(
                f"expected at least {least_samples(horizon_sessions)!r} sessions with an IC, found "
                f"{int(np.isfinite(whole).sum())!r} of {len(whole)!r}; judge over more sessions"
            )
        found.append(Importance(feature=name, lost=lost))
        progress(LABEL, done, len(names))
    return tuple(sorted(found, key=lambda each: (-each.lost.value, each.feature)))


def _place(table: FeatureTable, name: str) -> int:
    table.column(name)  # refuses a feature that is not there
    return table.names.index(name)


def _ics(fitted: FittedForecaster, asked: FeatureTable, rows: range, outcomes: FloatArray) -> FloatArray:
    return rank_information_coefficients(score(fitted, asked, rows), outcomes)


def _without(part: _Part, name: str, random: np.random.Generator, repeats: int) -> FloatArray:
    """Return the mean rank IC of each session of one part with a feature dealt out anew."""
    fitted, asked, rows, outcomes = part
    column = asked.column(name)
    kept, without = column.copy(), []
    for _ in range(repeats):
        _deal(column, kept, asked.present, random)
        without.append(_ics(fitted, asked, rows, outcomes))
    column[:] = kept
    return np.asarray(np.mean(without, axis=0))


def _joined(parts: Iterable[FloatArray]) -> FloatArray:
    return np.concatenate([np.zeros(0), *parts])


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
