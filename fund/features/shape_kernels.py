"""More rolling windows over [T, N] columns, by the rules of `kernels`; call them through `technical`."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SMALLEST_SQUARE = 1e-24
"""Below it a mean square of distances is what rounding leaves of none."""


def deviation(x: FloatArray, mean: FloatArray, window: int, minimum: int) -> FloatArray:
    """[T, N]: mean absolute distance from the window's `mean`."""
    rows, columns = x.shape
    out = np.full((rows, columns), np.nan)
    for t in range(rows):
        apart = np.zeros(columns)
        count = np.zeros(columns)
        for s in range(max(0, t - window + 1), t + 1):
            for j in range(columns):
                d = abs(x[s, j] - mean[t, j])
                apart[j] += d if d == d else 0.0
                count[j] += 1.0 if d == d else 0.0
        for j in range(columns):
            if count[j] >= minimum:
                out[t, j] = apart[j] / count[j]
    return out


def rescaled_range(x: FloatArray, mean: FloatArray, window: int, minimum: int) -> FloatArray:
    """[T, N]: reach of the running sum of distances from the window's `mean`, over their deviation.

    Missing where fewer than `minimum` values are there or all are alike.
    """
    rows, columns = x.shape
    out = np.full((rows, columns), np.nan)
    for t in range(rows):
        sums = np.zeros((3, columns))
        low = np.zeros(columns)
        high = np.zeros(columns)
        for s in range(max(0, t - window + 1), t + 1):
            for j in range(columns):
                d = x[s, j] - mean[t, j]
                sums[2, j] += 1.0 if d == d else 0.0
                d = d if d == d else 0.0
                sums[0, j] += d
                sums[1, j] += d * d
                low[j] = min(low[j], sums[0, j])
                high[j] = max(high[j], sums[0, j])
        for j in range(columns):
            if sums[2, j] >= minimum and sums[1, j] > SMALLEST_SQUARE * sums[2, j]:
                out[t, j] = (high[j] - low[j]) / np.sqrt(sums[1, j] / sums[2, j])
    return out
