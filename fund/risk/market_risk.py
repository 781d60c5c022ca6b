"""What the past returns of the names say about a book of them; here weights become floats, and come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

import numpy as np
from numpy.typing import NDArray

from fund.market.view import FloatArray, MarketView
from fund.metrics.returns import FLAT, SESSIONS_A_YEAR
from fund.metrics.tail import SMALLEST_SAMPLE
from fund.risk.clusters import clusters

BELOW_ONE = 1.0 - 1e-9
"""The largest scale of a cut: it takes a basis point off every weight."""
BASIS_POINT = Decimal("0.0001")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketRisk:
    """Returns of the measured names over one window, and what follows from them.

    A name is measured when it has a return on at least half of the window and on `SMALLEST_SAMPLE`
    sessions. Where it has none, its beta times the market stands in, so that no name drops out of a
    crash it was not yet listed in; the market is the benchmark, or the mean of the names without one.
    """

    benchmark: str
    sessions: int
    """How many returns the window has."""
    column: Mapping[str, int]
    """Measured names, sorted, and their columns."""
    returns: FloatArray
    """[sessions, measured names], without gaps."""
    beta: FloatArray | None
    """[measured names]; None where the benchmark could not be measured."""
    volatility: FloatArray
    """[measured names], annualised."""
    cluster: NDArray[np.int64]
    """[measured names]"""
    observed: Mapping[str, int]
    """How many returns each name has, the others too."""

    def exposures(self, weights: Mapping[str, Decimal]) -> FloatArray:
        """Return the weights of the measured names as floats, shape [measured names]."""
        found = [weights.get(ticker, NOTHING) for ticker in self.column]
        return np.fromiter(map(float, found), dtype=np.float64, count=len(found))

    @property
    def volatilities(self) -> dict[str, float]:
        """Return the annualised volatility of every measured name."""
        return dict(zip(self.column, self.volatility.tolist(), strict=True))


def shrunk(weights: Mapping[str, Decimal], scale: float) -> dict[str, Decimal]:
    """Return weights times a float in [0, 1], in whole basis points towards zero: never above the weights."""
    factor = Decimal(scale)
    return {t: (w * factor).quantize(BASIS_POINT, ROUND_DOWN) for t, w in weights.items()}


def measure_market(
    view: MarketView,
    tickers: Sequence[str],
    benchmark: str,
    *,
    sessions: int,
    cluster_correlation: float | None = None,
) -> MarketRisk:
    """Measure names over up to `sessions` returns known at the view; clusters only if asked for."""
    names = sorted(set(tickers))
    index = view.total_return_matrix((*names, benchmark), sessions + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = index[1:] / index[:-1] - 1.0
    return market_risk(names, returns, benchmark, cluster_correlation=cluster_correlation)


def market_risk(
    names: Sequence[str], returns: FloatArray, benchmark: str, *, cluster_correlation: float | None = None
) -> MarketRisk:
    """Measure sorted `names` from their returns [sessions, names + 1], the benchmark's last; NaN for none."""
    known = np.isfinite(returns)
    counts = known.sum(axis=0)
    enough = counts >= max(SMALLEST_SAMPLE, (len(returns) + 1) // 2)
    columns = np.flatnonzero(enough[:-1])
    own, seen = returns[:, columns], known[:, columns]
    clean = np.where(seen, own, 0.0)
    market = _market(returns[:, -1], clean, seen)
    beta = _betas(clean, seen, market)
    filled = np.where(seen, own, market[:, None] * beta)
    grouped = np.zeros(len(columns), dtype=np.int64)
    if cluster_correlation is not None:
        grouped = clusters(filled, cluster_correlation)
    return MarketRisk(
        benchmark=benchmark,
        sessions=len(returns),
        column={names[place]: n for n, place in enumerate(columns.tolist())},
        returns=filled,
        beta=beta if enough[-1] else None,
        volatility=_volatilities(filled) if len(columns) else np.zeros(0),
        cluster=grouped,
        observed=dict(zip(names, counts[:-1].tolist(), strict=True)),
    )


def _market(benchmark: FloatArray, clean: FloatArray, seen: NDArray[np.bool_]) -> FloatArray:
    """Return the benchmark's returns; where it has none, the mean of the names."""
    mean = clean.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return np.where(np.isfinite(benchmark), benchmark, mean)


def _volatilities(returns: FloatArray) -> FloatArray:
    """Return the annualised volatility of each column."""
    centred = returns - returns.mean(axis=0)
    variance = np.einsum("ij,ij->j", centred, centred) / max(len(returns), 1)
    volatility: FloatArray = np.sqrt(variance * SESSIONS_A_YEAR)
    return volatility


def _betas(clean: FloatArray, seen: NDArray[np.bool_], market: FloatArray) -> FloatArray:
    """Return the slope of each name on the market over the sessions it has (Sharpe 1964)."""
    there = seen.astype(np.float64)
    count = np.maximum(there.sum(axis=0), 1.0)
    mean_market = np.einsum("ij,i->j", there, market) / count
    mean_own = clean.sum(axis=0) / count
    covariance = np.einsum("ij,i->j", clean, market) / count - mean_own * mean_market
    variance = np.einsum("ij,i->j", there, market**2) / count - mean_market**2
    flat = variance <= FLAT * np.max(np.abs(market), initial=0.0) ** 2
    beta: FloatArray = np.where(flat, 0.0, covariance / np.where(flat, 1.0, variance))
    return beta
