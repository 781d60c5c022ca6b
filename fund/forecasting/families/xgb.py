"""Gradient-boosted trees by XGBoost: another library, another way of growing, the same protocol."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.families.row_trees import RowTrees
from fund.forecasting.families.width import expect_width
from fund.forecasting.samples import Samples, every_nth
from fund.forecasting.serving.served_trees import Grown, ServedTrees
from fund.forecasting.serving.tree_nodes import xgboost_nodes
from fund.market.view import FloatArray

if TYPE_CHECKING:
    from xgboost import Booster

HUGE = np.float32(1e30)


@dataclass(frozen=True, slots=True, kw_only=True)
class XgbForecaster:
    """XGBoost regression of the ranked label, level by level where LightGBM grows leaf by leaf.

    As shallow and as regularised as `gbm`, and fitted without early stopping for the same reason.
    """

    trees: int = 60
    learning_rate: float = 0.08
    depth: int = 4
    min_rows_in_leaf: int = 200
    row_share: float = 0.5
    feature_share: float = 0.5
    l2: float = 10.0
    bins: int = 32
    every: int = 2
    """Learn from every n-th session: labels of neighbours overlap and say almost the same."""
    seed: int = 7
    threads: int = 1
    trials: int = 0
    name: str = "xgb"

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """Everything but data and seed that decides the result."""
        return {
            "trees": self.trees,
            "learning_rate": self.learning_rate,
            "depth": self.depth,
            "min_rows_in_leaf": self.min_rows_in_leaf,
            "row_share": self.row_share,
            "feature_share": self.feature_share,
            "l2": self.l2,
            "bins": self.bins,
            "every": self.every,
        }

    def fit(self, samples: Samples, train: range) -> "FittedXgb":
        """Learn from the sessions of `train`; bins are cut from these rows alone."""
        import xgboost

        values, target = samples.rows(every_nth(train, self.every))
        data = xgboost.QuantileDMatrix(values, target, max_bin=self.bins, nthread=self.threads)
        return FittedXgb(xgboost.train(self._settings(), data, num_boost_round=self.trees))

    def load(self, path: Path) -> "FittedXgb":
        """Read XGBoost's JSON; `DataError` naming the file when it is damaged."""
        import xgboost

        try:
            content = path.read_bytes()
            # XGBoost ends the whole process on an empty file: what is no JSON of its own is not given to it.
            xgboost_nodes(json.loads(content))
            booster = xgboost.Booster()
            booster.load_model(bytearray(content))
        except (
            xgboost.core.XGBoostError,
            OSError,
            ValueError,
            TypeError,
            LookupError,
            RecursionError,
        ) as error:
            raise DataError(
                f"expected XGBoost's JSON, found {path.name!r} unreadable; train again"
            ) from error
        return FittedXgb(booster)

    def _settings(self) -> dict[str, Any]:
        return {
            "objective": "reg:squarederror",
            "base_score": 0.0,
            "tree_method": "hist",
            "eta": self.learning_rate,
            "max_depth": self.depth,
            "min_child_weight": self.min_rows_in_leaf,
            "subsample": self.row_share,
            "colsample_bytree": self.feature_share,
            "reg_lambda": self.l2,
            "max_bin": self.bins,
            "seed": self.seed,
            "nthread": self.threads,
        }


class FittedXgb(RowTrees):
    """XGBoost's trees, which sum in single precision."""

    def __init__(self, booster: "Booster", served: ServedTrees | None = None) -> None:
        booster.set_param({"nthread": 1})
        self._booster = booster
        self._served = served

    @property
    def note(self) -> str:
        """How large the fit is."""
        return f"{self._booster.num_boosted_rounds()} trees"

    def contributions(self, values: NDArray[np.float32]) -> FloatArray:
        """Return what each feature adds to the score of [n, F] rows, and the mean last: [n, F + 1].

        Exact Shapley values of the trees, in XGBoost's single precision.
        """
        import xgboost

        expect_width(values, self._width)
        # XGBoost takes no infinite value here; a huge one is on the same side of every threshold.
        rows = np.clip(np.ascontiguousarray(values, dtype=np.float32), -HUGE, HUGE)
        data = xgboost.DMatrix(rows, nthread=1)
        return np.asarray(self._booster.predict(data, pred_contribs=True), dtype=np.float64)

    def save(self, stem: Path) -> Path:
        """Write XGBoost's JSON."""
        path = stem.with_suffix(".json")
        path.write_bytes(self._written())
        return path

    @cached_property
    def _width(self) -> int:
        return int(self._booster.num_features())

    def _again(self, served: ServedTrees) -> Self:
        return type(self)(self._booster, served)

    def _grown(self) -> Grown:
        return Grown(
            nodes=xgboost_nodes(json.loads(self._written())),
            columns=self._width,
            outputs=1,
            comparison="<",
            precision=np.float32,
        )

    def _written(self) -> bytes:
        return bytes(self._booster.save_raw("json"))

    def _native(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        return np.asarray(self._booster.inplace_predict(rows, validate_features=False)).reshape(-1, 1)
