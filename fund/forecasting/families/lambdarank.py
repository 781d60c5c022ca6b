"""Trees that learn to sort each session."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fund.features.cross_section import cross_rank
from fund.forecasting.families.boosted import FittedTrees
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.samples import Samples

GRADES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdarankForecaster(GbmForecaster):
    """LightGBM's LambdaRank: a session is a query, a name's decile its grade, and swaps count by NDCG.

    Gains grow evenly with the decile: the usual 2^grade would make all but the top two deciles alike.
    Source: Burges (2010), "From RankNet to LambdaRank to LambdaMART", Microsoft Research MSR-TR-2010-82.
    """

    depth: int = 100
    """How many names from the top a pair's better one may stand; LightGBM's truncation level."""
    trials: int = 0
    name: str = "lambdarank"

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The trees' shape, the grades and the depth."""
        return self.shape | {"grades": GRADES, "depth": self.depth}

    def fit(self, samples: Samples, train: range) -> FittedTrees:
        """Learn from the sessions of `train`, each a query of its own."""
        rank = cross_rank(samples.labels.values, samples.table.present) + 0.5
        objective = {
            "objective": "lambdarank",
            "label_gain": list(range(GRADES)),
            "lambdarank_truncation_level": self.depth,
        }
        grade = np.floor(rank * GRADES)
        return FittedTrees([self.grown(samples, train, objective, target=grade, by_session=True)])
