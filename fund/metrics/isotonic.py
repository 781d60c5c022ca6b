"""The rising curve nearest to outcomes: what probabilities should have been, by what came of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic:
    """A step function that never falls, fitted to pairs of score and outcome."""

    edges: FloatArray
    """[k] highest score of each step, ascending."""
    values: FloatArray
    """[k] mean outcome of each step, ascending."""
    counts: NDArray[np.int64]
    """[k] pairs in each step."""

    def at(self, scores: FloatArray) -> FloatArray:
        """Return the step each score falls on; beyond the last edge it is the last step. NaN stays NaN."""
        place = np.minimum(np.searchsorted(self.edges, scores, side="left"), len(self.edges) - 1)
        found: FloatArray = np.where(np.isnan(scores), np.nan, self.values[place])
        return found


def isotonic(scores: FloatArray, outcomes: FloatArray) -> Isotonic:
    """Fit by pooling adjacent violators, shape [n] each; equal scores are one from the start.

    Read as a calibration curve (scores are probabilities, outcomes 0 or 1) its steps are the reliability
    diagram of Dimitriadis, Gneiting and Jordan (2021), "Stable reliability diagrams for probabilistic
    classifiers", PNAS 118, which needs no choice of bins. Source: Ayer, Brunk, Ewing, Reid and Silverman
    (1955), "An empirical distribution function for sampling with incomplete information", Annals of
    Mathematical Statistics 26; Zadrozny and Elkan (2002) for the calibration of classifiers.
    """
    if scores.ndim != 1 or scores.shape != outcomes.shape:
        raise DataError(
            f"expected one row of scores and as many outcomes, found shapes {scores.shape!r} and "
            f"{outcomes.shape!r}; align them"
        )
    if len(scores) == 0 or not (np.isfinite(scores).all() and np.isfinite(outcomes).all()):
        raise DataError(
            f"expected finite pairs, found {len(scores)!r}, some of them missing; leave those out"
        )
    edges, place = np.unique(scores, return_inverse=True)
    counts = np.bincount(place)
    sums = np.bincount(place, weights=outcomes)
    steps: list[tuple[float, float, int]] = []
    for edge, total, count in zip(edges.tolist(), sums.tolist(), counts.tolist(), strict=True):
        step = (edge, total, count)
        while steps and steps[-1][1] * step[2] >= step[1] * steps[-1][2]:
            _, before, among = steps.pop()
            step = (edge, before + step[1], among + step[2])
        steps.append(step)
    return Isotonic(
        edges=np.array([edge for edge, _, _ in steps]),
        values=np.array([total / count for _, total, count in steps]),
        counts=np.array([count for _, _, count in steps]),
    )
