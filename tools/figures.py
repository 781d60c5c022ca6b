"""Statistics that are never shown without their sample size and their interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fund.metrics.bootstrap import Bounds, bootstrap_interval, stationary_indices
from fund.metrics.inference import share_interval
from fund.metrics.returns import (
    FloatArray,
    annualised_returns,
    annualised_volatilities,
    max_drawdowns,
    sharpe_ratios,
    total_returns,
)
from fund.portfolio.book import ClosedTrade

ENOUGH = 20
"""Sessions or trades below which a statistic says nothing."""
ENOUGH_FOR_A_YEAR = 60
"""Sessions below which nothing is annualised but the volatility."""
SEED = 20_150_320
DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One statistic: a fraction (0.01 = 1 %) or a ratio, with its 95 % interval where one can be given."""

    name: str
    value: float | None
    unit: Literal["fraction", "ratio"]
    n: int
    counted: Literal["sessions", "trades", "names", "forecasts", "cuts"]
    low: float | None = None
    high: float | None = None
    note: str = ""
    """Why the value or its interval is missing."""


def return_figures(returns: FloatArray) -> tuple[Figure, ...]:
    """Return total and annualised return, volatility, Sharpe ratio and the deepest drawdown."""
    return (
        _of_returns("return", "fraction", returns, total_returns, needs=1),
        _of_returns("annualised return", "fraction", returns, annualised_returns, needs=ENOUGH_FOR_A_YEAR),
        _of_returns("volatility", "fraction", returns, annualised_volatilities, needs=ENOUGH),
        _of_returns("Sharpe ratio", "ratio", returns, sharpe_ratios, needs=ENOUGH),
        _of_returns("max drawdown", "fraction", returns, max_drawdowns, needs=1),
    )


def excess_figure(returns: FloatArray, other: FloatArray) -> Figure:
    """Return how much more was earned than by `other` over the same sessions, sessions drawn in pairs."""
    n = len(returns)
    value = float(total_returns(returns) - total_returns(other)) if n else None
    if n < ENOUGH:
        return _figure("return above benchmark", "fraction", value, n, None, too_few(n, "sessions"))
    drawn = stationary_indices(n, DRAWS, max(1.0, n ** (1 / 3)), SEED)
    differences = total_returns(returns[drawn]) - total_returns(other[drawn])
    low, high = np.quantile(differences, [0.025, 0.975])
    return _figure("return above benchmark", "fraction", value, n, Bounds(float(low), float(high)))


def trade_figures(trades: Sequence[ClosedTrade]) -> tuple[Figure, ...]:
    """Return the win rate (Wilson interval) and the profit factor of closed trades, net of costs."""
    n = len(trades)
    profits = np.array([float(trade.profit) for trade in trades])
    wins = share_interval(int(np.sum(profits > 0)), n)
    if wins is None:
        note = "no trade was closed"
        return (
            _figure("win rate", "fraction", None, 0, None, note, "trades"),
            _figure("profit factor", "ratio", None, 0, None, note, "trades"),
        )
    rate = _figure("win rate", "fraction", wins.value, n, Bounds(wins.low, wins.high), "", "trades")
    return (rate, _profit_factor(profits))


def _profit_factor(profits: FloatArray) -> Figure:
    n = len(profits)
    lost = float(-profits[profits < 0].sum())
    if lost <= 0:
        return _figure("profit factor", "ratio", None, n, None, "no trade lost", "trades")
    value = float(profits[profits > 0].sum()) / lost
    if n < ENOUGH:
        return _figure("profit factor", "ratio", value, n, None, too_few(n, "trades"), "trades")
    drawn = profits[stationary_indices(n, DRAWS, 1.0, SEED)]
    losses = -np.minimum(drawn, 0).sum(axis=1)
    ratios = np.maximum(drawn, 0).sum(axis=1)[losses > 0] / losses[losses > 0]
    if len(ratios) < 0.95 * DRAWS:
        return _figure("profit factor", "ratio", value, n, None, "too few losing trades to say", "trades")
    low, high = np.quantile(ratios, [0.025, 0.975])
    return _figure("profit factor", "ratio", value, n, Bounds(float(low), float(high)), "", "trades")


def _of_returns(
    name: str,
    unit: Literal["fraction", "ratio"],
    returns: FloatArray,
    statistic: Callable[[FloatArray], FloatArray],
    *,
    needs: int,
) -> Figure:
    n = len(returns)
    if n < needs:
        return _figure(name, unit, None, n, None, too_few(n, "sessions", needs))
    value = float(statistic(returns))
    if not np.isfinite(value):
        return _figure(name, unit, None, n, None, "the returns do not vary")
    bounds = bootstrap_interval(returns, statistic, seed=SEED, draws=DRAWS) if n >= ENOUGH else None
    return _figure(name, unit, value, n, bounds, "" if bounds else too_few(n, "sessions"))


def _figure(
    name: str,
    unit: Literal["fraction", "ratio"],
    value: float | None,
    n: int,
    bounds: Bounds | None,
    note: str = "",
    counted: Literal["sessions", "trades"] = "sessions",
) -> Figure:
    low, high = bounds or (None, None)
    return Figure(name=name, value=value, unit=unit, n=n, counted=counted, low=low, high=high, note=note)


def too_few(n: int, counted: str, needs: int = ENOUGH) -> str:
    """Say that a sample is too small, and how large it would have to be."""
    return f"too few {counted} to say ({n} of {needs})"
