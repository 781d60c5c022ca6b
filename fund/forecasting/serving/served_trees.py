"""Trees ready to score: a few rows by their graph, many at once by their masks, the same to the last bit."""

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
    """A graph of trees, and their masks unless a tree is too large for them."""

    graph: TreeGraph
    masks: LeafMasks | None

    def raw(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        """Return every output of [n, F] rows, [n, K]."""
        if self.masks is not None and len(rows) >= MANY:
            return self.masks.raw(rows)
        return self.graph.raw(rows)


def export_trees(grown: Grown, path: Path, native: Native) -> Path:
    """Write the graph; `DataError`, and no file, unless it and the masks answer as the library does."""
    content = graph_bytes(
        grown.nodes,
        columns=grown.columns,
        outputs=grown.outputs,
        comparison=grown.comparison,
        precision=grown.precision,
    )
    apart = _apart(ServedTrees(graph=TreeGraph(content), masks=_masks(grown)), grown, native)
    if apart:
        raise DataError(
            f"expected a graph that scores as its booster does, found {apart}; score with the booster itself"
        )
    path.write_bytes(content)
    return path


def served_trees(grown: Grown, path: Path, native: Native) -> ServedTrees:
    """Read the graph of these trees; `DataError` naming the file that is damaged or of other trees."""
    served = ServedTrees(graph=read_graph(path, grown.columns), masks=_masks(grown))
    apart = _apart(served, grown, native)
    if apart:
        raise DataError(
            f"expected the graph of these trees, found {path.name!r} of others with {apart}; train again"
        )
    return served


def _apart(served: ServedTrees, grown: Grown, native: Native) -> str:
    """Return how graph or masks differ from the library on rows that are hard to score; nothing if alike."""
    probes = probe_rows(grown.nodes, grown.columns)
    expected = np.asarray(native(probes)).reshape(len(probes), grown.outputs)
    for answered in (served.graph.raw(probes), served.raw(probes)):
        if answered.shape != expected.shape:
            return f"scores of shape {answered.shape!r} for {expected.shape!r}"
        rows = int((answered != expected).any(axis=1).sum())
        if rows:
            most = float(np.abs(answered - expected).max())
            return f"{rows!r} of {len(probes)!r} rows apart by up to {most!r}"
    return ""


def _masks(grown: Grown) -> LeafMasks | None:
    return leaf_masks(grown.nodes, comparison=grown.comparison, precision=grown.precision)
