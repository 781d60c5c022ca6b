"""The inner loops of `leaf_masks`, written so that the compiler takes eight rows at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

DE_BRUIJN = 0x077CB531
LOWEST_BIT = np.argsort([(DE_BRUIJN << bit & 0xFFFFFFFF) >> 27 for bit in range(32)])
"""Number of a lone bit by its product with the sequence: 5 bits at each place of it occur once. Source:
Leiserson, Prokop and Randall (1998), "Using de Bruijn sequences to index a 1 in a computer word"."""


def strike_and_sum(
    by_column: NDArray[np.float32],
    first: NDArray[np.int64],
    columns: NDArray[np.int64],
    thresholds: NDArray[np.float32],
    missing_left: NDArray[np.bool_],
    left_out: NDArray[np.uint32],
    leaves: NDArray[Any],
    outputs: NDArray[np.int64],
    totals: NDArray[Any],
) -> NDArray[Any]:
    """Add every tree's leaf to `totals` [K, n], tree by tree as their library does, for [F, n] features.

    A missing feature fails every comparison: `>` leaves it left, `<=` sends it right.
    """
    rows = by_column.shape[1]
    left = np.empty(rows, dtype=np.uint32)
    whole = np.uint32(0xFFFFFFFF)
    for tree in range(len(outputs)):
        left[:] = whole
        for node in range(first[tree], first[tree + 1]):
            values, threshold, struck = by_column[columns[node]], thresholds[node], left_out[node]
            if missing_left[node]:
                for row in range(rows):
                    left[row] &= struck if values[row] > threshold else whole
            else:
                for row in range(rows):
                    left[row] &= whole if values[row] <= threshold else struck
        total, values_of = totals[outputs[tree]], leaves[tree]
        for row in range(rows):
            lowest = np.uint64(left[row] & (~left[row] + np.uint32(1)))
            hashed = ((lowest * np.uint64(DE_BRUIJN)) & np.uint64(0xFFFFFFFF)) >> np.uint64(27)
            total[row] += values_of[LOWEST_BIT[hashed]]
    return totals
