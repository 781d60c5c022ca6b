"""Trees scored for many rows at once: each node strikes out the leaves its rows cannot reach.

No row walks a tree, so nothing is guessed and nothing waits: a comparison strikes for eight rows in one
step. Source: Lucchese, Nardini, Orlando, Perego, Tonellotto and Venturini (2015), "QuickScorer: a fast
algorithm to rank documents with additive ensembles of regression trees", SIGIR.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fund.features.compiling import compiled
from fund.forecasting.serving.mask_kernel import strike_and_sum
from fund.forecasting.serving.tree_graph import Comparison
from fund.forecasting.serving.tree_nodes import TreeNodes

MAX_LEAVES = 32
"""A tree's leaves are the bits of a word."""
MANY = 16
"""Fewer rows are quicker by a walk, which looks at the nodes on their way only."""
ALL = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeafMasks:
    """Trees by node: what each compares, and the leaves that are left when a row goes right."""

    first: NDArray[np.int64]
    """[trees + 1] first node of each tree."""
    columns: NDArray[np.int64]
    thresholds: NDArray[np.float32]
    """The largest float32 that still goes left: for a float32 feature as good as the exact threshold."""
    missing_left: NDArray[np.bool_]
    left_out: NDArray[np.uint32]
    """Bits of all leaves but those under the left branch."""
    leaves: NDArray[Any]
    """[trees, 32] in the precision of the library's sums, leftmost first."""
    outputs: NDArray[np.int64]
    """Which output each tree adds to."""

    def raw(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        """Return every output of [n, F] rows, [n, K]: the sums that a graph of the same trees makes."""
        by_column = np.ascontiguousarray(rows.T)
        totals = np.zeros((int(self.outputs.max()) + 1, len(rows)), dtype=self.leaves.dtype)
        compiled(strike_and_sum)(
            by_column,
            self.first,
            self.columns,
            self.thresholds,
            self.missing_left,
            self.left_out,
            self.leaves,
            self.outputs,
            totals,
        )
        return totals.T


def leaf_masks(
    nodes: TreeNodes, *, comparison: Comparison, precision: type[np.float32] | type[np.float64]
) -> LeafMasks | None:
    """Return the trees by node; None when one has more leaves than a word has bits."""
    first, order, left_out = [0], list[int](), list[int]()
    leaves = np.zeros((len(nodes.roots), MAX_LEAVES), dtype=precision)
    for tree, root in enumerate(nodes.roots):
        found: list[int] = []
        struck: dict[int, int] = {}
        _strike(nodes, root, found, struck)
        if len(found) > MAX_LEAVES:
            return None
        leaves[tree, : len(found)] = [nodes.leaves[leaf] for leaf in found]
        order += struck.keys()
        left_out += struck.values()
        first.append(len(order))
    return LeafMasks(
        first=np.array(first),
        columns=np.array(nodes.columns)[order],
        thresholds=last_left(np.array(nodes.thresholds)[order].astype(precision), comparison),
        missing_left=np.array(nodes.missing_left, dtype=bool)[order],
        left_out=np.array(left_out, dtype=np.uint32),
        leaves=leaves,
        outputs=np.array([nodes.targets[nodes.leftmost(root)] for root in nodes.roots]),
    )


def _strike(nodes: TreeNodes, node: int, found: list[int], struck: dict[int, int]) -> None:
    """Number the leaves under a node from left to right, and note what its right branch leaves over."""
    begun = len(found)
    struck[node] = ALL
    for child, is_leaf in (
        (nodes.left[node], nodes.left_is_leaf[node]),
        (nodes.right[node], nodes.right_is_leaf[node]),
    ):
        if is_leaf:
            found.append(child)
        else:
            _strike(nodes, child, found, struck)
        if struck[node] == ALL:
            under = (1 << len(found)) - (1 << begun)
            struck[node] = ALL & ~under


def last_left(thresholds: NDArray[Any], comparison: Comparison) -> NDArray[np.float32]:
    """Return the largest float32 that goes left of each threshold."""
    nearest = thresholds.astype(np.float32)
    beyond = nearest > thresholds if comparison == "<=" else nearest >= thresholds
    return np.where(beyond, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float32)
