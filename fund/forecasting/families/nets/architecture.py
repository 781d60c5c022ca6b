"""What a kind of net has to say about itself, whatever is inside."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from fund.forecasting.families.nets.graph import Graph, Weights

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Names of what a graph computes."""

    heads: str
    """[N, heads]: the score first, then the log odds of a rise where there is a second head."""
    attention: str | None = None
    """[N, parts]: how much of the pooled state each part of the window gives; sums to 1."""


class Architecture(Protocol):
    """The sizes of a net; it is built twice, as a torch module that learns and as a graph that scores."""

    kind: ClassVar[str]
    heads: ClassVar[int]
    """1, or 2 with a head for the direction; their sum is the score."""
    passes: ClassVar[int]
    """Thinned nets whose disagreement is the spread; 0 for a net without one."""

    @property
    def dropout(self) -> float:
        """Share of the thinned units that a training step leaves out."""
        ...

    @property
    def thinned(self) -> tuple[int, ...]:
        """Widths of the layers that dropout thins, in the order of the module's arguments."""
        ...

    def check(self, steps: int) -> None:
        """Raise `DataError` for sizes or a window no net can be made of."""
        ...

    def module(self, features: int, steps: int) -> "nn.Module":
        """Return the torch module: windows [N, steps, F] and one mask per thinned layer to [N, heads]."""
        ...

    def results(self, graph: Graph, x: str, keep: tuple[str, ...]) -> Results:
        """Add the same net's nodes to a graph; `keep` names the masks, none where `passes` is 0."""
        ...


def net_graph(architecture: Architecture, weights: Weights, features: int, steps: int) -> bytes:
    """Return the ONNX graph of a net: `x` [N, steps, F] to `score` [N] and, where it attends, `attention`.

    A net with passes also takes its masks, `keep_0` and so on, [1, width] each.
    """
    graph = Graph(weights)
    keep = tuple(f"keep_{at}" for at in range(len(architecture.thinned))) if architecture.passes else ()
    results = architecture.results(graph, "x", keep)
    outputs = {"score": graph.node("ReduceSum", results.heads, graph.numbers(1), keepdims=0)}
    if results.attention is not None:
        outputs["attention"] = results.attention
    masks = {name: (1, width) for name, width in zip(keep, architecture.thinned, strict=bool(keep))}
    return graph.serialised({"x": ("N", steps, features), **masks}, outputs)
