"""Putting the names of one session on a common scale; [T, N] in, [T, N] out, each row by itself."""

import numpy as np

from fund.features.universe import BoolArray, IntArray
from fund.market.view import FloatArray
from fund.metrics.ranks import average_ranks

ROUNDING = 1e-12
"""A spread below this share of the values is what rounding leaves of none."""


def cross_rank(values: FloatArray, members: BoolArray) -> FloatArray:
    """Rank the members of each session to (-0.5, 0.5) around 0, equal values sharing a rank; others NaN."""
    return average_ranks(np.where(members & np.isfinite(values), values, np.nan)) - 0.5


def cross_zscore(values: FloatArray, members: BoolArray) -> FloatArray:
    """Return each member's distance from the session's mean in deviations, cut off at three, over six.

    So it lies in [-0.5, 0.5] as a rank does. A session in which all are equal, or one is alone, leaves NaN.
    """
    distance = np.where(members, less_mean(values, members), np.nan)
    known = np.isfinite(distance)
    square = np.where(known, distance, 0.0) ** 2
    spread = np.sqrt(square.sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1))
    size = np.where(known, np.abs(values), 0.0).max(axis=1, keepdims=True, initial=0.0)
    spread = np.where(spread > ROUNDING * size, spread, np.nan)
    return np.clip(distance / spread, -3.0, 3.0) / 6.0


def less_mean(values: FloatArray, members: BoolArray) -> FloatArray:
    """Subtract the members' equal-weight mean from every name with a value; no known member leaves NaN."""
    known = members & np.isfinite(values)
    count = known.sum(axis=1, keepdims=True)
    mean = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    return np.where(count > 0, values - mean, np.nan)


def less_sector_mean(values: FloatArray, members: BoolArray, sectors: IntArray) -> FloatArray:
    """Subtract the mean of the members of the same sector; names without a sector (-1) are missing."""
    out = np.full_like(values, np.nan)
    for sector in np.unique(sectors[sectors >= 0]):
        peers = np.flatnonzero(sectors == sector)
        block = np.ascontiguousarray(values[:, peers])
        out[:, peers] = less_mean(block, members[:, peers])
    return out
