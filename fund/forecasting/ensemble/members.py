"""The members of an ensemble: out-of-sample scores of the same sessions and names, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from fund.errors import DataError
from fund.features.universe import BoolArray
from fund.forecasting.table import ForecastTable
from fund.market.view import FloatArray
from fund.metrics.ranks import average_ranks

UNIT = float(np.sqrt(12.0))
"""Scales ranks of (-0.5, 0.5) to unit variance."""
FEWEST_NAMES = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """Scores of M forecasters, each made by folds that were fitted before the session they speak of."""

    names: tuple[str, ...]
    sessions: tuple[date, ...]
    tickers: tuple[str, ...]
    horizon_sessions: int
    ranks: FloatArray
    """[M, T, N] cross-sectional ranks of the scores, centred, of unit variance; NaN is no view."""
    realised: FloatArray
    """[T, N] excess returns that followed."""

    @cached_property
    def outcome(self) -> FloatArray:
        """[T, N] ranks of what was realised, centred, of unit variance."""
        return (average_ranks(self.realised) - 0.5) * UNIT

    @cached_property
    def spoke(self) -> BoolArray:
        """[T] sessions on which every member scored enough names: weights are learned from these alone."""
        enough: BoolArray = (np.isfinite(self.ranks).sum(axis=2) >= FEWEST_NAMES).all(axis=0)
        return enough


def members_of(tables: Sequence[ForecastTable]) -> Members:
    """Line up the tables of an ensemble; `DataError` unless they speak of the same and differ in name.

    The scores must be out of sample already, as those of a walk-forward are: nothing is fitted again here.
    """
    if len(tables) < 2:
        raise DataError(f"expected at least two forecasters, found {[t.forecaster for t in tables]!r}")
    first = tables[0]
    names = tuple(table.forecaster for table in tables)
    if len(set(names)) < len(names):
        raise DataError(f"expected forecasters of different names, found {names!r}")
    for table in tables[1:]:
        same = (
            table.sessions == first.sessions
            and table.tickers == first.tickers
            and table.horizon_sessions == first.horizon_sessions
            and np.array_equal(table.realised, first.realised, equal_nan=True)
        )
        if not same:
            raise DataError(
                f"expected {table.forecaster!r} to speak of the sessions, tickers, horizon and outcomes of "
                f"{first.forecaster!r}, found others; train them on the same samples"
            )
    return Members(
        names=names,
        sessions=first.sessions,
        tickers=first.tickers,
        horizon_sessions=first.horizon_sessions,
        ranks=np.stack([(table.rank - 0.5) * UNIT for table in tables]),
        realised=first.realised,
    )


def combined(members: Members, weights: FloatArray) -> FloatArray:
    """Return the weighted mean of the members' ranks, [T, N], of weights [T, M]: see `weighted_mean`."""
    return weighted_mean(members.ranks, weights)


def plain_mean(members: Members) -> FloatArray:
    """Return the mean of the members' ranks without weights, [T, N]: what weights must be worth more than."""
    alike = 1.0 / len(members.names)
    return combined(members, np.full((len(members.sessions), len(members.names)), alike))


def weighted_mean(ranks: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the mean of ranks, [M, T, N], by weights, [T, M], as [T, N].

    A member without a view of a name stands aside for it, and the others' weights count for more. NaN where
    none with a weight has one, and on sessions without weights.
    """
    total = np.zeros(ranks.shape[1:])
    weight = np.zeros(ranks.shape[1:])
    for member, views in enumerate(ranks):
        share = np.where(np.isfinite(views), np.nan_to_num(weights[:, member])[:, None], 0.0)
        total += share * np.nan_to_num(views)
        weight += share
    return np.where(weight > 0.0, total / np.where(weight > 0.0, weight, 1.0), np.nan)


def disagreement(members: Members) -> FloatArray:
    """Return how far apart the members rank each name, [T, N]: see `apart`."""
    return apart(members.ranks / UNIT + 0.5)


def apart(places: FloatArray) -> FloatArray:
    """Return how far apart ranks in (0, 1) are, [M, T, N] to [T, N]: 0 all alike, 1 half at either end.

    Twice their population deviation; NaN where fewer than two have a view. Members that know nothing of each
    other have 0.58 on average for many of them, 0.33 for two.
    """
    known = np.isfinite(places)
    count = known.sum(axis=0)
    safe = np.maximum(count, 1)
    mean = np.where(known, places, 0.0).sum(axis=0) / safe
    square = np.where(known, (places - mean) ** 2, 0.0).sum(axis=0) / safe
    return np.where(count >= 2, np.minimum(2.0 * np.sqrt(square), 1.0), np.nan)
