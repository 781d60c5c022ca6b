"""The k nearest of many patterns, in plain loops for the compiler."""

import numpy as np
from numpy.typing import NDArray

from fund.market.view import FloatArray


def nearest_rows(
    patterns: NDArray[np.float32], outcomes: NDArray[np.float32], asked: NDArray[np.float32], count: int
) -> FloatArray:
    """Return mean and deviation of the outcomes of the `count` nearest patterns, and the farthest's distance.

    [3, n] for [n, D] rows and [D, m] patterns; distances are squared. The outcome is NaN for a row that
    is infinitely far from all but fewer patterns than are asked for.
    """
    found = np.empty((3, len(asked)))
    near = np.empty(count, dtype=np.float32)
    near_outcome = np.empty(count)
    distances = np.empty(patterns.shape[1], dtype=np.float32)
    for row in range(len(asked)):
        distances[:] = np.float32(0.0)
        for d in range(len(patterns)):
            value = asked[row, d]
            for p in range(patterns.shape[1]):
                gap = patterns[d, p] - value
                distances[p] += gap * gap
        # A heap with the farthest neighbour on top: what is not nearer than it is passed over at once.
        near[:] = np.inf
        near_outcome[:] = np.nan
        for p in range(patterns.shape[1]):
            if distances[p] >= near[0]:
                continue
            place = 0
            while True:
                child = 2 * place + 1
                if child >= count:
                    break
                if child + 1 < count and near[child + 1] > near[child]:
                    child += 1
                if near[child] <= distances[p]:
                    break
                near[place], near_outcome[place] = near[child], near_outcome[child]
                place = child
            near[place], near_outcome[place] = distances[p], outcomes[p]
        mean = near_outcome.mean()
        found[0, row] = mean
        found[1, row] = np.sqrt(((near_outcome - mean) ** 2).sum() / max(count - 1, 1))
        found[2, row] = near[0]
    return found
