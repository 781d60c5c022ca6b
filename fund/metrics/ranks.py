"""Ranks across the names of one session."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def average_ranks(values: FloatArray) -> FloatArray:
    """Rank each row of [T, N] values to the open interval (0, 1); equal values share their mean rank.

    The i-th of n finite values gets (i - 0.5) / n, so a row's ranks always average 0.5 and neither the
    order of the columns nor a missing neighbour tilts them. NaN stays NaN and is not counted.
    """
    rows, columns = values.shape
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(columns), (rows, columns))
    new = np.ones((rows, columns), dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    last = np.ones((rows, columns), dtype=bool)
    last[:, :-1] = new[:, 1:]
    first_equal = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    reverse = np.where(last, place, columns)[:, ::-1]
    last_equal = np.minimum.accumulate(reverse, axis=1)[:, ::-1]
    finite = np.isfinite(values)
    count = np.maximum(finite.sum(axis=1, keepdims=True), 1)
    ranks = np.empty((rows, columns))
    np.put_along_axis(ranks, order, (first_equal + last_equal + 1.0) / 2.0, axis=1)
    return np.where(finite, ranks / count, np.nan)
