"""Plain rules of the field, judged by the same protocol as anything that learns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.families.width import expect_columns
from fund.forecasting.samples import Samples
from fund.market.view import FloatArray

MOMENTUM_COLUMNS = ("MOM252", "MOM126", "MOM63")
"""12-1 momentum first, then the same with a shorter look-back for histories that do not reach."""
COVERED_SHARE = 0.8
"""Share of members that must have the look-back at the end of the training span."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of ranked features; a missing feature counts as the middle rank.

    Names without any of the weighted features have no view.
    """

    weights: Mapping[int, float]
    """Feature index to weight."""
    note: str = ""

    @property
    def sessions(self) -> int:
        """A row is judged by itself."""
        return 1

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Score ranked features, [..., F] to [...]; `DataError` where a weighted one is not among them."""
        expect_columns(values, max(self.weights, default=-1))
        total = np.zeros(values.shape[:-1])
        seen = np.zeros(values.shape[:-1], dtype=bool)
        for at, weight in self.weights.items():
            column = values[..., at].astype(np.float64)
            known = np.isfinite(column)
            total += weight * np.where(known, column, 0.0)
            seen |= known
        return np.where(seen, total, np.nan)

    def contributions(self, values: NDArray[np.float32]) -> FloatArray:
        """Return weight times rank of each feature of [n, F] rows, and 0 last: middle ranks add nothing."""
        added = np.zeros((len(values), values.shape[1] + 1))
        for at, weight in self.weights.items():
            column = values[:, at].astype(np.float64)
            added[:, at] = weight * np.where(np.isfinite(column), column, 0.0)
        return added

    def save(self, stem: Path) -> Path:
        """Write the weights as JSON."""
        path = stem.with_suffix(".json")
        stored = {"note": self.note, "weights": {str(at): weight for at, weight in self.weights.items()}}
        path.write_text(json.dumps(stored, indent=1), encoding="utf-8")
        return path


def load_linear(path: Path) -> Linear:
    """Read the weights that `Linear.save` wrote; `DataError` naming the file when it is damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        weights = {int(at): float(weight) for at, weight in stored["weights"].items()}
        if not all(at >= 0 and np.isfinite(weight) for at, weight in weights.items()):
            raise ValueError(f"weights {weights!r}")
        return Linear(weights, str(stored["note"]))
    except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise DataError(f"expected JSON weights, found {path.name!r} unreadable; train again") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentumForecaster:
    """Past winners first: 12-1 momentum, or the longest shorter look-back that the history allows."""

    name: str = "momentum"
    seed: int = 0
    trials: int = 0

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The look-backs, in order of preference."""
        return {"columns": " ".join(MOMENTUM_COLUMNS), "covered_share": COVERED_SHARE}

    def fit(self, samples: Samples, train: range) -> Linear:
        """Choose the look-back by what is covered at the end of `train`; no label is read."""
        column = self.column(samples, train)
        return Linear({samples.table.names.index(column): 1.0}, column)

    def column(self, samples: Samples, train: range) -> str:
        """Return the longest look-back that enough members have; the shortest when none is covered."""
        last = train[-1]
        present = samples.table.present[last]
        for name in MOMENTUM_COLUMNS:
            if np.isfinite(samples.table.column(name)[last][present]).mean() >= COVERED_SHARE:
                return name
        return MOMENTUM_COLUMNS[-1]

    def load(self, path: Path) -> Linear:
        """Read the weights back."""
        return load_linear(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalForecaster:
    """Last week's losers first: the 5-session return with its sign turned."""

    name: str = "reversal"
    seed: int = 0
    trials: int = 0

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The feature it turns."""
        return {"column": "ROC5"}

    def fit(self, samples: Samples, train: range) -> Linear:
        """Nothing is learned; `train` only says when the rule is allowed to speak."""
        return Linear({samples.table.names.index("ROC5"): -1.0}, "-ROC5")

    def load(self, path: Path) -> Linear:
        """Read the weights back."""
        return load_linear(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeForecaster:
    """Ridge regression of the ranked label on the same features: what trees must beat to earn their keep."""

    penalty_per_row: float = 0.05
    """Penalty on squared weights per training row, in units of a feature's variance."""
    name: str = "ridge"
    seed: int = 0
    trials: int = 0

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The penalty."""
        return {"penalty_per_row": self.penalty_per_row}

    def fit(self, samples: Samples, train: range) -> Linear:
        """Solve the normal equations over the sessions of `train`, a missing feature at the middle rank."""
        values, target = samples.rows(train)
        x = np.where(np.isfinite(values), values, 0.0).astype(np.float64)
        penalty = self.penalty_per_row * len(x) / 12.0
        weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ target)
        return Linear({at: float(weight) for at, weight in enumerate(weights)}, f"{len(weights)} weights")

    def load(self, path: Path) -> Linear:
        """Read the weights back."""
        return load_linear(path)
