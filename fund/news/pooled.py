"""Many headlines, one figure: newer ones count for more, and no single source decides it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.bootstrap import percentile_bounds
from fund.news.sentiment import Sentiment

HALF_LIFE = timedelta(days=3)
"""After as much time a headline counts for half: what news does to a price is mostly done within a week."""
MOST_OF_ONE_SOURCE = 0.4
"""Share of the whole that one source may have at most, of three or more."""
MOST_OF_ONE_OF_TWO = 2 / 3
OLDEST = 1000.0
"""Half-lives (eight years) beyond which a headline grows no older: its weight would be 0."""
LEAST_SHARE = 1e-300
"""A source's share before the cut; one of less would have to be multiplied by more than a float holds."""
ENOUGH = 10
"""Headlines below which no interval is stated: a bootstrap of a handful is far too narrow."""
DRAWS = 2000
SEED = 19_610_815

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHeadline:
    """A headline that was read: how it leans, who told it and when it became known."""

    sentiment: Sentiment
    source: str
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledSentiment:
    """The weighted mean of some headlines, with what it rests on."""

    score: float
    low: float | None
    high: float | None
    """The 95 % bootstrap interval over headlines; None below `ENOUGH`."""
    n: int
    effective_n: float
    """How many headlines of equal weight would carry as much (Kish 1965)."""
    sources: int


def pooled(headlines: Sequence[ReadHeadline], as_of: datetime) -> PooledSentiment | None:
    """Return how headlines lean together as of a moment, None of no headline.

    Raises `DataError` for one that was not known by then: nothing later may enter.
    """
    if not headlines:
        return None
    if late := [each for each in headlines if each.known_at > as_of]:
        raise DataError(f"expected headlines known by {as_of.isoformat()}, found {late[0]!r}")
    scores = np.array([each.sentiment.score for each in headlines])
    ages = np.array([(as_of - each.known_at) / HALF_LIFE for each in headlines])
    weights = capped(np.exp2(-np.minimum(ages, OLDEST)), [each.source for each in headlines])
    low, high = _bounds(scores, weights)
    return PooledSentiment(
        score=_mean(scores, weights),
        low=low,
        high=high,
        n=len(headlines),
        effective_n=float(1.0 / np.sum(weights**2)),
        sources=len({each.source for each in headlines}),
    )


def capped(weights: FloatArray, sources: Sequence[str]) -> FloatArray:
    """Return the weights scaled to the sum 1, each source's share cut down to the most one may have.

    What is cut goes to the others in proportion. A source that is alone keeps all. `DataError` for weights
    that are not finite, below 0 or all 0.
    """
    if not (np.isfinite(weights).all() and (weights >= 0.0).all() and weights.any()):
        raise DataError(f"expected finite weights from 0, one of them above it, found {weights.tolist()!r}")
    places: dict[str, list[int]] = defaultdict(list)
    for at, source in enumerate(sources):
        places[source].append(at)
    most = {1: 1.0, 2: MOST_OF_ONE_OF_TWO}.get(len(places), MOST_OF_ONE_SOURCE)
    result: FloatArray = np.maximum(weights / weights.sum(), LEAST_SHARE)
    largest = sorted(places.values(), key=lambda own: -float(result[own].sum()))
    totals = [float(result[own].sum()) for own in largest]
    for cut in range(len(largest)):
        scale = (1 - most * cut) / sum(totals[cut:])
        if totals[cut] * scale <= most * (1 + 1e-12):
            break
    for place, own in enumerate(largest):
        result[own] *= most / totals[place] if place < cut else scale
    return result


def _mean(scores: FloatArray, weights: FloatArray) -> float:
    return float(np.clip(np.sum(scores * weights) / np.sum(weights), -1.0, 1.0))


def _bounds(scores: FloatArray, weights: FloatArray) -> tuple[float | None, float | None]:
    n = len(scores)
    if n < ENOUGH:
        return None, None
    drawn = np.random.default_rng(SEED).integers(0, n, (DRAWS, n))
    sums = weights[drawn].sum(axis=1)
    means = (scores[drawn] * weights[drawn]).sum(axis=1) / np.where(sums > 0, sums, np.nan)
    bounds = percentile_bounds(means)
    return (None, None) if bounds is None else (bounds.low, bounds.high)
