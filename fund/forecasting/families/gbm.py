"""Gradient-boosted trees over ranked features."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.samples import Samples
from fund.market.view import FloatArray

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True, slots=True, kw_only=True)
class GbmForecaster:
    """LightGBM regression of the ranked label; shallow, heavily regularised and bit-for-bit repeatable.

    Daily cross-sections hold little signal and much overlap, so leaves are large and every tree sees
    half of the rows and of the features. No early stopping: it would pick the luckiest round.
    """

    trees: int = 60
    learning_rate: float = 0.08
    leaves: int = 15
    min_rows_in_leaf: int = 200
    row_share: float = 0.5
    feature_share: float = 0.5
    l2: float = 10.0
    bins: int = 31
    every: int = 2
    """Learn from every n-th session: labels of neighbours overlap and say almost the same."""
    seed: int = 7
    threads: int = 1
    """Within one fit; folds side by side are faster, and the result depends on neither."""
    trials: int = 2
    name: str = "gbm"

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """Everything but data and seed that decides the result."""
        return {
            "trees": self.trees,
            "learning_rate": self.learning_rate,
            "leaves": self.leaves,
            "min_rows_in_leaf": self.min_rows_in_leaf,
            "row_share": self.row_share,
            "feature_share": self.feature_share,
            "l2": self.l2,
            "bins": self.bins,
            "every": self.every,
        }

    def fit(self, samples: Samples, train: range) -> "FittedGbm":
        """Learn from the sessions of `train`; bins are cut from these rows alone."""
        import lightgbm

        values, target = samples.rows(train[:: -self.every][::-1])
        settings = self._settings()
        data = lightgbm.Dataset(
            values, target, feature_name=list(samples.table.names), params=settings, free_raw_data=True
        )
        return FittedGbm(lightgbm.train(settings, data, num_boost_round=self.trees))

    def load(self, path: Path) -> "FittedGbm":
        """Read LightGBM's text format; `DataError` naming the file when it is damaged."""
        import lightgbm

        try:
            return FittedGbm(lightgbm.Booster(model_str=path.read_text(encoding="utf-8")))
        except (lightgbm.basic.LightGBMError, OSError, UnicodeDecodeError) as error:
            raise DataError(
                f"expected a LightGBM text file, found {path.name!r} unreadable; train again"
            ) from error

    def _settings(self) -> dict[str, Any]:
        return {
            "objective": "regression",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.min_rows_in_leaf,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "feature_fraction": self.feature_share,
            "lambda_l2": self.l2,
            "max_bin": self.bins,
            "bin_construct_sample_cnt": 10_000,
            "seed": self.seed,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }


class FittedGbm:
    """Trees that have learned from one span; scores with a single thread, so servers stay responsive."""

    def __init__(self, booster: "Booster") -> None:
        self._booster = booster

    @property
    def sessions(self) -> int:
        """A row is judged by itself."""
        return 1

    @property
    def note(self) -> str:
        """How large the fit is."""
        return f"{self._booster.num_trees()} trees"

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Score ranked features [..., F]; names with no feature at all get no view."""
        flat = np.ascontiguousarray(values.reshape(-1, values.shape[-1]))
        raw = np.asarray(self._booster.predict(flat, num_threads=1), dtype=np.float64)
        seen = np.isfinite(flat).any(axis=1)
        return np.where(seen, raw, np.nan).reshape(values.shape[:-1])

    def save(self, stem: Path) -> Path:
        """Write LightGBM's text format."""
        path = stem.with_suffix(".txt")
        path.write_text(self._booster.model_to_string(), encoding="utf-8")
        return path
