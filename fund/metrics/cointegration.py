"""Whether two price series stay together: Engle and Granger's test, of one series against many at once.

Sources: Engle and Granger (1987), "Co-integration and Error Correction", Econometrica 55; the distribution of
the statistic by MacKinnon (1994), "Approximate Asymptotic Distribution Functions for Unit-Root and
Cointegration Tests", J. of Business & Economic Statistics 12, as tabulated in 2010.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

FloatArray = NDArray[np.float64]

SINGULAR = 1e-12
"""Share of its largest possible value below which a determinant is of a spread that repeats exactly."""
_GRID = np.linspace(-16.0, 0.92, 1693)
"""Statistics at which the distribution is read: p is 5e-28 at the first and nearly 1 at the last."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cointegration:
    """One series on each of M others: y = intercept + slope x + spread."""

    slope: FloatArray
    """[M]."""
    intercept: FloatArray
    statistic: FloatArray
    """Dickey-Fuller t of the spread; the more negative, the faster it returns."""
    p_value: FloatArray
    """Of "the spread wanders off"; 1 where the spread or x does not vary, or it repeats exactly."""
    deviation: FloatArray
    """Standard deviation of the spread, n - 2."""
    half_life: FloatArray
    """Sessions in which half of a spread is gone; infinite where it does not return."""


def cointegration(y: FloatArray, x: FloatArray, *, lag: int = 1) -> Cointegration:
    """Test one series [T] against others [T, M], with a fixed number of lagged differences.

    Choosing the lag by a criterion costs a dozen regressions a pair and changes daily prices little. A
    missing value, or fewer than 10 sessions a regressor, raises `DataError`.
    """
    if y.ndim != 1 or x.ndim != 2 or len(x) != len(y) or len(y) < 10 * (lag + 2) or lag < 0:
        raise DataError(
            f"expected a series and others of one length, at least {10 * (lag + 2)} sessions, found "
            f"{y.shape!r} and {x.shape!r}; take a longer formation"
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise DataError("expected series without gaps, found missing values; leave those names out")
    n = len(y)
    varying = np.ptp(x, axis=0) > 0.0
    dx, dy = x - x.mean(axis=0), y - y.mean()
    square = np.where(varying, np.sum(dx * dx, axis=0), 1.0)
    slope = np.sum(dx * dy[:, None], axis=0) / square
    spread = dy[:, None] - slope * dx
    deviation = np.sqrt(np.sum(spread * spread, axis=0) / (n - 2))
    defined = varying & (deviation > 1e-10 * max(float(np.std(y)), 1e-300))
    statistic = np.where(defined, _dickey_fuller(spread, lag, defined), np.nan)
    return Cointegration(
        slope=slope,
        intercept=y.mean() - slope * x.mean(axis=0),
        statistic=statistic,
        p_value=engle_granger_p(statistic),
        deviation=deviation,
        half_life=np.where(defined, _half_life(spread, defined), np.inf),
    )


def engle_granger_p(statistic: FloatArray) -> FloatArray:
    """Return the p-value of Engle-Granger statistics of two series with an intercept; 1 where undefined."""
    grid = _normal_scores()
    known = np.nan_to_num(statistic, nan=_GRID[-1])
    scores = np.interp(known, _GRID, grid)
    tail = np.array([0.5 * math.erfc(-float(score) / math.sqrt(2.0)) for score in scores.ravel()])
    p: FloatArray = np.where(known >= _GRID[-1], 1.0, tail.reshape(known.shape))
    return p


@cache
def _normal_scores() -> FloatArray:
    """Return the distribution on the grid in normal quantiles, where it is nearly straight."""
    from statsmodels.tsa.adfvalues import mackinnonp

    normal = NormalDist()
    return np.array([normal.inv_cdf(mackinnonp(float(tau), regression="c", N=2)) for tau in _GRID])


def _dickey_fuller(spread: FloatArray, lag: int, defined: NDArray[np.bool_]) -> FloatArray:
    """Return the t of the level in d e = g e[-1] + sum b d e[-k] + u, no constant, for each column."""
    change = np.diff(spread, axis=0)
    rows = len(change) - lag
    design = [spread[lag:-1], *(change[lag - k : len(change) - k] for k in range(1, lag + 1))]
    target = change[lag:]
    gram = np.stack([np.stack([np.sum(a * b, axis=0) for a in design], axis=1) for b in design], axis=1)
    size = np.prod(np.diagonal(gram, axis1=1, axis2=2), axis=1)
    defined = defined & (np.linalg.det(gram) > SINGULAR * size)
    gram[~defined] = np.eye(lag + 1)
    moment = np.stack([np.sum(a * target, axis=0) for a in design], axis=1)
    inverse = np.linalg.inv(gram)
    beta = np.sum(inverse * moment[:, None, :], axis=2)
    residual = np.sum(target * target, axis=0) - np.sum(beta * moment, axis=1)
    error = np.sqrt(np.maximum(residual, 0.0) / (rows - lag - 1) * inverse[:, 0, 0])
    statistic: FloatArray = beta[:, 0] / np.where(defined & (error > 0.0), error, np.nan)
    return statistic


def _half_life(spread: FloatArray, defined: NDArray[np.bool_]) -> FloatArray:
    """Return -ln 2 / ln b of e = b e[-1] + u, for each column."""
    before, now = spread[:-1], spread[1:]
    square = np.where(defined, np.sum(before * before, axis=0), 1.0)
    keeps = np.sum(before * now, axis=0) / square
    inside = (keeps > 0.0) & (keeps < 1.0)
    life = -math.log(2.0) / np.log(np.where(inside, keeps, 0.5))
    return np.where(inside, life, np.where(keeps <= 0.0, 0.0, np.inf))
