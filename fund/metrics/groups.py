"""Whether groups differ by more than chance: labels drawn anew, and groups redrawn session by session."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fund.metrics.bootstrap import MINIMUM, stationary_indices
from fund.metrics.inference import Interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DRAWS = 2000


def chance_of_groups(values: FloatArray, groups: IntArray, *, seed: int, draws: int = DRAWS) -> float | None:
    """Return how often groups drawn by chance differ at least as much as these, shape [n] each.

    The difference is the sum of squares between the groups' means; the labels are permuted, so that no
    distribution is assumed and the look at several groups is one test. None below 20 values or two groups.
    Source: Pitman (1938), "Significance tests which may be applied to samples from any populations: III.
    The analysis of variance test", Biometrika 29.
    """
    labels = np.unique(groups)
    if len(values) < MINIMUM or len(labels) < 2:
        return None
    member = (groups[:, None] == labels).astype(np.float64)
    sizes = member.sum(axis=0)
    centred = values - values.mean()
    rng = np.random.default_rng(seed)
    drawn = rng.permuted(np.broadcast_to(centred, (draws, len(centred))).copy(), axis=1)
    between = ((drawn @ member) ** 2 / sizes).sum(axis=1)
    own = float((((centred @ member) ** 2) / sizes).sum())
    return float((1 + np.sum(between >= own * (1 - 1e-12))) / (1 + draws))


def chance_of_sign(values: FloatArray, sessions: IntArray, *, seed: int, draws: int = DRAWS) -> float | None:
    """Return how often a sum as far from zero comes up where every session's sign is a coin, shape [n].

    What falls on one session keeps its common sign. None below 20 sessions. Source: Fisher (1935), The
    Design of Experiments, section 21, the randomisation test of a mean.
    """
    _, day = np.unique(sessions, return_inverse=True)
    sums = np.bincount(day, weights=values)
    if len(sums) < MINIMUM:
        return None
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(draws, len(sums)))
    own = abs(float(sums.sum()))
    return float((1 + np.sum(np.abs(signs @ sums) >= own * (1 - 1e-12))) / (1 + draws))


def group_means(
    values: FloatArray,
    groups: IntArray,
    sessions: IntArray,
    *,
    count: int,
    mean_block: float,
    seed: int,
    draws: int = DRAWS,
) -> tuple[Interval | None, ...]:
    """Return each group's mean with its 95 % interval; `groups` counts from 0 to `count` - 1, shape [n].

    None for a group on fewer than 20 sessions. See `drawn_means`.
    """
    means = drawn_means(values, groups, sessions, count=count, mean_block=mean_block, seed=seed, draws=draws)
    if means is None:
        return (None,) * count
    return tuple(_interval(means[:, at], values[groups == at], sessions[groups == at]) for at in range(count))


def drawn_means(
    values: FloatArray,
    groups: IntArray,
    sessions: IntArray,
    *,
    count: int,
    mean_block: float,
    seed: int,
    draws: int = DRAWS,
) -> FloatArray | None:
    """Return each group's mean in redrawn pasts, [draws, count]; NaN where one has no case of it.

    `sessions` is the place of each value's session in time: whole sessions are drawn, in blocks of about
    `mean_block`, because what happens on one day, and in outcomes that overlap, is not independent. None
    on fewer than 20 sessions. Source: Politis and Romano (1994), as in `bootstrap`.
    """
    days, day = np.unique(sessions, return_inverse=True)
    if len(days) < MINIMUM:
        return None
    sums, sizes = np.zeros((len(days), count)), np.zeros((len(days), count))
    np.add.at(sums, (day, groups), values)
    np.add.at(sizes, (day, groups), 1.0)
    often = _often(len(days), mean_block, seed, draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: FloatArray = (often @ sums) / (often @ sizes)
    return means


@lru_cache(maxsize=2)
def _often(days: int, mean_block: float, seed: int, draws: int) -> FloatArray:
    """Return how often each session is in each redrawn path, [draws, days]; read-only and kept a moment."""
    drawn = stationary_indices(days, draws, max(1.0, mean_block), seed)
    flat = (np.arange(draws)[:, None] * days + drawn).ravel()
    often: FloatArray = np.bincount(flat, minlength=draws * days).reshape(draws, days).astype(np.float64)
    often.flags.writeable = False
    return often


def _interval(means: FloatArray, values: FloatArray, sessions: IntArray) -> Interval | None:
    known = means[np.isfinite(means)]
    if len(np.unique(sessions)) < MINIMUM or len(known) < 0.95 * len(means):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value=float(values.mean()), low=float(low), high=float(high), n=len(values))
