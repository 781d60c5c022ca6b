"""Whether what a forecaster reads still looks like what it learned from, feature by feature.

The raw figures are compared, before they are ranked: ranks of a session are even by construction and cannot
drift. So a drift of inputs says that the market is another one than in the training, and not yet that the
forecaster is worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.columns import Columns
from fund.features.feature import Feature
from fund.features.panel import FEATURES
from fund.features.universe import BoolArray, Universe
from fund.market.view import FloatArray
from fund.metrics.drift import Drift, kolmogorov_smirnov, population_stability_index

IntArray = NDArray[np.int64]

RECENT_SESSIONS = 60
LEAST_SESSIONS = 5
APART_SESSIONS = 5
"""Only every so many sessions are read: neighbours say the same."""
UNSTABLE = 0.25
"""A stability index above this is large by custom."""
LEAST_SPANS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDrift:
    """One feature: its recent figures against those of the training."""

    feature: str
    stability: Drift
    """Population stability index; its chance is that of independent names, which members are not."""
    distance: Drift
    """Kolmogorov-Smirnov."""
    as_far_before: int
    """Spans of the training itself, as long as the recent one, that lay as far from the rest of it."""
    spans: int
    """Spans of the training there are."""
    missing_before: float
    """Share of members without a figure in the training, and of late."""
    missing: float

    @property
    def found(self) -> bool:
        """Whether it moved by more than custom, than chance, and than nearly all spans of the training."""
        moved = self.stability.statistic > UNSTABLE and self.stability.found and self.distance.found
        rare = self.spans < LEAST_SPANS or self.as_far_before <= 0.05 * self.spans
        return moved and rare


def input_drift(
    universe: Universe,
    train: range,
    *,
    features: Sequence[Feature] = FEATURES,
    recent_sessions: int = RECENT_SESSIONS,
) -> tuple[InputDrift, ...]:
    """Compare the sessions since a training, the last so many at most, with those of `train` by feature.

    A feature with too few figures on either side, or one that never varied, is left out. `DataError` when
    fewer than five sessions have passed since.
    """
    stop = len(universe.panel.sessions)
    first = max(stop - recent_sessions, train.stop)
    if len(train) == 0 or first > stop - LEAST_SESSIONS:
        raise DataError(
            f"expected a training that ends {LEAST_SESSIONS} sessions before session {stop!r}, found "
            f"{train!r}; look again when more have passed"
        )
    columns, present = Columns(universe), universe.present
    rows = np.arange(train.stop - 1, train.start - 1, -APART_SESSIONS)[::-1]
    recent = np.arange(stop - 1, first - 1, -APART_SESSIONS)[::-1]
    found = (_of_feature(each, each.compute(columns), present, rows, recent) for each in features)
    return tuple(each for each in found if each is not None)


def _of_feature(
    feature: Feature, values: FloatArray, present: BoolArray, rows: IntArray, recent: IntArray
) -> InputDrift | None:
    figures = np.where(present & np.isfinite(values), values, np.nan)
    before, late = figures[rows], figures[recent]
    stability = population_stability_index(before.ravel(), late.ravel())
    distance = kolmogorov_smirnov(before.ravel(), late.ravel())
    if stability is None or distance is None:
        return None
    spans = _spans(before, len(recent))
    return InputDrift(
        feature=feature.name,
        stability=stability,
        distance=distance,
        as_far_before=sum(each >= stability.statistic for each in spans),
        spans=len(spans),
        missing_before=_missing(before, present[rows]),
        missing=_missing(late, present[recent]),
    )


def _spans(before: FloatArray, length: int) -> list[float]:
    """Return the stability index of each whole span of the training against the rest of it."""
    found = []
    for start in range(0, len(before) - length + 1, length):
        span = np.zeros(len(before), dtype=bool)
        span[start : start + length] = True
        index = population_stability_index(before[~span].ravel(), before[span].ravel())
        if index is not None:
            found.append(index.statistic)
    return found


def _missing(figures: FloatArray, present: BoolArray) -> float:
    members = int(present.sum())
    return float((~np.isfinite(figures[present])).sum()) / members if members else 0.0
