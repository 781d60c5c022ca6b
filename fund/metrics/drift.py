"""Whether a sample still looks like its reference: stability index, Kolmogorov-Smirnov, Page-Hinkley.

Each statistic stands beside what chance alone would give for samples of these sizes. Chance is that of
independent values: of a series that hangs together in time, give values that are apart.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.inference import MINIMUM

FloatArray = NDArray[np.float64]

BINS = 10
LEAST_IN_BIN = 5
"""Values a bin of the stability index should hold on average, of either sample."""
LEVEL = 0.05
DRAWS = 4000
LONGEST = 700.0
"""Exponent from which the time between false alarms is beyond what a float holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a sample lies from its reference."""

    statistic: float
    by_chance: float
    """What samples of one distribution stay below 95 times in 100."""
    n_reference: int
    n: int

    @property
    def found(self) -> bool:
        """Whether it is more than chance."""
        return self.statistic > self.by_chance


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelAlarm:
    """Whether the mean of a series rose, watched value by value."""

    alarm: int | None
    """Index of the first value at which it was said; None if it was not."""
    statistic: float
    """The highest the cumulated excess stood, in deviations of the reference."""
    threshold: float
    values_between_false_alarms: float
    """On average, of independent normal values whose mean did not move."""
    n_reference: int
    n: int


def population_stability_index(
    reference: FloatArray, sample: FloatArray, *, bins: int = BINS
) -> Drift | None:
    """Compare shares in bins that hold equal shares of the reference: sum of (q - p) log(q / p).

    By custom below 0.10 is stable and above 0.25 is not, whatever the sizes; `by_chance` depends on them. An
    empty bin counts as half a value. None with fewer than 5 values a bin of either sample, or where the
    reference has one value only. Source: Yurdakul and Naranjo (2020), "Statistical properties of the
    population stability index", Journal of Risk Model Validation 14, for what chance does to it.
    """
    if bins < 2:
        raise DataError(f"expected at least 2 bins, found {bins!r}")
    p, q = _finite(reference), _finite(sample)
    if min(len(p), len(q)) < LEAST_IN_BIN * bins:
        return None
    edges = np.unique(np.quantile(p, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    used = len(edges) + 1
    if np.ptp(p) == 0.0:
        return None
    shares = [_counts(values, edges) for values in (p, q)]
    return Drift(
        statistic=float(_index(*shares)),
        by_chance=_stable(len(p), len(q), used),
        n_reference=len(p),
        n=len(q),
    )


def kolmogorov_smirnov(reference: FloatArray, sample: FloatArray) -> Drift | None:
    """Return the largest distance of the two empirical distributions; None below 20 values of either.

    Sources: Smirnov (1948), "Table for estimating the goodness of fit of empirical distributions", Annals of
    Mathematical Statistics 19; Stephens (1970), "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related
    statistics without extensive tables", Journal of the Royal Statistical Society B 32, for its size in
    small samples. With ties it is conservative.
    """
    p, q = np.sort(_finite(reference)), np.sort(_finite(sample))
    if min(len(p), len(q)) < MINIMUM:
        return None
    places = np.concatenate([p, q])
    below = [np.searchsorted(values, places, side="right") / len(values) for values in (p, q)]
    root = math.sqrt(len(p) * len(q) / (len(p) + len(q)))
    return Drift(
        statistic=float(np.max(np.abs(below[0] - below[1]))),
        by_chance=KOLMOGOROV_95 / (root + 0.12 + 0.11 / root),
        n_reference=len(p),
        n=len(q),
    )


KOLMOGOROV_95 = 1.3581
"""95 % quantile of the Kolmogorov distribution."""


def page_hinkley(
    reference: FloatArray, values: FloatArray, *, tolerance: float = 0.25, threshold: float = 12.0
) -> LevelAlarm | None:
    """Watch a series for a rise of its mean above the reference's: of errors, say, in the order they came.

    What exceeds the reference's mean by more than `tolerance` is cumulated and never falls below 0; above
    `threshold` it is an alarm. Both are in deviations of the reference, and half of the rise that matters is
    the tolerance that finds it soonest. Missing values are passed over. None below 20 values of the
    reference, or where it does not vary. Sources: Page (1954), "Continuous inspection schemes", Biometrika
    41; Hinkley (1971), "Inference about the change-point from cumulative sum tests", Biometrika 58; Siegmund
    (1985), Sequential Analysis, section 2.4, for the time between false alarms.
    """
    if not (tolerance > 0.0 and threshold > 0.0):
        raise DataError(f"expected tolerance and threshold above 0, found {tolerance!r} and {threshold!r}")
    known = _finite(reference)
    if len(known) < MINIMUM or np.ptp(known) == 0.0:
        return None
    at = np.flatnonzero(np.isfinite(values))
    excess = (values[at] - known.mean()) / known.std(ddof=1) - tolerance
    total = np.concatenate([[0.0], np.cumsum(excess)])
    standing = (total - np.minimum.accumulate(total))[1:]
    above = np.flatnonzero(standing > threshold)
    reach = 2.0 * tolerance * (threshold + 1.166)
    return LevelAlarm(
        alarm=int(at[above[0]]) if len(above) else None,
        statistic=float(standing.max()) if len(standing) else 0.0,
        threshold=threshold,
        values_between_false_alarms=(
            (math.exp(reach) - reach - 1.0) / (2.0 * tolerance**2) if reach < LONGEST else math.inf
        ),
        n_reference=len(known),
        n=len(at),
    )


@lru_cache(maxsize=64)
def _stable(n_reference: int, n: int, bins: int) -> float:
    """Return the 95 % quantile of the index where both samples are of one continuous distribution.

    It depends on the sizes alone: between quantiles of the reference lies a Dirichlet share of the
    distribution, and the sample falls into the bins by these shares. The chi-squared approximation is too
    small where a bin expects few values.
    """
    rng = np.random.default_rng(0)
    inside = rng.dirichlet(np.full(bins, (n_reference + 1.0) / bins), size=DRAWS)
    found = _index(np.full(bins, n_reference / bins), rng.multinomial(n, inside).astype(np.float64))
    return float(np.quantile(found, 1.0 - LEVEL))


def _index(reference: FloatArray, sample: FloatArray) -> FloatArray:
    """Return the index of counts by bin, [..., bins]."""
    p, q = (np.maximum(counts, 0.5) / counts.sum(axis=-1, keepdims=True) for counts in (reference, sample))
    index: FloatArray = np.sum((q - p) * np.log(q / p), axis=-1)
    return index


def _counts(values: FloatArray, edges: FloatArray) -> FloatArray:
    places = np.searchsorted(edges, values, side="left")
    counts: FloatArray = np.bincount(places, minlength=len(edges) + 1).astype(np.float64)
    return counts


def _finite(values: FloatArray) -> FloatArray:
    flat: FloatArray = values[np.isfinite(values)]
    return flat
