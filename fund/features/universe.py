"""The names a cross-section is made of: their bars, their membership, their sectors."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.context import Context
from fund.market.panel import BarPanel

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Universe:
    """Bars of every ticker, who was a member in which session, and each ticker's sector.

    A shape that does not fit the panel, sessions out of order or an unknown benchmark raise `DataError`.
    """

    panel: BarPanel
    members: BoolArray
    """[T, N] index membership in each session."""
    sectors: IntArray
    """[N] sector code, -1 where there is none."""
    benchmark: str
    """Ticker of the fund that stands for the market; its column must be in the panel."""
    context: Context | None = None
    """What was known beside the bars; without it every feature that reads it is missing."""

    def __post_init__(self) -> None:
        shape = (len(self.panel.sessions), len(self.panel.tickers))
        for name in _MATRICES:
            _expect_shape(name, getattr(self.panel, name).shape, shape)
        _expect_shape("members", self.members.shape, shape)
        _expect_shape("sectors", self.sectors.shape, shape[1:])
        if self.context is not None:
            for name, values in self.context.market.items():
                _expect_shape(name, values.shape, shape[:1])
            for name, values in self.context.names.items():
                _expect_shape(name, values.shape, shape)
        if any(later <= earlier for earlier, later in pairwise(self.panel.sessions)):
            raise DataError("expected ascending sessions, found some out of order or twice; sort the bars")
        if self.benchmark not in self.panel.tickers:
            raise DataError(
                f"expected the benchmark among the panel's tickers, found no {self.benchmark!r}; "
                "add its bars or name another benchmark"
            )

    @cached_property
    def present(self) -> BoolArray:
        """[T, N] members that traded in the session: the names a cross-section is taken over."""
        return np.asarray(self.members & np.isfinite(self.panel.close))

    def rows(self, start: int, stop: int) -> "Universe":
        """Return sessions `start` (included) to `stop` (excluded), every ticker kept."""
        cut = {name: np.ascontiguousarray(getattr(self.panel, name)[start:stop]) for name in _MATRICES}
        panel = BarPanel(sessions=self.panel.sessions[start:stop], tickers=self.panel.tickers, **cut)
        context = None if self.context is None else self.context.rows(start, stop)
        return replace(self, panel=panel, members=self.members[start:stop], context=context)


def sector_codes(sectors: Sequence[str]) -> IntArray:
    """Number the sectors of N tickers in alphabetical order; an empty name gets -1."""
    names = sorted({sector for sector in sectors if sector})
    return np.array([names.index(sector) if sector else -1 for sector in sectors], dtype=np.int64)


_MATRICES = tuple(f.name for f in fields(BarPanel) if f.name not in ("sessions", "tickers"))


def _expect_shape(name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> None:
    if found != expected:
        raise DataError(f"expected {name} of shape {expected!r}, found {found!r}; align it with the panel")
