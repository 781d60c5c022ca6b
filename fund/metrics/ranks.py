"""Ranks across the names of one session."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

VALUES_AT_ONCE = 16_384
"""Values ranked together: so few that they stay in the processor's cache between the steps."""


def average_ranks(values: FloatArray) -> FloatArray:
    """Rank each row of [T, N] values to the open interval (0, 1); equal values share their mean rank.

    The i-th of n finite values gets (i - 0.5) / n, so a row's ranks always average 0.5 and neither the
    order of the columns nor a missing neighbour tilts them. What is NaN or infinite becomes NaN and is not
    counted.
    """
    rows, columns = values.shape
    ranks = np.empty((rows, columns))
    if columns == 0:
        return ranks
    step = max(VALUES_AT_ONCE // columns, 1)
    for start in range(0, rows, step):
        ranks[start : start + step] = _ranked(values[start : start + step])
    return ranks


def _ranked(values: FloatArray) -> FloatArray:
    rows, columns = values.shape
    finite = np.isfinite(values)
    # What is missing sorts last, as infinity: a NaN would cost the sort its vector instructions.
    filled = np.where(finite, values, np.inf)
    places = filled.argsort(axis=1)
    places += np.arange(0, rows * columns, columns)[:, None]
    flat = places.reshape(-1)
    mean = _mean_places(filled.reshape(-1)[flat], rows).reshape(rows, columns)
    mean /= np.maximum(finite.sum(axis=1, keepdims=True), 1)
    ranks = np.empty(rows * columns)
    ranks[flat] = mean.reshape(-1)
    ranks[~finite.reshape(-1)] = np.nan
    return ranks.reshape(rows, columns)


def _mean_places(ordered: FloatArray, rows: int) -> FloatArray:
    """Return the mean place from 0.5 on of equal values, in sorted rows that lie end to end."""
    columns = len(ordered) // rows
    place = np.empty((rows, columns))
    place[:] = np.arange(0.5, columns)
    new = np.empty(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    new |= ordered == np.inf
    new[::columns] = True
    if new.all():
        return place.reshape(-1)
    first = np.append(np.flatnonzero(new), len(ordered))
    size = first[1:] - first[:-1]
    return np.repeat(place.reshape(-1)[first[:-1]] + (size - 1) / 2.0, size)
