"""Convolutions that feed an LSTM, with a head for the outcome and one for its direction."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fund.errors import DataError
from fund.forecasting.families.nets.architecture import Results
from fund.forecasting.families.nets.graph import Graph
from fund.forecasting.families.nets.recurrent import Recurrent, cells

if TYPE_CHECKING:
    from torch import nn

FILTER_SESSIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hybrid:
    """Filters of 5 sessions, an LSTM over what they see, two heads on its last state.

    The score is the sum of both heads: each is 0 where nothing is known. Dropout stays available when
    the net speaks: how much nets thinned at random disagree is its spread. Source: Gal and Ghahramani
    (2016), ICML 48.
    """

    kind: ClassVar[str] = "hybrid"
    heads: ClassVar[int] = 2
    passes: ClassVar[int] = 20
    channels: int = 32
    hidden: int = 64
    dropout: float = 0.2

    @property
    def cells(self) -> Recurrent:
        """The LSTM."""
        return Recurrent(cell="lstm", layers=1, hidden=self.hidden)

    @property
    def thinned(self) -> tuple[int, ...]:
        """The filters, and the last state."""
        return (self.channels, self.hidden)

    def check(self, steps: int) -> None:
        """Raise `DataError` without a filter or a cell, or without dropout to disagree by."""
        if min(self.channels, self.hidden, steps) < 1 or not 0 < self.dropout < 1:
            raise DataError(
                f"expected 1 channel, cell and session or more and a dropout in (0, 1), found {self!r}"
            )

    def module(self, features: int, steps: int) -> "nn.Module":
        """Return the torch module."""
        from fund.forecasting.families.nets.modules.hybrid import HybridModule

        return HybridModule(self, features)

    def results(self, graph: Graph, x: str, keep: tuple[str, ...]) -> Results:
        """Add the net's nodes."""
        series = graph.node("Transpose", x, perm=[0, 2, 1])
        side = FILTER_SESSIONS // 2
        seen = graph.node("Relu", graph.convolution(series, "filters", left=side, right=side))
        thin = graph.node("Mul", seen, graph.node("Unsqueeze", keep[0], graph.numbers(2)))
        states = cells(graph, graph.node("Transpose", thin, perm=[0, 2, 1]), self.cells)
        last = graph.node("Gather", states, graph.constant(np.array(-1, dtype=np.int64)), axis=0)
        return Results(heads=graph.linear(graph.node("Mul", last, keep[1]), "head"))
