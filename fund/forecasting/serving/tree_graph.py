"""Boosted trees as one ONNX node: the same decisions and the same sums, to the last bit."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.serving.session import one_thread_session
from fund.forecasting.serving.tree_nodes import TreeNodes

if TYPE_CHECKING:
    from onnx import TensorProto

Comparison = Literal["<=", "<"]
_MODES: dict[Comparison, int] = {"<=": 0, "<": 1}
_OPSET, _TREE_OPSET, _IR = 18, 5, 9
"""TreeEnsemble in double precision came with opset 5 of ai.onnx.ml."""
_PROBES = 256


class TreeGraph:
    """A graph of trees, ready to score rows of float32 features with one thread."""

    def __init__(self, content: bytes) -> None:
        self._session = one_thread_session(content, "trees")
        inputs = [(each.name, each.type, each.shape) for each in self._session.get_inputs()]
        outputs = self._session.get_outputs()
        if [each[:2] for each in inputs] != [("rows", "tensor(float)")] or len(outputs) != 1:
            raise DataError(
                f"expected a graph from rows of features to scores, found inputs {inputs!r} and "
                f"{len(outputs)!r} outputs; train again"
            )
        shape = inputs[0][2]
        if len(shape) != 2:
            raise DataError(f"expected a graph of rows of features, found shape {shape!r}; train again")
        self.columns = shape[1]

    def raw(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        """Return every output of [n, F] rows, [n, K], in the precision of the trees."""
        (outputs,) = self._session.run(None, {"rows": rows})
        return np.asarray(outputs)


def graph_bytes(
    nodes: TreeNodes,
    *,
    columns: int,
    outputs: int = 1,
    comparison: Comparison,
    precision: type[np.float32] | type[np.float64],
) -> bytes:
    """Write trees as an ONNX graph whose sums are made in `precision`, the one of the library they are from.

    Features are float32; a double threshold is compared with the feature's exact double value.
    """
    from onnx import TensorProto, helper, numpy_helper

    double = precision is np.float64
    kind = TensorProto.DOUBLE if double else TensorProto.FLOAT

    def tensor(values: list[float]) -> "TensorProto":
        return numpy_helper.from_array(np.asarray(values, dtype=precision))

    modes = np.full(len(nodes.columns), _MODES[comparison], dtype=np.uint8)
    trees = helper.make_node(
        "TreeEnsemble",
        ["wide" if double else "rows"],
        ["scores"],
        domain="ai.onnx.ml",
        aggregate_function=1,
        post_transform=0,
        n_targets=outputs,
        tree_roots=nodes.roots,
        nodes_featureids=nodes.columns,
        nodes_splits=tensor(nodes.thresholds),
        nodes_modes=numpy_helper.from_array(modes),
        nodes_truenodeids=nodes.left,
        nodes_trueleafs=nodes.left_is_leaf,
        nodes_falsenodeids=nodes.right,
        nodes_falseleafs=nodes.right_is_leaf,
        nodes_missing_value_tracks_true=nodes.missing_left,
        leaf_targetids=nodes.targets,
        leaf_weights=tensor(nodes.leaves),
    )
    widen = helper.make_node("Cast", ["rows"], ["wide"], to=TensorProto.DOUBLE)
    graph = helper.make_graph(
        [widen, trees] if double else [trees],
        "trees",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, columns])],
        [helper.make_tensor_value_info("scores", kind, [None, outputs])],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _TREE_OPSET)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=_IR).SerializeToString())


def read_graph(path: Path, columns: int) -> TreeGraph:
    """Read a graph over as many features; `DataError` naming the file that is damaged or of other trees."""
    try:
        graph = TreeGraph(path.read_bytes())
    except (OSError, DataError) as error:
        raise DataError(f"expected an ONNX graph, found {path.name!r} unreadable; train again") from error
    if graph.columns != columns:
        raise DataError(
            f"expected a graph over {columns!r} features, found {graph.columns!r} in {path.name!r}; "
            "train again"
        )
    return graph


def probe_rows(nodes: TreeNodes, columns: int, seed: int = 0) -> NDArray[np.float32]:
    """Return rows on which a careless graph errs: at a threshold, a hair beside it, missing and infinite.

    A row from anywhere in the span of the thresholds is among them too; [n, columns].
    """
    random = np.random.default_rng(seed)
    rows = random.uniform(-0.6, 0.6, (_PROBES, columns)).astype(np.float32)
    at = np.asarray(nodes.columns)
    for column in np.unique(at):
        edges = np.asarray(nodes.thresholds)[at == column].astype(np.float32)
        edge = random.choice(edges, _PROBES)
        beside = np.stack(
            [edge, np.nextafter(edge, np.float32(9)), np.nextafter(edge, np.float32(-9)), rows[:, column]]
        )
        rows[:, column] = beside[random.integers(0, 4, _PROBES), np.arange(_PROBES)]
    rows[random.uniform(size=rows.shape) < 0.1] = np.nan
    rows[random.uniform(size=rows.shape) < 0.02] = np.inf
    rows[random.uniform(size=rows.shape) < 0.02] = -np.inf
    rows[random.uniform(size=rows.shape) < 0.02] = 0.0
    return rows
