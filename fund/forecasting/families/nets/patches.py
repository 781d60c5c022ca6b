"""A transformer that reads the window as a few patches of sessions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fund.errors import DataError
from fund.forecasting.families.nets.architecture import Results
from fund.forecasting.families.nets.graph import Graph

if TYPE_CHECKING:
    from torch import nn

NORM_EPSILON = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """Patches of neighbouring sessions, all features together, attend to each other; their mean is scored.

    Source: Nie et al. (2023), ICLR (PatchTST). There each series is a sequence of its own; here a patch
    mixes the features, because one name has dozens and only their joint past is of interest.
    """

    kind: ClassVar[str] = "patches"
    heads: ClassVar[int] = 1
    passes: ClassVar[int] = 0
    patch_sessions: int = 6
    width: int = 64
    voices: int = 4
    """Attention heads of a layer."""
    layers: int = 2
    dropout: float = 0.1

    @property
    def thinned(self) -> tuple[int, ...]:
        """The mean of the patches."""
        return (self.width,)

    def check(self, steps: int) -> None:
        """Raise `DataError` for a window that patches do not fill, or a width the voices do not share."""
        if min(self.patch_sessions, self.width, self.voices, self.layers) < 1 or self.width % self.voices:
            raise DataError(f"expected a width that the attention heads share evenly, found {self!r}")
        if steps < 1 or steps % self.patch_sessions:
            raise DataError(
                f"expected a window of whole patches of {self.patch_sessions!r} sessions, found {steps!r}"
            )

    def module(self, features: int, steps: int) -> "nn.Module":
        """Return the torch module."""
        from fund.forecasting.families.nets.modules.patches import PatchesModule

        return PatchesModule(self, features, steps)

    def results(self, graph: Graph, x: str, keep: tuple[str, ...]) -> Results:
        """Add the net's nodes; the attention is what each patch gives on the average of the last layer."""
        places = graph.weight("places")
        cut = graph.node("Reshape", x, graph.numbers(0, places.shape[0], -1))
        state = graph.node("Add", graph.linear(cut, "entrance"), graph.constant(places))
        shares = ""
        for layer in range(self.layers):
            at = f"blocks.{layer}"
            given, shares = self._attended(graph, _norm(graph, state, f"{at}.before"), at)
            state = graph.node("Add", state, given)
            inner = graph.node("Relu", graph.linear(_norm(graph, state, f"{at}.between"), f"{at}.wide"))
            state = graph.node("Add", state, graph.linear(inner, f"{at}.narrow"))
        mean = graph.node("ReduceMean", _norm(graph, state, "after"), axes=[1], keepdims=0)
        return Results(
            heads=graph.linear(mean, "head"),
            attention=graph.node("ReduceMean", shares, axes=[1, 2], keepdims=0),
        )

    def _attended(self, graph: Graph, x: str, at: str) -> tuple[str, str]:
        """Return what the patches hear of each other, and from whom, [N, voices, patches, patches]."""
        split = graph.numbers(0, 0, self.voices, -1)
        asked, known, told = (
            graph.node("Reshape", graph.linear(x, f"{at}.{part}"), split)
            for part in ("asked", "known", "told")
        )
        asked, told = (graph.node("Transpose", each, perm=[0, 2, 1, 3]) for each in (asked, told))
        known = graph.node("Transpose", known, perm=[0, 2, 3, 1])
        scale = graph.constant(np.array((self.width // self.voices) ** -0.5, dtype=np.float32))
        shares = graph.node("Softmax", graph.node("Mul", graph.node("MatMul", asked, known), scale), axis=-1)
        heard = graph.node("Transpose", graph.node("MatMul", shares, told), perm=[0, 2, 1, 3])
        joined = graph.node("Reshape", heard, graph.numbers(0, 0, self.width))
        return graph.linear(joined, f"{at}.joined"), shares


def _norm(graph: Graph, x: str, name: str) -> str:
    weight, bias = (graph.constant(graph.weight(f"{name}.{part}")) for part in ("weight", "bias"))
    return graph.node("LayerNormalization", x, weight, bias, axis=-1, epsilon=NORM_EPSILON)
