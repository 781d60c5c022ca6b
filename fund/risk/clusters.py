"""Names that move together, so that ten of them are not taken for ten positions."""

import numpy as np
from numpy.typing import NDArray

from fund.metrics.returns import FLAT, FloatArray


def correlations(returns: FloatArray) -> FloatArray:
    """Return the correlation of the columns of [sessions, names]; a flat column correlates with nothing.

    In single precision: seven digits are more than a sample of sessions has.
    """
    centred = returns - returns.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    scaled = (centred / np.where(spread > FLAT, spread, np.inf)).astype(np.float32)
    matrix: FloatArray = (scaled.T @ scaled).astype(np.float64)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def clusters(returns: FloatArray, correlation: float) -> NDArray[np.int64]:
    """Return a cluster number for each column of [sessions, names], from 1, in the order of the columns.

    Average linkage on 1 - correlation (Mantegna 1999, "Hierarchical structure in financial markets"): two
    groups are one where their names correlate at `correlation` or more on average. The same returns give
    the same clusters.
    """
    names = returns.shape[1]
    if names < 2:
        return np.ones(names, dtype=np.int64)
    distances = np.maximum(1.0 - correlations(returns)[~np.tri(names, dtype=np.bool_)], 0.0)
    if distances.min() > 1.0 - correlation:
        return np.arange(1, names + 1)
    from scipy.cluster.hierarchy import fcluster, linkage

    found = fcluster(linkage(distances, method="average"), 1.0 - correlation, criterion="distance")
    _, first, place = np.unique(found, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(1, len(first) + 1)
    numbered: NDArray[np.int64] = order[place]
    return numbered
