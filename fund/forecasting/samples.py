"""What forecasters learn from: ranked features beside the return that followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.columns import Columns
from fund.features.cross_section import cross_rank
from fund.features.feature import Feature
from fund.features.labels import Labels, excess_labels
from fund.features.panel import FEATURES, FeatureTable, feature_table
from fund.features.technical import decay
from fund.features.universe import Universe
from fund.market.view import FloatArray

VOLATILITY_SPAN = 20
VOLATILITY_SESSIONS = 4 * VOLATILITY_SPAN + 1
"""Sessions a volatility depends on: the decay is cut off after four spans of returns."""
UNIT_RANK = float(np.sqrt(12.0))
"""Scales ranks of (-0.5, 0.5) to unit variance."""
WARM_SHARE = 0.8
"""A session is worth learning from once this share of its members' features is there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Features, labels and volatility of the same sessions and tickers."""

    table: FeatureTable
    labels: Labels
    volatility: FloatArray
    """[T, N] deviation to expect of a return over the label's horizon, as known at each close."""

    @property
    def sessions(self) -> tuple[date, ...]:
        """T sessions, ascending."""
        return self.table.sessions

    @cached_property
    def target(self) -> FloatArray:
        """[T, N] labels ranked within their session, unit variance: outliers have no say in the fit."""
        return cross_rank(self.labels.values, self.table.present) * UNIT_RANK

    @cached_property
    def scaled(self) -> FloatArray:
        """[T, N] labels in units of what each name was expected to move; NaN where that is unknown."""
        known = np.isfinite(self.volatility) & (self.volatility > 0)
        return np.where(known, self.labels.values, np.nan) / np.where(known, self.volatility, 1.0)

    @cached_property
    def first_warm(self) -> int:
        """Index of the first session with enough features; `DataError` when there is none."""
        for t in range(len(self.sessions)):
            values = self.table.values[t][self.table.present[t]]
            if values.size and np.isfinite(values).mean() >= WARM_SHARE:
                return t
        raise DataError(
            f"expected a session with {WARM_SHARE:.0%} of its features, found none in {len(self.sessions)!r} "
            "sessions; load more history"
        )

    def rows(
        self, train: Sequence[int], target: FloatArray | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return ranked features [n, F] and targets [n] of the labelled members, a session after the other.

        `target` [T, N] stands for the ranked label where it is given. `DataError` without a session or if
        nobody is labelled.
        """
        if not len(train):
            raise DataError("expected sessions to learn from, found none; train on a longer span")
        at = np.asarray(train)
        targets = (self.target if target is None else target)[at]
        labelled = np.isfinite(targets)
        if not labelled.any():
            raise DataError(
                f"expected labelled members from {self.sessions[at[0]]!s} to {self.sessions[at[-1]]!s}, "
                "found none; check membership and bars"
            )
        return self.table.values[at][labelled], targets[labelled].astype(np.float32)


def every_nth(train: range, every: int) -> range:
    """Return every n-th session of `train`, ascending and the newest among them; `DataError` below 1."""
    if every < 1:
        raise DataError(f"expected every n-th session with n of at least 1, found {every!r}")
    return train[::-every][::-1]


def make_samples(
    universe: Universe, horizon_sessions: int, features: tuple[Feature, ...] = FEATURES
) -> Samples:
    """Compute features, labels and volatility of a universe."""
    return samples_on(feature_table(universe, features), universe, horizon_sessions)


def samples_on(table: FeatureTable, universe: Universe, horizon_sessions: int) -> Samples:
    """Return the samples of a universe whose features are there already."""
    return Samples(
        table=table,
        labels=excess_labels(universe, horizon_sessions),
        volatility=horizon_volatility(universe, horizon_sessions),
    )


def horizon_volatility(universe: Universe, horizon_sessions: int) -> FloatArray:
    """Return the deviation to expect over a horizon, [T, N], from exponentially weighted squared returns.

    A member too young for its own estimate gets the median of the session's members.
    """
    columns = Columns(universe)
    daily = np.sqrt(decay(columns.log_return**2, VOLATILITY_SPAN))
    daily = np.where(universe.present & (daily > 0), daily, np.nan)
    typical = np.array(
        [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in daily]
    )
    filled = np.where(np.isfinite(daily), daily, typical[:, None])
    return np.where(universe.present, filled * np.sqrt(horizon_sessions), np.nan)
