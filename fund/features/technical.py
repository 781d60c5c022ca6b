"""Rolling statistics over [T, N] columns, compiled on first use."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fund.features import kernels, shape_kernels
from fund.features.compiling import compiled
from fund.market.view import FloatArray

PRESENT_SHARE = 0.8
"""A window needs this share of its sessions; one lost bar must not blank a name for a quarter."""


class Moments(NamedTuple):
    """Mean and sample standard deviation of a window."""

    mean: FloatArray
    std: FloatArray


class Extremes(NamedTuple):
    """Lowest and highest value of a window, and how many sessions ago each was last seen."""

    low: FloatArray
    high: FloatArray
    low_age: FloatArray
    high_age: FloatArray


class Pair(NamedTuple):
    """How one series moved with another over a window: the line of x on y."""

    correlation: FloatArray
    slope: FloatArray
    residual_std: FloatArray
    residual: FloatArray
    """The last value's distance from the line."""


class Order(NamedTuple):
    """The last value's rank in its window (0 lowest, 1 highest) and two quantiles of the window."""

    rank: FloatArray
    lower: FloatArray
    """20 % quantile, linearly interpolated."""
    upper: FloatArray
    """80 % quantile."""


def moments(x: FloatArray, window: int) -> Moments:
    """Return rolling mean and standard deviation (n - 1)."""
    return Moments(*_run(kernels.moments, x, alike(x, x, window), window=window))


def extremes(x: FloatArray, window: int) -> Extremes:
    """Return rolling minimum and maximum and the age of each in sessions (0 is the current one)."""
    return Extremes(*_run(kernels.extremes, x, window=window))


def pair(x: FloatArray, y: FloatArray, window: int) -> Pair:
    """Return rolling correlation, slope, residual deviation and last residual of x on y."""
    same = alike(x, y, window), alike(y, x, window)
    return Pair(*_run(kernels.pair, x, y, *same, False, window=window))


def trend(x: FloatArray, window: int) -> Pair:
    """Return the same as `pair` with time in sessions as y: correlation squared is the R2 of the trend."""
    same = alike(x, x, window)
    return Pair(*_run(kernels.pair, x, x, same, same, True, window=window))


def order(x: FloatArray, window: int) -> Order:
    """Return the rolling rank of the last value and the 20 % and 80 % quantiles."""
    return Order(*_run(kernels.order, x, window=window))


def decay(x: FloatArray, span: int) -> FloatArray:
    """Return the exponentially weighted mean, cut off after four spans; needs 0.8 spans of values."""
    smoothed: FloatArray = _run(kernels.decay, x, alike(x, x, 4 * span), window=span)[0]
    return smoothed


def deviation(x: FloatArray, window: int) -> FloatArray:
    """Return the rolling mean distance from the rolling mean."""
    found: FloatArray = _run(shape_kernels.deviation, x, moments(x, window).mean, window=window)
    return found


def rescaled_range(x: FloatArray, window: int) -> FloatArray:
    """Return the reach of the running sum of distances from the window's mean, over their deviation."""
    found: FloatArray = _run(shape_kernels.rescaled_range, x, moments(x, window).mean, window=window)
    return found


def delay(x: FloatArray, sessions: int) -> FloatArray:
    """Return the value of `sessions` sessions ago; NaN before there is one."""
    out = np.full_like(x, np.nan)
    out[sessions:] = x[: max(x.shape[0] - sessions, 0)]
    return out


def alike(x: FloatArray, y: FloatArray, window: int) -> FloatArray:
    """Return the value that all of a window are, where y is there too; missing where two differ."""
    return compiled(kernels.alike)(np.ascontiguousarray(x), np.ascontiguousarray(y), window)


def _run(kernel: Callable[..., FloatArray], *inputs: FloatArray | bool, window: int) -> FloatArray:
    minimum = int(np.ceil(PRESENT_SHARE * window))
    ready = (np.ascontiguousarray(x) if isinstance(x, np.ndarray) else x for x in inputs)
    return compiled(kernel)(*ready, window, minimum)
