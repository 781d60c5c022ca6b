"""Boosted trees as flat arrays of nodes, whichever library grew them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from fund.errors import DataError

ZERO = 0.0
LIGHTGBM_ZERO = float(np.float32(1e-35))
"""LightGBM takes anything as small as this for zero before it looks at a threshold."""
LIGHTGBM_INFINITY = 1e300
"""How its JSON writes the threshold of a split between what is there and what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """An inner node: rows go left where the comparison holds, and where told to when the value is missing."""

    column: int
    threshold: float
    missing_left: bool
    left: Any
    """A child as its library writes it."""
    right: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNodes:
    """Inner nodes and leaves of all trees, in the order in which they are summed."""

    roots: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    thresholds: list[float] = field(default_factory=list)
    missing_left: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    left_is_leaf: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    right_is_leaf: list[int] = field(default_factory=list)
    leaves: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    """Which output each leaf adds to."""

    def plant(self, root: Any, read: Callable[[Any], Fork | float], target: int = 0) -> None:
        """Add a tree; `read` tells a node's fork, or the value of a leaf."""
        self.roots.append(len(self.columns))
        seen = read(root)
        if isinstance(seen, Fork):
            self._fork(seen, read, target)
            return
        at = self._inner(0, ZERO, missing_left=True)
        self.left[at] = self.right[at] = self._leaf(seen, target)
        self.left_is_leaf[at] = self.right_is_leaf[at] = 1

    def leftmost(self, node: int) -> int:
        """Return the leftmost leaf under an inner node."""
        while not self.left_is_leaf[node]:
            node = self.left[node]
        return self.left[node]

    def _fork(self, fork: Fork, read: Callable[[Any], Fork | float], target: int) -> int:
        at = self._inner(fork.column, fork.threshold, missing_left=fork.missing_left)
        for child, to, is_leaf in (
            (fork.left, self.left, self.left_is_leaf),
            (fork.right, self.right, self.right_is_leaf),
        ):
            seen = read(child)
            if isinstance(seen, Fork):
                to[at] = self._fork(seen, read, target)
            else:
                to[at], is_leaf[at] = self._leaf(seen, target), 1
        return at

    def _inner(self, column: int, threshold: float, *, missing_left: bool) -> int:
        self.columns.append(column)
        self.thresholds.append(threshold)
        self.missing_left.append(int(missing_left))
        for empty in (self.left, self.left_is_leaf, self.right, self.right_is_leaf):
            empty.append(0)
        return len(self.columns) - 1

    def _leaf(self, value: float, target: int) -> int:
        self.leaves.append(value)
        self.targets.append(target)
        return len(self.leaves) - 1


def lightgbm_nodes(dumps: Sequence[Mapping[str, Any]]) -> TreeNodes:
    """Flatten what `Booster.dump_model` wrote, one output a booster; `DataError` for splits by category."""
    nodes = TreeNodes()
    for target, dump in enumerate(dumps):
        for tree in dump["tree_info"]:
            nodes.plant(tree["tree_structure"], _lightgbm_node, target)
    return nodes


def xgboost_nodes(written: Mapping[str, Any]) -> TreeNodes:
    """Flatten XGBoost's JSON of one output; what its sums begin with stands first, as a tree of one leaf."""
    learner = written["learner"]
    nodes = TreeNodes()
    nodes.plant(float(str(learner["learner_model_param"]["base_score"]).strip("[]")), float)
    for tree in learner["gradient_booster"]["model"]["trees"]:
        nodes.plant(0, partial(_xgboost_node, tree))
    return nodes


def _lightgbm_node(node: Mapping[str, Any]) -> Fork | float:
    if "split_index" not in node:
        return float(node["leaf_value"])
    if node["decision_type"] != "<=" or node["missing_type"] not in ("None", "NaN"):
        raise DataError(
            f"expected splits by size with missing values told apart, found {node['decision_type']!r} "
            f"and {node['missing_type']!r}; score with the booster itself"
        )
    threshold = _lightgbm_threshold(float(node["threshold"]))
    # Trained on a column without a gap, LightGBM takes a missing value for zero.
    left = bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= ZERO
    return Fork(
        column=int(node["split_feature"]),
        threshold=threshold,
        missing_left=left,
        left=node["left_child"],
        right=node["right_child"],
    )


def _lightgbm_threshold(threshold: float) -> float:
    """Return the threshold meant; one that puts what LightGBM takes for zero where it puts zero itself."""
    if abs(threshold) >= LIGHTGBM_INFINITY:
        return math.copysign(math.inf, threshold)
    if abs(threshold) > LIGHTGBM_ZERO:
        return threshold
    return LIGHTGBM_ZERO if threshold >= ZERO else float(np.nextafter(-LIGHTGBM_ZERO, -np.inf))


def _xgboost_node(tree: Mapping[str, Any], at: int) -> Fork | float:
    if tree["left_children"][at] == -1:
        return float(tree["split_conditions"][at])
    if tree["split_type"][at] != 0:
        raise DataError("expected splits by size, found one by category; score with the booster itself")
    return Fork(
        column=int(tree["split_indices"][at]),
        threshold=float(tree["split_conditions"][at]),
        missing_left=bool(tree["default_left"][at]),
        left=tree["left_children"][at],
        right=tree["right_children"][at],
    )
