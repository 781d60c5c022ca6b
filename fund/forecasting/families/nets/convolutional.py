"""Convolutions over the window: filters of several widths, or dilated ones that only look back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fund.errors import DataError
from fund.forecasting.families.nets.architecture import Results
from fund.forecasting.families.nets.graph import Graph

if TYPE_CHECKING:
    from torch import nn

WIDTHS = (3, 5, 7, 11)
"""Sessions a filter of the first layer sees."""
TCN_WIDTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cnn:
    """Filters of 3, 5, 7 and 11 sessions side by side, mixed by a second layer, pooled by mean and maximum.

    Source: Szegedy et al. (2015), CVPR, for filters of several widths in one layer.
    """

    kind: ClassVar[str] = "cnn"
    heads: ClassVar[int] = 1
    passes: ClassVar[int] = 0
    channels: int = 16
    """Filters of each width."""
    dropout: float = 0.1

    @property
    def width(self) -> int:
        """Filters of all widths together."""
        return self.channels * len(WIDTHS)

    @property
    def thinned(self) -> tuple[int, ...]:
        """The pooled state: means, then maxima."""
        return (2 * self.width,)

    def check(self, steps: int) -> None:
        """Raise `DataError` without a filter."""
        if min(self.channels, steps) < 1:
            raise DataError(f"expected 1 channel and 1 session or more, found {self!r} and {steps!r}")

    def module(self, features: int, steps: int) -> "nn.Module":
        """Return the torch module."""
        from fund.forecasting.families.nets.modules.convolutional import CnnModule

        return CnnModule(self, features)

    def results(self, graph: Graph, x: str, keep: tuple[str, ...]) -> Results:
        """Add the net's nodes."""
        series = graph.node("Transpose", x, perm=[0, 2, 1])
        seen = [
            graph.convolution(series, f"filters.{at}", left=width // 2, right=width // 2)
            for at, width in enumerate(WIDTHS)
        ]
        mixed = graph.convolution(
            graph.node("Relu", graph.node("Concat", *seen, axis=1)), "mixing", left=1, right=1
        )
        state = graph.node("Relu", mixed)
        pooled = [graph.node(kind, state, axes=[2], keepdims=0) for kind in ("ReduceMean", "ReduceMax")]
        return Results(heads=graph.linear(graph.node("Concat", *pooled, axis=1), "head"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tcn:
    """Causal convolutions of 3 sessions, each level twice as far apart as the one before, with residuals.

    Five levels see 63 sessions. Source: Bai, Kolter and Koltun (2018), arXiv:1803.01271.
    """

    kind: ClassVar[str] = "tcn"
    heads: ClassVar[int] = 1
    passes: ClassVar[int] = 0
    channels: int = 32
    levels: int = 5
    dropout: float = 0.1

    @property
    def thinned(self) -> tuple[int, ...]:
        """The state at the last session."""
        return (self.channels,)

    def check(self, steps: int) -> None:
        """Raise `DataError` without a filter or a level."""
        if min(self.channels, self.levels, steps) < 1:
            raise DataError(f"expected 1 channel, level and session or more, found {self!r} and {steps!r}")

    def module(self, features: int, steps: int) -> "nn.Module":
        """Return the torch module."""
        from fund.forecasting.families.nets.modules.convolutional import TcnModule

        return TcnModule(self, features)

    def results(self, graph: Graph, x: str, keep: tuple[str, ...]) -> Results:
        """Add the net's nodes."""
        state = graph.convolution(graph.node("Transpose", x, perm=[0, 2, 1]), "entrance", left=0, right=0)
        for level in range(self.levels):
            apart = 2**level
            back = (TCN_WIDTH - 1) * apart
            seen = graph.convolution(state, f"filters.{level}", left=back, right=0, dilation=apart)
            state = graph.node("Add", state, graph.node("Relu", seen))
        last = graph.node("Slice", state, *(graph.numbers(at) for at in (-1, 2**31, 2)))
        return Results(heads=graph.linear(graph.node("Squeeze", last, graph.numbers(2)), "head"))
