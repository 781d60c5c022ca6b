"""Statistics that are never shown without their sample size and their interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from fund.metrics.against import alphas, betas, captures, correlations, information_ratios, tracking_errors
from fund.metrics.bootstrap import Bounds, percentile_bounds, redrawn, stationary_indices
from fund.metrics.inference import share_interval
from fund.metrics.returns import (
    FloatArray,
    annualised_returns,
    annualised_volatilities,
    calmar_ratios,
    max_drawdowns,
    sharpe_ratios,
    sortino_ratios,
    total_returns,
)
from fund.portfolio.book import ClosedTrade

Unit = Literal["fraction", "ratio", "usd"]
Counted = Literal["sessions", "trades", "positions", "names", "forecasts", "cuts"]
Statistic = Callable[[FloatArray], FloatArray]
ENOUGH = 20
"""Sessions or trades below which a statistic says nothing."""
ENOUGH_FOR_A_YEAR = 60
"""Sessions below which nothing is annualised but the volatility."""
SEED = 20_150_320
DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One statistic: a fraction (0.01 = 1 %), a ratio or USD, with its 95 % interval where it has one."""

    name: str
    value: float | None
    unit: Unit
    n: int
    counted: Counted
    low: float | None = None
    high: float | None = None
    note: str = ""
    """Why the value or its interval is missing."""


def return_figures(returns: FloatArray) -> tuple[Figure, ...]:
    """Return what a series of returns was worth and what it cost in risk, total return first."""
    paths = redrawn(returns, seed=SEED, draws=DRAWS)

    def of(name: str, unit: Unit, statistic: Statistic, needs: int) -> Figure:
        return _of_returns(name, unit, returns, statistic, paths, needs=needs)

    return (
        of("return", "fraction", total_returns, 1),
        of("annualised return", "fraction", annualised_returns, ENOUGH_FOR_A_YEAR),
        of("volatility", "fraction", annualised_volatilities, ENOUGH),
        of("Sharpe ratio", "ratio", sharpe_ratios, ENOUGH),
        of("max drawdown", "fraction", max_drawdowns, 1),
        of("Sortino ratio", "ratio", sortino_ratios, ENOUGH),
        of("Calmar ratio", "ratio", calmar_ratios, ENOUGH_FOR_A_YEAR),
    )


def extreme_figures(returns: FloatArray) -> tuple[Figure, ...]:
    """Return the best and the worst session: single ones, which have a value and no interval."""
    n = len(returns)
    missing = too_few(0, "sessions", 1) if n == 0 else "a single session has no interval"
    ends = (("best session", np.max), ("worst session", np.min))
    return tuple(
        figure_of(name, "fraction", float(end(returns)) if n else None, n, None, missing)
        for name, end in ends
    )


def excess_figure(returns: FloatArray, other: FloatArray) -> Figure:
    """Return how much more was earned than by `other` over the same sessions, sessions drawn in pairs."""
    return _of_pairs(
        "return above benchmark",
        "fraction",
        (returns, other),
        lambda own, against: total_returns(own) - total_returns(against),
        needs=1,
    )


def against_figures(returns: FloatArray, other: FloatArray) -> tuple[Figure, ...]:
    """Return how the returns move with those of `other` over the same sessions, drawn in pairs.

    The captures count the sessions on which the other rose or fell.
    """
    pair = (returns, other)
    rose, fell = int(np.sum(other > 0)), int(np.sum(other < 0))
    return (
        _of_pairs("alpha", "fraction", pair, alphas, needs=ENOUGH_FOR_A_YEAR),
        _of_pairs("realised beta", "ratio", pair, betas),
        _of_pairs("correlation", "ratio", pair, correlations),
        _of_pairs("tracking error", "fraction", pair, tracking_errors),
        _of_pairs("information ratio", "ratio", pair, information_ratios, needs=ENOUGH_FOR_A_YEAR),
        _of_pairs("up capture", "ratio", pair, partial(captures, up=True), counting=rose),
        _of_pairs("down capture", "ratio", pair, partial(captures, up=False), counting=fell),
    )


def trade_figures(trades: Sequence[ClosedTrade]) -> tuple[Figure, ...]:
    """Return the win rate (Wilson interval) and the profit factor of closed trades, net of costs."""
    n = len(trades)
    profits = np.array([float(trade.profit) for trade in trades])
    wins = share_interval(int(np.sum(profits > 0)), n)
    if wins is None:
        note = "no trade was closed"
        return (
            figure_of("win rate", "fraction", None, 0, None, note, "trades"),
            figure_of("profit factor", "ratio", None, 0, None, note, "trades"),
        )
    rate = figure_of("win rate", "fraction", wins.value, n, Bounds(wins.low, wins.high), "", "trades")
    return (rate, _profit_factor(profits))


def profit_figures(trades: Sequence[ClosedTrade]) -> tuple[Figure, ...]:
    """Return the mean win, the mean loss and the expectancy of closed trades, USD a trade, net of costs.

    The expectancy is the mean profit of all; the last figure is the mean of their returns on what was put in.
    """
    profits = np.array([float(trade.profit) for trade in trades])
    returns = np.array([trade.return_fraction for trade in trades])
    return (
        mean_figure("average win", "usd", profits[profits > 0]),
        mean_figure("average loss", "usd", profits[profits < 0]),
        mean_figure("expectancy", "usd", profits),
        mean_figure("mean return of a trade", "fraction", returns),
    )


def mean_figure(name: str, unit: Unit, samples: FloatArray, counted: Counted = "trades") -> Figure:
    """Return the mean of separate samples; the interval redraws them one by one."""
    n = len(samples)
    if n == 0:
        return figure_of(name, unit, None, 0, None, f"there are no such {counted}", counted)
    value = float(np.mean(samples))
    if n < ENOUGH:
        return figure_of(name, unit, value, n, None, too_few(n, counted), counted)
    bounds = percentile_bounds(np.mean(samples[stationary_indices(n, DRAWS, 1.0, SEED)], axis=1))
    return figure_of(name, unit, value, n, bounds, "", counted)


def difference_figure(
    name: str, unit: Unit, samples: FloatArray, others: FloatArray, counted: Counted = "trades"
) -> Figure:
    """Return the mean of some samples less that of others; the interval redraws both, one by one.

    As if they were independent: positions held at once move together, and the truth is less certain.
    """
    n, least = len(samples) + len(others), min(len(samples), len(others))
    if least == 0:
        return figure_of(name, unit, None, n, None, f"there are no {counted} on one side", counted)
    value = float(np.mean(samples) - np.mean(others))
    if least < ENOUGH:
        return figure_of(name, unit, value, n, None, too_few(least, f"{counted} on one side"), counted)
    drawn = samples[stationary_indices(len(samples), DRAWS, 1.0, SEED)].mean(axis=1)
    against = others[stationary_indices(len(others), DRAWS, 1.0, SEED + 1)].mean(axis=1)
    return figure_of(name, unit, value, n, percentile_bounds(drawn - against), "", counted)


def _profit_factor(profits: FloatArray) -> Figure:
    n = len(profits)
    lost = float(-profits[profits < 0].sum())
    if lost <= 0:
        return figure_of("profit factor", "ratio", None, n, None, "no trade lost", "trades")
    value = float(profits[profits > 0].sum()) / lost
    if n < ENOUGH:
        return figure_of("profit factor", "ratio", value, n, None, too_few(n, "trades"), "trades")
    drawn = profits[stationary_indices(n, DRAWS, 1.0, SEED)]
    losses = -np.minimum(drawn, 0).sum(axis=1)
    ratios = np.maximum(drawn, 0).sum(axis=1)[losses > 0] / losses[losses > 0]
    if len(ratios) < 0.95 * DRAWS:
        return figure_of("profit factor", "ratio", value, n, None, "too few losing trades to say", "trades")
    low, high = np.quantile(ratios, [0.025, 0.975])
    return figure_of("profit factor", "ratio", value, n, Bounds(float(low), float(high)), "", "trades")


def _of_returns(
    name: str,
    unit: Unit,
    returns: FloatArray,
    statistic: Statistic,
    paths: FloatArray | None,
    *,
    needs: int,
) -> Figure:
    n = len(returns)
    if n < needs:
        return figure_of(name, unit, None, n, None, too_few(n, "sessions", needs))
    value = float(statistic(returns))
    if not np.isfinite(value):
        return figure_of(name, unit, None, n, None, UNDEFINED.get(name, "the returns do not vary"))
    if paths is None:
        return figure_of(name, unit, value, n, None, too_few(n, "sessions"))
    bounds = percentile_bounds(statistic(paths))
    return figure_of(name, unit, value, n, bounds, "" if bounds else NO_BOUNDS)


def _of_pairs(
    name: str,
    unit: Unit,
    pair: tuple[FloatArray, FloatArray],
    statistic: Callable[[FloatArray, FloatArray], FloatArray],
    *,
    needs: int = ENOUGH,
    counting: int | None = None,
) -> Figure:
    """Return a statistic of two series; `counting` is how many of their sessions it speaks of."""
    returns, other = pair
    n = len(returns) if counting is None else counting
    if n < needs:
        return figure_of(name, unit, None, n, None, too_few(n, "sessions", needs))
    value = float(statistic(returns, other))
    if not np.isfinite(value):
        return figure_of(name, unit, None, n, None, "the returns do not vary")
    if n < ENOUGH:
        return figure_of(name, unit, value, n, None, too_few(n, "sessions"))
    length = len(returns)
    drawn = stationary_indices(length, DRAWS, max(1.0, length ** (1 / 3)), SEED)
    bounds = percentile_bounds(statistic(returns[drawn], other[drawn]))
    return figure_of(name, unit, value, n, bounds, "" if bounds else NO_BOUNDS)


def figure_of(
    name: str,
    unit: Unit,
    value: float | None,
    n: int,
    bounds: Bounds | None,
    note: str = "",
    counted: Counted = "sessions",
) -> Figure:
    """Return a figure; its note says why the value or the interval is missing."""
    low, high = bounds or (None, None)
    return Figure(name=name, value=value, unit=unit, n=n, counted=counted, low=low, high=high, note=note)


def too_few(n: int, counted: str, needs: int = ENOUGH) -> str:
    """Return the words for a sample that is too small."""
    return f"too few {counted} to say ({n} of {needs})"


UNDEFINED = {"Sortino ratio": "no session lost", "Calmar ratio": "there was no drawdown"}
NO_BOUNDS = "too few different sessions to say"
