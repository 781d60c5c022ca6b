"""How far a mean may be off when neighbouring samples overlap."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

Z_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


class Estimate(NamedTuple):
    """A mean with its standard error and the number of samples it rests on."""

    value: float
    standard_error: float
    n: int

    @property
    def low(self) -> float:
        """Lower bound of the 95 % interval."""
        return self.value - Z_95 * self.standard_error

    @property
    def high(self) -> float:
        """Upper bound of the 95 % interval."""
        return self.value + Z_95 * self.standard_error

    @property
    def t(self) -> float:
        """Mean over standard error; 0 when both are zero, infinite when only the error is."""
        if self.standard_error == 0:
            return 0.0 if self.value == 0 else math.copysign(math.inf, self.value)
        return self.value / self.standard_error


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


def mean_estimate(samples: FloatArray, *, lag: int, minimum: int = 20) -> Estimate | None:
    """Return the mean of the finite samples with its Newey-West error; None below `minimum` of them.

    Use the forecast horizon as `lag`: labels of neighbouring sessions share that many days. The floor
    exists because an interval from a handful of overlapping samples is far too narrow.
    """
    finite = samples[np.isfinite(samples)]
    if len(finite) < max(minimum, 2):
        return None
    return Estimate(float(finite.mean()), newey_west_error(finite, lag), len(finite))
