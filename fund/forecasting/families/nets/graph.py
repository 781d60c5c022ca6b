"""An ONNX graph, put together node by node from a net's weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

Weights = Mapping[str, NDArray[np.float32]]
"""A net's weights by the names torch gives them."""
OPSET = 17
"""The first with LayerNormalization; every node used here means the same in it as in later ones."""
IR_VERSION = 9


class Graph:
    """Nodes over named values; what a node returns is the name of its result."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._used: set[str] = set()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def weight(self, name: str) -> NDArray[np.float32]:
        """Return a weight of the net; `DataError` when the net has none of that name."""
        if name not in self._weights:
            raise DataError(f"expected weights named {name!r}, found none; train again")
        self._used.add(name)
        return self._weights[name]

    def constant(self, values: NDArray[Any]) -> str:
        """Put an array into the graph."""
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def numbers(self, *values: int) -> str:
        """Put whole numbers into the graph: axes, shapes, bounds."""
        return self.constant(np.array(values, dtype=np.int64))

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one result."""
        return self.nodes(kind, *inputs, results=1, **attributes)[0]

    def nodes(self, kind: str, *inputs: str, results: int, **attributes: Any) -> tuple[str, ...]:
        """Add a node with several results."""
        from onnx import helper

        names = tuple(f"value_{len(self._nodes)}_{at}" for at in range(results))
        self._nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names

    def linear(self, x: str, name: str) -> str:
        """Multiply the last axis with the weights of a torch `Linear` of that name, and add its bias."""
        product = self.node("MatMul", x, self.constant(self.weight(f"{name}.weight").T))
        return self.node("Add", product, self.constant(self.weight(f"{name}.bias")))

    def convolution(self, x: str, name: str, *, left: int, right: int, dilation: int = 1) -> str:
        """Slide the weights of a torch `Conv1d` of that name over [N, channels, steps], padded with zeros."""
        weight, bias = (self.constant(self.weight(f"{name}.{part}")) for part in ("weight", "bias"))
        return self.node("Conv", x, weight, bias, pads=[left, right], dilations=[dilation])

    def serialised(self, inputs: Mapping[str, tuple[str | int, ...]], outputs: Mapping[str, str]) -> bytes:
        """Return the graph in ONNX's format; `outputs` are names of results by the names they go under.

        `DataError` when a weight was left over: the file is of another net than it says.
        """
        from onnx import TensorProto, helper

        left = sorted(set(self._weights) - self._used)
        if left:
            raise DataError(f"expected no other weights, found {left!r}; train again")
        named = [helper.make_node("Identity", [result], [name]) for name, result in outputs.items()]
        graph = helper.make_graph(
            [*self._nodes, *named],
            "net",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self._constants,
        )
        whole = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        return bytes(whole.SerializeToString(deterministic=True))
