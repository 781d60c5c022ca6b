"""What was known beside the bars at each session's decision: macro series, filings, news."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Context:
    """Figures by name, aligned with a panel, NaN where nothing was known; `context_of` makes one.

    A row holds what was known when its session's decision was due, and nothing later.
    """

    market: Mapping[str, FloatArray]
    """[T] each: what is the same for every ticker."""
    names: Mapping[str, FloatArray]
    """[T, N] each."""

    def rows(self, start: int, stop: int) -> "Context":
        """Return sessions `start` (included) to `stop` (excluded)."""
        return Context(
            market={name: values[start:stop] for name, values in self.market.items()},
            names={name: np.ascontiguousarray(values[start:stop]) for name, values in self.names.items()},
        )
