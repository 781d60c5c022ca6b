"""Trees ready to score: a few rows by walking them, many at once by their masks, the same to the last bit.

The graph of the same trees is what leaves the desk; a walk takes a third of its time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.serving.leaf_masks import MANY, LeafMasks, leaf_masks
from fund.forecasting.serving.tree_graph import Comparison, TreeGraph, graph_bytes, probe_rows, read_graph
from fund.forecasting.serving.tree_nodes import TreeNodes
from fund.forecasting.serving.tree_walk import TreeWalk, tree_walk
from fund.market.view import FloatArray

Native = Callable[[NDArray[np.float32]], Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grown:
    """Trees as their library grew them: what decides a graph of them."""

    nodes: TreeNodes
    columns: int
    outputs: int
    comparison: Comparison
    """How the library goes left of a threshold."""
    precision: type[np.float32] | type[np.float64]
    """In which it sums."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServedTrees:
    """Trees to walk, and their masks unless one is too large for them."""

    walk: TreeWalk
    masks: LeafMasks | None

    def scores(self, rows: NDArray[np.float32]) -> FloatArray:
        """Return every output of [n, F] rows, [n, K]; NaN for a row without a feature."""
        if self.masks is not None and len(rows) >= MANY:
            return where_seen(rows, self.masks.raw(rows))
        return self.walk.scores(rows)


def where_seen(rows: NDArray[np.float32], raw: NDArray[Any]) -> FloatArray:
    """Return what was said of [n, F] rows, NaN for a row without a feature."""
    seen = np.isfinite(rows).any(axis=1, keepdims=True)
    return np.where(seen, np.asarray(raw, dtype=np.float64), np.nan)


def export_trees(grown: Grown, path: Path, native: Native) -> Path:
    """Write the graph; `DataError`, and no file, unless it, walk and masks answer as the library does."""
    content = graph_bytes(
        grown.nodes,
        columns=grown.columns,
        outputs=grown.outputs,
        comparison=grown.comparison,
        precision=grown.precision,
    )
    apart = _apart(TreeGraph(content), _served(grown), grown, native)
    if apart:
        raise DataError(
            f"expected a graph that scores as its booster does, found {apart}; score with the booster itself"
        )
    path.write_bytes(content)
    return path


def served_trees(grown: Grown, path: Path, native: Native) -> ServedTrees:
    """Return trees whose graph is in that file; `DataError` naming one that is damaged or of other trees."""
    served = _served(grown)
    apart = _apart(read_graph(path, grown.columns), served, grown, native)
    if apart:
        raise DataError(
            f"expected the graph of these trees, found {path.name!r} of others with {apart}; train again"
        )
    return served


def _apart(graph: TreeGraph, served: ServedTrees, grown: Grown, native: Native) -> str:
    """Return how graph, walk or masks differ from the library on rows hard to score; nothing if alike."""
    probes = probe_rows(grown.nodes, grown.columns)
    probes = probes[np.isfinite(probes).any(axis=1)]
    expected = np.asarray(native(probes)).reshape(len(probes), grown.outputs)
    for answered in (graph.raw(probes), served.walk.scores(probes), served.scores(probes)):
        if answered.shape != expected.shape:
            return f"scores of shape {answered.shape!r} for {expected.shape!r}"
        rows = int((answered != expected).any(axis=1).sum())
        if rows:
            most = float(np.abs(answered - expected).max())
            return f"{rows!r} of {len(probes)!r} rows apart by up to {most!r}"
    return ""


def _served(grown: Grown) -> ServedTrees:
    return ServedTrees(
        walk=tree_walk(
            grown.nodes,
            columns=grown.columns,
            outputs=grown.outputs,
            comparison=grown.comparison,
            precision=grown.precision,
        ),
        masks=leaf_masks(grown.nodes, comparison=grown.comparison, precision=grown.precision),
    )
