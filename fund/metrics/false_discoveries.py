"""Which of many tests may be believed together: control of the share of false ones among those named."""

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def benjamini_yekutieli(p_values: FloatArray, *, rate: float = 0.05) -> BoolArray:
    """Return which hypotheses are rejected so that at most `rate` of those are expected to be true, [n].

    Whatever the dependence between the tests: the k-th smallest p is held against
    rate k / (n (1 + 1/2 + ... + 1/n)). All tests that were made must be given, those that failed too.
    Source: Benjamini and Yekutieli (2001), "The control of the false discovery rate in multiple testing
    under dependency", Annals of Statistics 29.
    """
    good = np.isfinite(p_values) & (p_values >= 0.0) & (p_values <= 1.0)
    if p_values.ndim != 1 or not good.all() or not 0.0 < rate < 1.0:
        raise DataError(
            f"expected one row of p-values from 0 to 1 and a rate inside (0, 1), found shape "
            f"{p_values.shape!r} with {int(np.sum(~good))!r} that are not, and rate {rate!r}; leave out what "
            "was not tested"
        )
    n = len(p_values)
    if n == 0:
        return np.zeros(0, dtype=np.bool_)
    order = np.argsort(p_values, kind="stable")
    bound = rate * np.arange(1, n + 1) / (n * np.sum(1.0 / np.arange(1, n + 1)))
    passing = np.flatnonzero(p_values[order] <= bound)
    rejected = np.zeros(n, dtype=np.bool_)
    if len(passing):
        rejected[order[: passing[-1] + 1]] = True
    return rejected


def adjusted_yekutieli(p_values: FloatArray) -> FloatArray:
    """Return each p-value as corrected for all of them, [n]: the rate at which its test is just rejected.

    Errors as in `benjamini_yekutieli`.
    """
    benjamini_yekutieli(p_values)  # refuses what is no row of p-values
    places = np.arange(1, len(p_values) + 1)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * len(p_values) * np.sum(1.0 / places) / places
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
