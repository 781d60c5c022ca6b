"""Trees for the middle and both ends of what may happen to a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fund.forecasting.families.boosted import FittedTrees, read_boosters
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.samples import Samples
from fund.forecasting.spread import relative_to_session
from fund.market.view import FloatArray

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileForecaster(GbmForecaster):
    """LightGBM regression of the 10 %, 50 % and 90 % quantile of the excess return.

    Returns are taken in units of the volatility that was expected of each name, so the distance of the
    quantiles says what that volatility does not know yet. Source: Koenker and Bassett (1978),
    "Regression quantiles", Econometrica 46.
    """

    trials: int = 0
    name: str = "quantile"

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The trees' shape and the quantiles."""
        return self.shape | {"quantiles": " ".join(str(each) for each in QUANTILES)}

    def fit(self, samples: Samples, train: range) -> "FittedQuantiles":
        """Grow a set of trees for each quantile."""
        objectives = ({"objective": "quantile", "alpha": level} for level in QUANTILES)
        return FittedQuantiles(
            [self.grown(samples, train, each, target=samples.scaled) for each in objectives]
        )

    def load(self, path: Path) -> "FittedQuantiles":
        """Read the three sets of trees; `DataError` naming the file when it is damaged."""
        return FittedQuantiles(read_boosters(path, len(QUANTILES)))


class FittedQuantiles(FittedTrees):
    """Three sets of trees; the score is the median."""

    scoring: ClassVar[int] = 1

    def quantiles(self, values: NDArray[np.float32]) -> FloatArray:
        """Return low, median and high in units of the name's volatility, [..., F] to [..., 3].

        Trees grown apart may cross: the ends are the outermost of the three then, so low is never above
        the median nor high below it.
        """
        found = self.outputs(values)
        return np.stack([found.min(axis=-1), found[..., self.scoring], found.max(axis=-1)], axis=-1)

    def spread(self, values: NDArray[np.float32]) -> FloatArray:
        """Return the distance of the ends over the median distance of the session, [T, N]."""
        found = self.quantiles(values)
        return relative_to_session(found[..., 2] - found[..., 0])
