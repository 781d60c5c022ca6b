"""LSTM and GRU, one way or both ways, read off at the last session or pooled by attention."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.families.nets.architecture import Results
from fund.forecasting.families.nets.graph import Graph

if TYPE_CHECKING:
    from torch import nn

GATES = {"gru": (1, 0, 2), "lstm": (0, 3, 1, 2)}
"""Where torch keeps the gates that ONNX wants in turn: z r h of r z h, and i o f c of i f c o."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrent:
    """Layers of gated cells over the window.

    Sources: Hochreiter and Schmidhuber (1997), Neural Computation 9; Cho et al. (2014), EMNLP; attention
    as in Bahdanau, Cho and Bengio (2015), ICLR, with one learned query.
    """

    kind: ClassVar[str] = "recurrent"
    heads: ClassVar[int] = 1
    passes: ClassVar[int] = 0
    cell: Literal["gru", "lstm"] = "gru"
    layers: int = 2
    hidden: int = 64
    both_ways: bool = False
    attention: bool = False
    dropout: float = 0.1

    @property
    def width(self) -> int:
        """Numbers per session that the last layer gives."""
        return self.hidden * (2 if self.both_ways else 1)

    @property
    def thinned(self) -> tuple[int, ...]:
        """The pooled state."""
        return (self.width,)

    def check(self, steps: int) -> None:
        """Raise `DataError` for an unknown cell, no layer, or two directions that nothing pools."""
        if self.cell not in GATES or min(self.layers, self.hidden, steps) < 1:
            raise DataError(
                f"expected layers of 'gru' or 'lstm' cells over 1 session or more, found {self!r}"
            )
        if self.both_ways and not self.attention:
            raise DataError(
                "expected attention over a net that reads both ways: its last state has read one session back"
            )

    def module(self, features: int, steps: int) -> "nn.Module":
        """Return the torch module."""
        from fund.forecasting.families.nets.modules.recurrent import RecurrentModule

        return RecurrentModule(self, features)

    def results(self, graph: Graph, x: str, keep: tuple[str, ...]) -> Results:
        """Add the net's nodes."""
        states = cells(graph, x, self)
        if not self.attention:
            last = graph.node("Gather", states, graph.constant(np.array(-1, dtype=np.int64)), axis=0)
            return Results(heads=graph.linear(last, "head"))
        by_name = graph.node("Transpose", states, perm=[1, 0, 2])
        said = graph.linear(graph.node("Tanh", graph.linear(by_name, "query")), "voice")
        shares = graph.node("Softmax", said, axis=1)
        row = graph.node("Transpose", shares, perm=[0, 2, 1])
        pooled = graph.node("Squeeze", graph.node("MatMul", row, by_name), graph.numbers(1))
        return Results(
            heads=graph.linear(pooled, "head"),
            attention=graph.node("Squeeze", shares, graph.numbers(2)),
        )


def cells(graph: Graph, x: str, sizes: Recurrent) -> str:
    """Add the layers over [N, steps, F]; their states are [steps, N, width], as the nodes want them."""
    states = graph.node("Transpose", x, perm=[1, 0, 2])
    ways = ("", "_reverse") if sizes.both_ways else ("",)
    attributes: dict[str, object] = {"hidden_size": sizes.hidden}
    attributes |= {"direction": "bidirectional"} if sizes.both_ways else {}
    attributes |= {"linear_before_reset": 1} if sizes.cell == "gru" else {}
    for layer in range(sizes.layers):
        inputs, recurrent = (
            graph.constant(np.stack([_weight(graph, sizes, f"{part}_l{layer}{way}") for way in ways]))
            for part in ("weight_ih", "weight_hh")
        )
        bias = graph.constant(np.stack([_bias(graph, sizes, f"_l{layer}{way}") for way in ways]))
        every = graph.node(sizes.cell.upper(), states, inputs, recurrent, bias, **attributes)
        if sizes.both_ways:
            beside = graph.node("Transpose", every, perm=[0, 2, 1, 3])
            states = graph.node("Reshape", beside, graph.numbers(0, 0, -1))
        else:
            states = graph.node("Squeeze", every, graph.numbers(1))
    return states


def _weight(graph: Graph, sizes: Recurrent, name: str) -> NDArray[np.float32]:
    whole = graph.weight(f"cells.{name}")
    gates = whole.reshape(len(GATES[sizes.cell]), sizes.hidden, -1)
    return np.concatenate([gates[at] for at in GATES[sizes.cell]])


def _bias(graph: Graph, sizes: Recurrent, which: str) -> NDArray[np.float32]:
    return np.concatenate([_weight(graph, sizes, f"bias_{part}{which}")[:, 0] for part in ("ih", "hh")])
