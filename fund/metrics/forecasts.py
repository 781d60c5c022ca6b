"""How good forecasts were, one cross-section at a time; every function takes [T, N] and skips NaN pairs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fund.metrics.ranks import average_ranks

FloatArray = NDArray[np.float64]

MIN_NAMES = 10
"""A cross-section of fewer names has no meaningful correlation and yields NaN."""


class CalibrationBin(NamedTuple):
    """What was promised and what happened, among forecasts of similar probability."""

    forecast: float
    realised: float
    n: int


def information_coefficients(forecast: FloatArray, realised: FloatArray) -> FloatArray:
    """Return the Pearson correlation across names for each session, shape [T]; NaN where undefined."""
    both = np.isfinite(forecast) & np.isfinite(realised)
    count = both.sum(axis=1)
    safe = np.maximum(count, 1)[:, None]
    x = np.where(both, forecast, 0.0)
    y = np.where(both, realised, 0.0)
    x = np.where(both, x - x.sum(axis=1, keepdims=True) / safe, 0.0)
    y = np.where(both, y - y.sum(axis=1, keepdims=True) / safe, 0.0)
    spread = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    defined = (count >= MIN_NAMES) & (spread > 0)
    return np.where(defined, (x * y).sum(axis=1) / np.where(defined, spread, 1.0), np.nan)


def rank_information_coefficients(forecast: FloatArray, realised: FloatArray) -> FloatArray:
    """Return the Spearman correlation across names for each session, shape [T]; NaN where undefined."""
    both = np.isfinite(forecast) & np.isfinite(realised)
    return information_coefficients(
        average_ranks(np.where(both, forecast, np.nan)),
        average_ranks(np.where(both, realised, np.nan)),
    )


def hit_rates(forecast: FloatArray, realised: FloatArray) -> FloatArray:
    """Return for each session the share of names on the right side of both medians, shape [T].

    A name exactly on either median counts half, so a constant forecast scores 0.5 and not luck.
    """
    both = np.isfinite(forecast) & np.isfinite(realised)
    count = both.sum(axis=1)
    sides = [np.sign(average_ranks(np.where(both, x, np.nan)) - 0.5) for x in (forecast, realised)]
    agreement = np.where(both, 0.5 + 0.5 * sides[0] * sides[1], 0.0).sum(axis=1)
    return np.where(count >= MIN_NAMES, agreement / np.maximum(count, 1), np.nan)


def interval_coverage(low: FloatArray, high: FloatArray, realised: FloatArray) -> FloatArray:
    """Return for each session the share of realised values inside [low, high], shape [T]."""
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(realised)
    count = known.sum(axis=1)
    inside = (known & (realised >= low) & (realised <= high)).sum(axis=1)
    return np.where(count >= MIN_NAMES, inside / np.maximum(count, 1), np.nan)


def calibration_bins(
    probability: FloatArray, realised: FloatArray, bins: int = 10
) -> tuple[CalibrationBin, ...]:
    """Group forecasts into `bins` equally filled groups by probability; compare promise and outcome.

    The outcome is `realised > 0`. Equal probabilities never split over two groups; fewer forecasts
    than bins give no groups at all.
    """
    known = np.isfinite(probability) & np.isfinite(realised)
    p = probability[known]
    up = realised[known] > 0
    if len(p) < bins:
        return ()
    group = probability_groups(p, bins)
    return tuple(
        CalibrationBin(float(p[inside].mean()), float(up[inside].mean()), int(inside.sum()))
        for inside in (group == g for g in range(int(group.max()) + 1))
        if inside.any()
    )


def probability_groups(probability: FloatArray, groups: int) -> NDArray[np.int64]:
    """Return the group of each probability, from 0 and ascending, at most `groups` of about equal size.

    Equal probabilities are in one group; shape [n] with n > 0.
    """
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, groups + 1)[1:-1]))
    return np.searchsorted(edges, probability, side="left").astype(np.int64)
