"""Trees scored for a few rows: every tree is walked from its root, eight of them side by side.

A walk without a branch: a comparison is a number, which says where the next node stands, so nothing is
guessed. Source: Asadi, Lin and de Vries (2014), "Runtime optimizations for tree-based machine learning
models", IEEE TKDE 26.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.serving.leaf_masks import last_left
from fund.forecasting.serving.tree_graph import Comparison
from fund.forecasting.serving.tree_nodes import TreeNodes

ABREAST = 8
"""Trees that `walk` follows together."""
NODE = 4
"""Numbers of a node."""
NO_OUTPUT = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeWalk:
    """Trees as one array of nodes and leaves."""

    nodes: NDArray[np.uint32]
    """Four numbers a node, `walk` says which."""
    thresholds: NDArray[np.float32]
    """The same memory, whose first number in four is a threshold."""
    trees: NDArray[np.uint32]
    """[4, trees]: roots and depths, the shallowest first; place and output of each in the library's order."""
    leaves: NDArray[Any]
    """Value of every node, 0 but for leaves, in the precision of the library's sums."""
    outputs: int
    walk: Callable[..., None]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return every output of [n, F] rows, [n, K]; NaN for a row without a feature."""
        out = np.empty((len(rows), self.outputs))
        self.walk(rows, self.nodes, self.thresholds, self.trees, self.leaves, out)
        return out


def tree_walk(
    nodes: TreeNodes,
    *,
    columns: int,
    outputs: int,
    comparison: Comparison,
    precision: type[np.float32] | type[np.float64],
) -> TreeWalk:
    """Return the trees ready to be walked; `DataError` when one reads a feature that there is not."""
    from fund.forecasting.serving.walk_kernel import walk

    at = np.array(nodes.columns, dtype=int)
    if len(at) and not 0 <= at.min() <= at.max() < columns:
        raise DataError(
            f"expected trees over {columns!r} features, found features {at.min()} to {at.max()}; train again"
        )
    inner, leaves = len(at), len(nodes.leaves)
    own = np.arange(inner, inner + leaves + 1)
    left = np.where(nodes.left_is_leaf, inner + np.array(nodes.left, dtype=int), nodes.left)
    right = np.where(nodes.right_is_leaf, inner + np.array(nodes.right, dtype=int), nodes.right)
    packed = np.zeros((inner + leaves + 1, NODE), dtype=np.uint32)
    packed.view(np.float32)[:inner, 0] = last_left(np.array(nodes.thresholds, dtype=precision), comparison)
    packed[:inner, 1] = at + columns * np.array(nodes.missing_left, dtype=int)
    packed[:, 2], packed[:, 3] = (NODE * np.concatenate([child, own]) for child in (left, right))
    flat = packed.reshape(-1)
    return TreeWalk(
        nodes=flat,
        thresholds=flat.view(np.float32),
        trees=_abreast(nodes, nowhere=inner + leaves),
        leaves=np.array([0.0] * inner + nodes.leaves + [0.0], dtype=precision),
        outputs=outputs,
        walk=walk,
    )


def _abreast(nodes: TreeNodes, *, nowhere: int) -> NDArray[np.uint32]:
    """Order trees by depth; some that end at their root and add to no output fill the first eight up."""
    filling = -len(nodes.roots) % ABREAST
    roots = [*nodes.roots, *[nowhere] * filling]
    depths = [*(_depth(nodes, root) for root in nodes.roots), *[0] * filling]
    outputs = [*(nodes.targets[nodes.leftmost(root)] for root in nodes.roots), *[NO_OUTPUT] * filling]
    order = np.argsort(depths, kind="stable")
    rows = [NODE * np.take(roots, order), np.take(depths, order), np.argsort(order), outputs]
    return np.array(rows, dtype=np.uint32).reshape(len(rows), -1)


def _depth(nodes: TreeNodes, root: int) -> int:
    """Return how many comparisons the longest way to a leaf has."""
    deepest, level = 0, [root]
    while level:
        deepest += 1
        below = [nodes.left[at] for at in level if not nodes.left_is_leaf[at]]
        level = below + [nodes.right[at] for at in level if not nodes.right_is_leaf[at]]
    return deepest
