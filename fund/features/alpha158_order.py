"""The loops behind the ranks and quantiles of Alpha158; importing this file loads the compiler."""

import numpy as np
from numpy.typing import NDArray

from fund.features.compiling import compiled, inlined

Array = NDArray[np.float64]
Single = NDArray[np.float32]

WINDOWS = (5, 10, 20, 30, 60)
PAD = 60
QTLU, QTLD, RANK = 53, 58, 63


@inlined
def five(score: Array, past: Array, last: Array) -> None:
    """Add how many of five earlier values are below the last one, an equal one counting half; doubled."""
    for i in range(last.shape[0]):
        v = last[i]
        below = (1.0 if past[i] < v else 0.0) + (1.0 if past[i] <= v else 0.0)
        below += (1.0 if past[i + 1] < v else 0.0) + (1.0 if past[i + 1] <= v else 0.0)
        below += (1.0 if past[i + 2] < v else 0.0) + (1.0 if past[i + 2] <= v else 0.0)
        below += (1.0 if past[i + 3] < v else 0.0) + (1.0 if past[i + 3] <= v else 0.0)
        below += (1.0 if past[i + 4] < v else 0.0) + (1.0 if past[i + 4] <= v else 0.0)
        score[i] += below


@inlined
def rank(out: Single, score: Array, count: Array, last: Array) -> None:
    """The last value's rank over the number of values, ties at their mean."""
    for i in range(out.shape[0]):
        out[i] = 0.5 * (score[i] + 1.0) / (count[i] if last[i] > 0.0 else np.nan)


@inlined
def moved(into: Array, kept: Array, window: int, leaving: float, coming: float) -> None:
    """Copy a sorted window with one value out and one in; what is missing is infinite and sorts last."""
    for i in range(1, window + 1):
        before, here, after = kept[i - 1], kept[i], kept[i + 1]
        upper = here if here < leaving else after
        lower = before if before < leaving else here
        upper = coming if coming < upper else upper
        into[i] = lower if lower > upper else upper


@inlined
def known(value: float) -> float:
    """Infinity for what is missing."""
    return value if value == value else np.inf


@inlined
def quantile(kept: Array, share: float, count: float) -> float:
    """Interpolated between the two nearest of the first `count` of a sorted window."""
    at = share * (count - 1.0)
    below = int(at) if at > 0.0 else 0
    above = below + 1 if below + 1.0 < count else below
    low, high = float(kept[1 + below]), float(kept[1 + above])
    return low + (at - below) * (high - low)


@inlined
def quantiles(upper: Single, lower: Single, past: Array, window: int, count: Array) -> None:
    """The 80 % and 20 % quantile of every window over its last value, linearly interpolated."""
    kept, spare = np.full(window + 2, np.inf), np.full(window + 2, np.inf)
    kept[0] = spare[0] = -np.inf
    first = past.shape[0] - upper.shape[0]
    begun = max(first - window + 1, PAD)
    for t in range(begun, past.shape[0]):
        leaving = past[t - window] if t - window >= begun else np.inf
        moved(spare, kept, window, known(leaving), known(past[t]))
        kept, spare = spare, kept
        if t >= first:
            upper[t - first] = quantile(kept, 0.8, count[t - first]) / past[t]
            lower[t - first] = quantile(kept, 0.2, count[t - first]) / past[t]


@compiled
def order(bars: Array, out: NDArray[np.float32]) -> None:
    """Write ranks and quantiles of the closes in clean `bars` [6, N, T]."""
    sessions, kept = bars.shape[2], bars.shape[2] - out.shape[2]
    past, so_far = np.full(PAD + sessions, np.nan), np.zeros(PAD + sessions)
    score, count = np.empty(out.shape[2]), np.empty(out.shape[2])
    for j in range(bars.shape[1]):
        last = past[PAD + kept :]
        for i in range(sessions):
            past[PAD + i] = bars[3, j, i]
            so_far[PAD + i] = so_far[PAD + i - 1] + (1.0 if bars[3, j, i] > 0.0 else 0.0)
        for i in range(score.shape[0]):
            score[i] = 0.0
        at = 0
        for lag in range(4, PAD, 5):
            five(score, past[PAD + kept - lag :], last)
            if lag + 1 == WINDOWS[at]:
                for i in range(count.shape[0]):
                    count[i] = so_far[PAD + kept + i] - so_far[PAD + kept + i - WINDOWS[at]]
                rank(out[RANK + at, j], score, count, last)
                quantiles(out[QTLU + at, j], out[QTLD + at, j], past, WINDOWS[at], count)
                at += 1


@compiled
def last_order(bars: Array, out: NDArray[np.float32], lanes: int) -> None:
    """Write ranks and quantiles of the last session alone, whose windows are one that grows into the past."""
    kept, spare = np.empty(PAD + 2), np.empty(PAD + 2)
    for case in range(bars.shape[1] * lanes):
        j, lane = case // lanes, case % lanes
        close, place = bars[3, j], bars.shape[2] - lanes + lane
        last, score, count, at = close[place], 0.0, 0.0, 0
        for i in range(PAD + 2):
            kept[i] = spare[i] = -np.inf if i == 0 else np.inf
        for lag in range(PAD):
            value = close[place] if place >= 0 else np.nan
            place -= lanes
            score += (1.0 if value < last else 0.0) + (1.0 if value <= last else 0.0)
            count += 1.0 if value > 0.0 else 0.0
            moved(spare, kept, lag + 1, np.inf, known(value))
            kept, spare = spare, kept
            if lag + 1 == WINDOWS[at]:
                out[RANK + at, j, lane] = 0.5 * (score + 1.0) / (count if last > 0.0 else np.nan)
                out[QTLU + at, j, lane] = quantile(kept, 0.8, count) / last
                out[QTLD + at, j, lane] = quantile(kept, 0.2, count) / last
                at += 1
