"""What fitted trees of every library share: rows judged one by one, by the library or as they are served."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fund.forecasting.families.width import expect_width
from fund.forecasting.serving.served_trees import Grown, ServedTrees, export_trees, served_trees, where_seen
from fund.market.view import FloatArray


class RowTrees(ABC):
    """Trees that have learned from one span; scores with a single thread, so servers stay responsive."""

    scoring: ClassVar[int] = 0
    """Which of the outputs the score is."""
    _served: ServedTrees | None

    @property
    def sessions(self) -> int:
        """A row is judged by itself."""
        return 1

    @property
    def is_served(self) -> bool:
        """Whether trees score that their library is not asked for."""
        return self._served is not None

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Score ranked features [..., F]; names with no feature at all get no view."""
        return np.asarray(self.outputs(values)[..., self.scoring], dtype=np.float64)

    def outputs(self, values: NDArray[np.float32]) -> FloatArray:
        """Return everything the trees say of ranked features, [..., F] to [..., K].

        `DataError` for another number of features than was learned from.
        """
        expect_width(values, self._width)
        rows = np.ascontiguousarray(values, dtype=np.float32).reshape(-1, values.shape[-1])
        served = self._served
        known = where_seen(rows, self._native(rows)) if served is None else served.scores(rows)
        return known.reshape(*values.shape[:-1], known.shape[1])

    def export(self, stem: Path) -> Path:
        """Write an ONNX graph that scores to the bit as the library does; `DataError` if none can be made."""
        return export_trees(self._grown(), stem.with_suffix(".onnx"), self._native)

    def served(self, graph: Path) -> Self:
        """Return the same trees, scored without their library; `DataError` unless the graph is theirs."""
        return self._again(served_trees(self._grown(), graph, self._native))

    @property
    @abstractmethod
    def _width(self) -> int:
        """Features that were learned from."""

    @abstractmethod
    def _grown(self) -> Grown:
        """What decides a graph of the trees."""

    @abstractmethod
    def _native(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        """Ask the library, [n, F] to [n, K]."""

    @abstractmethod
    def _again(self, served: ServedTrees) -> Self:
        """Return the same trees, served."""
