"""Correlations from few sessions: pulled towards none by as much as their own noise asks for."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.metrics.inference import Z_95, Interval
from fund.metrics.returns import FLAT

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShrunkCorrelation:
    """The correlations of some names, and how far they were pulled towards zero."""

    matrix: FloatArray
    """[names, names], 1 on the diagonal."""
    shrinkage: float
    """0 leaves the sample as it is, 1 leaves nothing of it."""
    sessions: int


def shrunk_correlation(returns: FloatArray) -> ShrunkCorrelation:
    """Return the correlations of the columns of [sessions, names], shrunk towards the identity.

    The intensity is the estimated noise of all correlations over their squares; a column that does not move
    correlates with nothing. Source: Schaefer and Strimmer (2005), "A Shrinkage Approach to Large-Scale
    Covariance Matrix Estimation", Statistical Applications in Genetics and Molecular Biology 4, target D.
    """
    n, names = returns.shape
    spread = returns.std(axis=0, ddof=1)
    flat = spread <= FLAT * np.max(np.abs(returns), axis=0, initial=0.0)
    scaled = np.where(flat, 0.0, (returns - returns.mean(axis=0)) / np.where(flat, 1.0, spread))
    products = scaled[:, :, None] * scaled[:, None, :]
    mean = products.mean(axis=0)
    sample = mean * n / (n - 1)
    noise = n / (n - 1) ** 3 * ((products - mean) ** 2).sum(axis=0)
    off = ~np.eye(names, dtype=np.bool_)
    size = float((sample[off] ** 2).sum())
    shrinkage = 1.0 if size <= 0 else min(1.0, float(noise[off].sum()) / size)
    matrix = np.clip(sample * (1.0 - shrinkage), -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return ShrunkCorrelation(matrix=matrix, shrinkage=shrinkage, sessions=n)


def correlation_interval(correlation: float, n: int) -> Interval | None:
    """Return a sample correlation with its 95 % interval; None of fewer than four pairs, or where it is 1.

    Source: Fisher (1921), "On the probable error of a coefficient of correlation", Metron 1. It assumes
    normal pairs; returns have fatter tails, so it is narrow rather than wide.
    """
    if n < 4 or abs(correlation) >= 1:
        return None
    middle, reach = math.atanh(correlation), Z_95 / math.sqrt(n - 3)
    return Interval(value=correlation, low=math.tanh(middle - reach), high=math.tanh(middle + reach), n=n)
