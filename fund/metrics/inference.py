"""How far a mean or a share may be off, also when neighbouring samples overlap."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

Z_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
MINIMUM = 20
"""Fewer samples state nothing: an interval from a handful of overlapping ones is far too narrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A statistic with what it rests on: nothing is reported without its size and its interval."""

    value: float
    low: float
    high: float
    """Bounds of the 95 % interval."""
    n: int
    """Sample size, in the unit the statistic is computed over (sessions for an IC)."""


def newey_west_error(samples: FloatArray, lag: int) -> float:
    """Return the standard error of the mean of a serially correlated series, shape [n], n >= 2.

    Bartlett weights up to `lag` keep the variance non-negative; n / (n - 1) corrects for the fitted mean.
    Source: Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix", Econometrica 55.
    """
    n = len(samples)
    centred = samples - samples.mean()
    total = float(np.sum(centred * centred))  # not a dot product: BLAS sums by the number of its threads
    for k in range(1, min(lag, n - 1) + 1):
        total += 2.0 * (1.0 - k / (lag + 1.0)) * float(np.sum(centred[k:] * centred[:-k]))
    return math.sqrt(max(total, 0.0) / n / (n - 1))


def mean_interval(samples: FloatArray, *, lag: int) -> Interval | None:
    """Return the mean of the finite samples with its Newey-West interval; None below 20 of them.

    Use the forecast horizon as `lag`: labels of neighbouring sessions share that many days.
    """
    finite = samples[np.isfinite(samples)]
    if len(finite) < MINIMUM:
        return None
    mean, reach = float(finite.mean()), Z_95 * newey_west_error(finite, lag)
    return Interval(value=mean, low=mean - reach, high=mean + reach, n=len(finite))


def share_interval(successes: int, n: int) -> Interval | None:
    """Return a share of n trials with its score interval; None of no trials.

    Source: Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference",
    Journal of the American Statistical Association 22.
    """
    if n == 0:
        return None
    share, spread = successes / n, Z_95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    reach = Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return Interval(value=share, low=max(centre - reach, 0.0), high=min(centre + reach, 1.0), n=n)
