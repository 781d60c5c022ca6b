"""The LightGBM of Qlib's Alpha158 benchmark, settings as published, on the rows of our walk-forward."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fund.forecasting.families.boosted import FittedTrees, read_boosters
from fund.forecasting.samples import Samples

SETTINGS: Mapping[str, float | int | str] = {
    "objective": "mse",
    "feature_fraction": 0.8879,
    "learning_rate": 0.2,
    "bagging_fraction": 0.8789,
    "lambda_l1": 205.6999,
    "lambda_l2": 580.9768,
    "max_depth": 8,
    "num_leaves": 210,
}
"""Of microsoft/qlib, examples/benchmarks/LightGBM/workflow_config_lightgbm_Alpha158.yaml."""
ROUNDS, PATIENCE = 1000, 50
"""Defaults of its `LGBModel`: as many trees, fewer when the validation part gets no better for so long."""
VALIDATION_SHARE = 0.22
"""Two of its nine years before the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QlibGbm:
    """Learns from the earlier part of a training span and stops by the later one, a horizon apart.

    Labels are ranked within their session where Qlib's are z-scored, as for every forecaster here.
    """

    name: str = "qlib_gbm"
    seed: int = 7
    trials: int = 0

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The published settings."""
        return SETTINGS

    def fit(self, samples: Samples, train: range) -> FittedTrees:
        """Learn and stop inside `train`."""
        import lightgbm

        cut = int(len(train) * (1.0 - VALIDATION_SHARE))
        gap = samples.labels.horizon_sessions + 1
        settings = dict(SETTINGS) | {
            "seed": self.seed,
            "num_threads": 1,
            "deterministic": True,
            "verbosity": -1,
        }
        parts = [samples.rows(part) for part in (train[: cut - gap], train[cut:])]
        fitting, validating = (lightgbm.Dataset(x, y, params=settings) for x, y in parts)
        booster = lightgbm.train(
            settings,
            fitting,
            num_boost_round=ROUNDS,
            valid_sets=[validating],
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        best = booster.model_to_string(num_iteration=booster.best_iteration)
        return FittedTrees([lightgbm.Booster(model_str=best)])

    def load(self, path: Path) -> FittedTrees:
        """Read LightGBM's text format."""
        return FittedTrees(read_boosters(path))
