"""Whether one contestant does better than another on the very same cases, and how small a gap would show."""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.inference import MINIMUM, Z_95, Interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DRAWS = 4000
FEWEST_CLUSTERS = 10
"""Fewer independent clusters than this do not show how much they differ."""
POWER = 0.8
LEVEL = 0.05
TIE = 1e-9
"""Two statistics closer than this are the same: only the order of a sum keeps them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """The first contestant's mean less the second's, over the cases where both can be scored."""

    mean: float | None
    """None where no case is shared."""
    interval: Interval | None
    """95 %, symmetric about the mean; None where there are too few cases, or clusters of them."""
    p_value: float | None
    """How often a gap this wide, either way, comes up where there is none; below 0.05 exactly where the
    interval excludes 0, but for rounding of the draws."""
    cases: int
    clusters: int
    """Groups of cases that were redrawn together; as many as cases where none belong together."""
    trials: int
    """The fewest scorable trials that either contestant has in a shared case; 0 of no case."""
    error: float | None
    """Standard error of the mean, robust to what cases of one cluster share."""

    @property
    def p_above(self) -> float | None:
        """Return how often the first is this far above the second where there is no gap: one-sided."""
        if self.p_value is None or self.mean is None:
            return None
        return self.p_value / 2.0 if self.mean > 0 else 1.0 - self.p_value / 2.0

    @property
    def smallest_detectable(self) -> float | None:
        """Return the true gap that such a comparison finds 8 times in 10 at two-sided 5 %."""
        return None if self.error is None else smallest_detectable(self.error)

    @property
    def reversed(self) -> "PairedDifference":
        """Return the same comparison with the contestants swapped."""
        span = self.interval
        return PairedDifference(
            mean=None if self.mean is None else -self.mean,
            interval=span and Interval(value=-span.value, low=-span.high, high=-span.low, n=span.n),
            p_value=self.p_value,
            cases=self.cases,
            clusters=self.clusters,
            trials=self.trials,
            error=self.error,
        )


def smallest_detectable(error: float, *, level: float = LEVEL, power: float = POWER) -> float:
    """Return the true gap that a two-sided test at `level` finds with `power`, of a standard error.

    Source: Miller (2024), "Adding Error Bars to Evals", arXiv:2411.00640.
    """
    normal = NormalDist()
    return (normal.inv_cdf(1.0 - level / 2.0) + normal.inv_cdf(power)) * error


def paired_difference(
    first: FloatArray,
    second: FloatArray,
    *,
    blocks: IntArray | None = None,
    seed: int,
    draws: int = DRAWS,
) -> PairedDifference:
    """Compare two contestants' scores on the same cases, [cases, trials] each, NaN where not scorable.

    A case counts by the mean of its trials, and only where both contestants have one. Cases with the same
    number in `blocks`, [cases], are redrawn together: those of one session, or whose labels overlap. The
    interval is the symmetric studentised bootstrap over clusters; on few or sparse cases it covers where
    the percentile and the BCa interval fall short. No interval and no p below 20 shared cases, or 10
    clusters. The same seed gives the same answer. Sources: Hall (1988), "On symmetric bootstrap confidence
    intervals", Journal of the Royal Statistical Society B 50; Cameron, Gelbach and Miller (2008),
    "Bootstrap-based improvements for inference with clustered errors", Review of Economics and Statistics 90.
    """
    if draws < 100:
        raise DataError(f"expected at least 100 draws, found {draws!r}")
    ours, theirs = checked_scores(first), checked_scores(second)
    if len(ours) != len(theirs):
        raise DataError(f"expected the same cases twice, found {len(ours)} and {len(theirs)}")
    gaps = case_means(ours) - case_means(theirs)
    both = np.isfinite(gaps)
    gaps, cluster = gaps[both], _clusters(blocks, both)
    sums: FloatArray = np.bincount(cluster, weights=gaps).astype(np.float64)
    sizes: FloatArray = np.bincount(cluster).astype(np.float64)
    sign = -1.0 if np.sum(sums) < 0 else 1.0
    order = np.lexsort((sizes, sign * sums))  # neither the order of cases nor of contestants changes a draw
    sums, sizes = (sign * sums)[order], sizes[order]
    cases, clusters = len(gaps), len(sums)
    counts = [np.isfinite(scores).sum(axis=1)[both] for scores in (ours, theirs)]
    mean = sign * float(np.sum(sums)) / cases if cases else None
    span, p_value, error = None, None, None
    if mean is not None and cases >= MINIMUM and clusters >= FEWEST_CLUSTERS:
        error, reach, p_value = _studentised(sums, sizes, abs(mean), seed, draws)
        span = Interval(value=mean, low=mean - reach, high=mean + reach, n=cases)
    return PairedDifference(
        mean=mean,
        interval=span,
        p_value=p_value,
        cases=cases,
        clusters=clusters,
        trials=int(np.minimum(*counts).min()) if cases else 0,
        error=error,
    )


def case_means(scores: FloatArray) -> FloatArray:
    """Return each case's mean over its scorable trials, [cases]; NaN where it has none."""
    known = np.isfinite(scores)
    count = known.sum(axis=1)
    total = np.where(known, scores, 0.0).sum(axis=1)
    means: FloatArray = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def checked_scores(scores: FloatArray) -> FloatArray:
    """Return the scores as they are; `DataError` unless [cases, trials] without an infinite one."""
    if scores.ndim != 2 or np.isinf(scores).any():
        raise DataError(
            f"expected finite scores by case and trial, NaN where not scorable, found shape {scores.shape}"
            f" with {int(np.isinf(scores).sum())} infinite"
        )
    return scores


def _clusters(blocks: IntArray | None, both: NDArray[np.bool_]) -> IntArray:
    if blocks is None:
        return np.arange(int(both.sum()))
    if blocks.shape != both.shape:
        raise DataError(f"expected a block for each of {len(both)} cases, found shape {blocks.shape}")
    cluster: IntArray = np.unique(blocks[both], return_inverse=True)[1]
    return cluster


def _studentised(
    sums: FloatArray, sizes: FloatArray, mean: float, seed: int, draws: int
) -> tuple[float, float, float]:
    """Return the standard error, the half width of the 95 % interval, and the two-sided p.

    A draw whose gaps do not vary has no error of its own, and is measured with that of the sample; where
    such draws are many the normal distribution is the least there is.
    """
    left = sums - mean * sizes
    square = len(sums) / (len(sums) - 1.0)
    error = math.sqrt(square * float(np.sum(left * left))) / float(np.sum(sizes))
    if error <= TIE * max(abs(mean), float(np.max(np.abs(sums))), 1e-300):
        return 0.0, 0.0, 1.0 if mean == 0 else 1.0 / (1.0 + draws)
    parts = np.stack([left, sizes, left * left, left * sizes, sizes * sizes], axis=1)
    drawn = _often(len(sums), draws, seed) @ parts
    gap = drawn[:, 0] / drawn[:, 1]
    spread = square * (drawn[:, 2] - 2.0 * gap * drawn[:, 3] + gap * gap * drawn[:, 4])
    own = np.sqrt(np.maximum(spread, 0.0)) / drawn[:, 1]
    far = np.abs(gap) / np.where(own > 1e-6 * error, own, error)
    reach = max(float(np.quantile(far, 1.0 - LEVEL, method="higher")), Z_95)
    own_far = abs(mean) / error
    chance = (1.0 + float(np.sum(far >= own_far - TIE))) / (1.0 + draws)
    return error, reach * error, max(chance, math.erfc(own_far / math.sqrt(2.0)))


@lru_cache(maxsize=4)
def _often(clusters: int, draws: int, seed: int) -> FloatArray:
    """Return how often each cluster is in each redrawn sample, [draws, clusters]; it is read-only."""
    even = np.full(clusters, 1.0 / clusters)
    drawn: FloatArray = np.random.default_rng(seed).multinomial(clusters, even, size=draws).astype(np.float64)
    drawn.flags.writeable = False
    return drawn
