"""Gradient-boosted trees over ranked features."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fund.forecasting.families.boosted import FittedTrees, read_boosters
from fund.forecasting.samples import Samples, every_nth
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
        return self.shape

    @property
    def shape(self) -> dict[str, float | int | str]:
        """How the trees are grown."""
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

    def fit(self, samples: Samples, train: range) -> FittedTrees:
        """Learn from the sessions of `train`; bins are cut from these rows alone."""
        return FittedTrees([self.grown(samples, train, {"objective": "regression"})])

    def load(self, path: Path) -> FittedTrees:
        """Read LightGBM's text format; `DataError` naming the file when it is damaged."""
        return FittedTrees(read_boosters(path))

    def grown(
        self,
        samples: Samples,
        train: range,
        objective: Mapping[str, Any],
        *,
        target: FloatArray | None = None,
        by_session: bool = False,
    ) -> "Booster":
        """Grow trees to an objective of LightGBM's, on the ranked label or another target [T, N].

        `by_session` tells LightGBM which rows stand in one session, for objectives that rank them.
        """
        import lightgbm

        sessions = every_nth(train, self.every)
        values, wanted = samples.rows(sessions, target)
        targets = (samples.target if target is None else target)[np.asarray(sessions)]
        counts = np.isfinite(targets).sum(axis=1)
        settings = self._settings() | dict(objective)
        data = lightgbm.Dataset(
            values,
            wanted,
            group=counts[counts > 0] if by_session else None,
            feature_name=list(samples.table.names),
            params={name: value for name, value in settings.items() if not callable(value)},
            free_raw_data=True,
        )
        return lightgbm.train(settings, data, num_boost_round=self.trees)

    def _settings(self) -> dict[str, Any]:
        return {
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
