"""How far a figure over a return series may be off, without assuming its distribution.

The stationary bootstrap redraws the series in blocks of random length, so that volatility clusters
and short-lived trends survive in every redrawn path. Source: Politis and Romano (1994), "The
Stationary Bootstrap", Journal of the American Statistical Association 89.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.returns import FloatArray, checked_returns

MINIMUM = 20
"""Fewer sessions than this do not hold enough blocks to say anything."""

DRAWS = 2000


class Bounds(NamedTuple):
    """The two ends of an interval."""

    low: float
    high: float


def bootstrap_interval(
    returns: FloatArray,
    statistic: Callable[[FloatArray], FloatArray],
    *,
    seed: int,
    draws: int = DRAWS,
) -> Bounds | None:
    """Return the 95 % percentile interval of a statistic of a return series, shape [n].

    `statistic` takes paths of shape [draws, n] and answers [draws], as the plural functions of
    `fund.metrics.returns` do. The same seed gives the same interval. None below 20 sessions, or when the
    statistic is undefined on more than one path in twenty.
    """
    paths = redrawn(returns, seed=seed, draws=draws)
    return None if paths is None else percentile_bounds(statistic(paths))


def redrawn(returns: FloatArray, *, seed: int, draws: int = DRAWS) -> FloatArray | None:
    """Return `draws` redrawn paths of a return series, [draws, n]; None below 20 sessions.

    For several statistics of one series: `percentile_bounds` of each is what `bootstrap_interval` answers.
    """
    if draws < 100:
        raise DataError(f"expected at least 100 draws, found {draws!r}")
    n = len(checked_returns(returns))
    if n < MINIMUM:
        return None
    paths: FloatArray = returns[stationary_indices(n, draws, optimal_block(returns), seed)]
    return paths


def percentile_bounds(values: FloatArray) -> Bounds | None:
    """Return the middle 95 % of a statistic's redrawn values; None where more than one in twenty is none."""
    known = values[np.isfinite(values)]
    if len(known) < 0.95 * len(values):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Bounds(float(low), float(high))


@lru_cache(maxsize=4)
def stationary_indices(n: int, draws: int, mean_block: float, seed: int) -> NDArray[np.int64]:
    """Return which sessions make each redrawn path, [draws, n].

    A path goes on to the next session, round the end, and starts anew anywhere with probability
    1 / mean_block, so block lengths are geometric with that mean. The result is read-only and kept for
    a moment, because several statistics of one series redraw the same paths.
    """
    if mean_block < 1:
        raise DataError(f"expected a mean block of at least one session, found {mean_block!r}")
    rng = np.random.default_rng(seed)
    starts = rng.integers(n, size=(draws, n))
    anew = rng.random((draws, n)) < 1.0 / mean_block
    anew[:, 0] = True
    place = np.arange(n)
    begun = np.maximum.accumulate(np.where(anew, place, 0), axis=1)
    indices: NDArray[np.int64] = (np.take_along_axis(starts, begun, axis=1) + place - begun) % n
    indices.flags.writeable = False
    return indices


def optimal_block(returns: FloatArray) -> float:
    """Return the mean block length, in sessions and at least 1, that suits the series' own memory.

    Source: Politis and White (2004), "Automatic Block-Length Selection for the Dependent Bootstrap",
    Econometric Reviews 23, with the correction of Patton, Politis and White (2009).
    """
    n = len(returns)
    covariance = _autocovariance(returns)
    if covariance[0] <= 0:
        return 1.0
    reach = _reach(covariance / covariance[0], n)
    lags = np.arange(-reach, reach + 1)
    weight = np.clip(2.0 * (1.0 - np.abs(lags) / max(reach, 1)), 0.0, 1.0)
    weighted = weight * covariance[np.abs(lags)]
    spectrum = float(np.sum(weighted))
    curvature = float(np.sum(np.abs(lags) * weighted))
    if spectrum <= 0:
        return 1.0
    length = (curvature**2 / spectrum**2 * n) ** (1.0 / 3.0)
    return float(min(max(length, 1.0), np.ceil(min(3.0 * np.sqrt(n), n / 3.0))))


def _autocovariance(returns: FloatArray) -> FloatArray:
    n = len(returns)
    centred = returns - returns.mean()
    lags = min(n - 1, 2 * (int(np.ceil(np.sqrt(n))) + _quiet_lags(n)))
    return np.array([float(centred[lag:] @ centred[: n - lag]) / n for lag in range(lags + 1)])


def _quiet_lags(n: int) -> int:
    return max(5, int(np.sqrt(np.log10(n))))


def _reach(correlation: FloatArray, n: int) -> int:
    """Return twice the lag after which the correlation stays within noise for a while."""
    quiet, longest = _quiet_lags(n), int(np.ceil(np.sqrt(n)))
    loud = np.abs(correlation[1:]) >= 2.0 * np.sqrt(np.log10(n) / n)
    for lag in range(longest + 1):
        if not loud[lag : lag + quiet].any():
            return min(2 * max(lag, 1), len(correlation) - 1)
    return min(2 * longest, len(correlation) - 1)
