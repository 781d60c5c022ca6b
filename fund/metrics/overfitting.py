"""Whether the best of many strategies was chosen or found: overfitting of the selection, and superiority."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.bootstrap import DRAWS, MINIMUM, optimal_block, stationary_indices
from fund.metrics.returns import FLAT

FloatArray = NDArray[np.float64]

PARTS = 16
"""Blocks of sessions that halves are made of: 12,870 of them."""
ROUNDING = 1e-6
"""A deviation below this share of the root mean square is what a difference of two sums leaves of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfitting:
    """What choosing the best strategy of one half of the sessions is worth in the other."""

    probability: float
    """Share of halves whose best strategy is in the lower half of all in the other half; wanted below 0.2."""
    loss: float
    """Share of halves whose best strategy loses in the other."""
    strategies: int
    halves: int
    n: int
    """Sessions used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superiority:
    """Whether the best of several strategies beats a benchmark by more than luck gives the best of many."""

    best: int
    """Index of the strategy whose mean stands out most, by its own error."""
    value: float
    """Its mean excess over the benchmark."""
    p_value: float
    """Of no strategy beating the benchmark."""
    strategies: int
    n: int


def backtest_overfitting(returns: FloatArray, *, parts: int = PARTS) -> Overfitting | None:
    """Estimate the probability of backtest overfitting of returns a session, [n, strategies], by CSCV.

    Sessions are cut into `parts` blocks, an even number; every half of them chooses by Sharpe ratio and the
    other half judges. Sessions at the beginning that fill no block are left out. None below 2 sessions a
    block or two strategies. Source: Bailey, Borwein, López de Prado and Zhu (2017), "The probability of
    backtest overfitting", Journal of Computational Finance 20.
    """
    if parts < 2 or parts % 2:
        raise DataError(f"expected an even number of parts, found {parts!r}")
    _checked(returns)
    length, strategies = len(returns) // parts, returns.shape[1]
    if length < 2 or strategies < 2:
        return None
    blocks = returns[len(returns) - length * parts :].reshape(parts, length, strategies)
    sums, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    chosen = np.array(list(combinations(range(parts), parts // 2)))
    halves = np.zeros((len(chosen), parts))
    np.put_along_axis(halves, chosen, 1.0, axis=1)
    count = length * parts // 2
    inside = _ratios(halves @ sums, halves @ squares, count)
    outside_mean = ((1.0 - halves) @ sums) / count
    outside = _ratios((1.0 - halves) @ sums, (1.0 - halves) @ squares, count)
    best = np.argmax(inside, axis=1)[:, None]
    own = np.take_along_axis(outside, best, axis=1)
    below = (outside < own).sum(axis=1) + 0.5 * ((outside == own).sum(axis=1) - 1.0)
    rank = (below + 1.0) / (strategies + 1.0)
    return Overfitting(
        probability=float(np.mean(rank < 0.5) + 0.5 * np.mean(rank == 0.5)),
        loss=float(np.mean(np.take_along_axis(outside_mean, best, axis=1) < 0.0)),
        strategies=strategies,
        halves=len(chosen),
        n=length * parts,
    )


def superior_ability(excess: FloatArray, *, seed: int, draws: int = DRAWS) -> Superiority | None:
    """Test whether any of several strategies beats its benchmark, excess a session, [n, strategies].

    The largest studentised mean is compared with those of redrawn sessions in which no strategy is better;
    strategies that are clearly worse do not make the test milder. None below 20 sessions, or where none
    varies. Source: Hansen (2005), "A test for superior predictive ability", Journal of Business & Economic
    Statistics 23, with the consistent p-value; White's (2000) reality check without the studentising, "A
    reality check for data snooping", Econometrica 68.
    """
    _checked(excess)
    n, strategies = excess.shape
    if n < MINIMUM:
        return None
    varies = excess.std(axis=0) > FLAT * np.abs(excess).max(axis=0)
    if not varies.any():
        return None
    kept = excess[:, varies]
    mean = kept.mean(axis=0)
    block = max(optimal_block(column) for column in kept.T)
    often = _often(n, draws, block, seed)
    drawn = often @ kept / n
    error = np.sqrt(((drawn - mean) ** 2).mean(axis=0))
    worse = mean / error < -np.sqrt(2.0 * np.log(np.log(n)))
    centred = drawn - np.where(worse, 0.0, mean)
    own = float(np.max(mean / error))
    highest = np.maximum((centred / error).max(axis=1), 0.0)
    return Superiority(
        best=int(np.flatnonzero(varies)[np.argmax(mean / error)]),
        value=float(mean[np.argmax(mean / error)]),
        p_value=float((1.0 + np.sum(highest >= max(own, 0.0))) / (1.0 + draws)),
        strategies=strategies,
        n=n,
    )


def _ratios(sums: FloatArray, squares: FloatArray, count: int) -> FloatArray:
    """Return Sharpe ratios a session; those that do not vary count as 0."""
    mean = sums / count
    spread = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
    varies = spread > ROUNDING * np.sqrt(squares / count)
    ratios: FloatArray = np.where(varies, mean / np.where(varies, spread, 1.0), 0.0)
    return ratios


def _often(n: int, draws: int, mean_block: float, seed: int) -> FloatArray:
    drawn = stationary_indices(n, draws, mean_block, seed)
    flat = (np.arange(draws)[:, None] * n + drawn).ravel()
    often: FloatArray = np.bincount(flat, minlength=draws * n).reshape(draws, n).astype(np.float64)
    return often


def _checked(returns: FloatArray) -> None:
    if returns.ndim != 2 or not np.isfinite(returns).all():
        raise DataError(
            f"expected finite returns by session and strategy, found shape {returns.shape!r} with "
            f"{int(np.sum(~np.isfinite(returns)))!r} missing; leave out sessions that one of them lacks"
        )
