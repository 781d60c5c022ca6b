"""The inner loop of `tree_walk`, written so that the processor follows eight trees at a time.

Importing this file loads the compiler.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fund.features.compiling import compiled, inlined

ABREAST = 8
COLUMN, LEFT = np.uint32(1), np.uint32(2)
"""Where a node's column and its children stand in it; numbers without a sign are not looked at twice."""

Numbers = NDArray[np.uint32]
Single = NDArray[np.float32]


@inlined
def below(node: np.uint32, nodes: Numbers, thresholds: Single, row: Single) -> np.uint32:
    """One comparison further down; a missing feature fails it."""
    right = np.uint32(not row[nodes[node + COLUMN]] <= thresholds[node])
    child: np.uint32 = nodes[node + LEFT + right]
    return child


@compiled
def walk(
    rows: Single, nodes: Numbers, thresholds: Single, trees: Numbers, leaves: NDArray[Any], out: NDArray[Any]
) -> None:
    """Write the sums of the leaves that [n, F] rows reach to `out` [n, K], NaN for a row without a feature.

    A node is four numbers: its threshold, its column, where its left and its right child begin; a leaf leads
    to itself. Those that go left when a feature is missing look at a second copy of the row, in which that
    is below everything. Leaves are added in the library's order.
    """
    features, count = rows.shape[1], trees.shape[1]
    row, at = np.empty(2 * features, dtype=np.float32), np.empty(count, dtype=np.uint32)
    sums = np.empty(out.shape[1], dtype=leaves.dtype)
    for which in range(rows.shape[0]):
        seen = 0
        for i in range(features):
            value = rows[which, i]
            row[i] = value
            row[features + i] = value if value == value else -np.inf
            seen += np.isfinite(value)
        for k in range(0, count, ABREAST):
            a, b, c, d = trees[0, k], trees[0, k + 1], trees[0, k + 2], trees[0, k + 3]
            e, f, g, h = trees[0, k + 4], trees[0, k + 5], trees[0, k + 6], trees[0, k + 7]
            for _ in range(trees[1, k + 7]):
                a, b = below(a, nodes, thresholds, row), below(b, nodes, thresholds, row)
                c, d = below(c, nodes, thresholds, row), below(d, nodes, thresholds, row)
                e, f = below(e, nodes, thresholds, row), below(f, nodes, thresholds, row)
                g, h = below(g, nodes, thresholds, row), below(h, nodes, thresholds, row)
            at[k], at[k + 1], at[k + 2], at[k + 3] = a, b, c, d
            at[k + 4], at[k + 5], at[k + 6], at[k + 7] = e, f, g, h
        sums[:] = 0.0
        for tree in range(count):
            output = trees[3, tree]
            if output < sums.shape[0]:
                sums[output] += leaves[at[trees[2, tree]] // np.uint32(4)]
        for output in range(sums.shape[0]):
            out[which, output] = sums[output] if seen > 0 else np.nan
