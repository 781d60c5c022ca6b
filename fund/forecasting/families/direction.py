"""Trees that tell the upper half of a session from the lower, minding the hard cases most."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fund.forecasting.families.boosted import FittedTrees
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.samples import Samples
from fund.market.view import FloatArray

if TYPE_CHECKING:
    from lightgbm import Dataset

LEAST_CURVATURE = 1e-3
"""The focal loss bends downwards far on the wrong side; a Newton step needs a curvature above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionForecaster(GbmForecaster):
    """LightGBM classifier of the side of the session's median, by the focal loss.

    The score is the log odds of the upper half before calibration. Source: Lin, Goyal, Girshick, He and
    Dollar (2017), "Focal loss for dense object detection", ICCV.
    """

    focus: float = 1.0
    """How much less an easy case counts; 0 is the logistic loss."""
    trials: int = 0
    name: str = "direction"

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The trees' shape and the focus."""
        return self.shape | {"focus": self.focus}

    def fit(self, samples: Samples, train: range) -> FittedTrees:
        """Learn the side of the median; a name exactly on it is left out."""
        side = np.where(samples.target == 0, np.nan, np.sign(samples.target))
        objective = {"objective": focal_objective(self.focus)}
        return FittedTrees([self.grown(samples, train, objective, target=side)])


def focal_objective(focus: float) -> "Callable[[FloatArray, Dataset], tuple[FloatArray, FloatArray]]":
    """Return the loss as LightGBM asks for it: gradient and curvature at its log odds."""

    def derivatives(log_odds: FloatArray, data: "Dataset") -> tuple[FloatArray, FloatArray]:
        gradient, curvature = focal_derivatives(log_odds, np.asarray(data.get_label()), focus)
        return gradient, np.maximum(curvature, LEAST_CURVATURE)

    return derivatives


def focal_loss(log_odds: FloatArray, side: NDArray[np.floating], focus: float) -> FloatArray:
    """Return -(1 - p)^focus ln p, p the probability given to the side that came about (-1 or 1)."""
    right = _right(log_odds, side)
    return np.asarray(-((1.0 - right) ** focus) * np.log(right))


def focal_derivatives(
    log_odds: FloatArray, side: NDArray[np.floating], focus: float
) -> tuple[FloatArray, FloatArray]:
    """Return the first and second derivative of the focal loss in the log odds.

    With p as above, dp/dz = side p (1 - p), so the first is
    side (1 - p)^focus (focus p ln p - (1 - p)), and the second p (1 - p) times the derivative of the rest:
    (1 - p)^focus (focus ln p + 2 focus + 1) - focus^2 p (1 - p)^(focus - 1) ln p.
    """
    right = _right(log_odds, side)
    wrong, log_right = 1.0 - right, np.log(right)
    first = side * wrong**focus * (focus * right * log_right - wrong)
    rest = wrong**focus * (focus * log_right + 2.0 * focus + 1.0)
    rest = rest - focus**2 * right * wrong ** (focus - 1.0) * log_right
    return np.asarray(first), np.asarray(right * wrong * rest)


def _right(log_odds: FloatArray, side: NDArray[np.floating]) -> FloatArray:
    """Return the probability of the side that came about, off 0 so that its logarithm is finite."""
    clipped = np.clip(side * log_odds, -30.0, 30.0)
    return np.asarray(1.0 / (1.0 + np.exp(-clipped)))
