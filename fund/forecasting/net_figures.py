"""What acting on forecasts would have left after costs: decile books, rebalanced once a horizon.

A book made on the close of a session is held from the next open for the horizon, as the labels are. Every
session begins one, so the figures are the means over all starting sessions, and no lucky one is chosen.
Returns are beyond the equal weight of the same names, over which a survivor-biased list has no say.
"""

import math

import numpy as np

from fund.features.universe import BoolArray
from fund.forecasting.book_figures import BookFigures, NetFigure
from fund.forecasting.table import ForecastTable
from fund.market.view import FloatArray
from fund.metrics.inference import Interval, mean_interval
from fund.metrics.ranks import average_ranks
from fund.metrics.returns import FLAT, SESSIONS_A_YEAR

COSTS_BPS = (0.0, 5.0, 10.0, 20.0)
"""Of traded value, each side."""
DECILE = 0.1
LEAST_NAMES = 20
"""A decile of fewer is a bet on single names."""


def book_figures(table: ForecastTable, costs_bps: tuple[float, ...] = COSTS_BPS) -> tuple[BookFigures, ...]:
    """Return the figures of the long-short and the long-only book; empty below 20 sessions of 20 names.

    What a name drifts between rebalancings is not counted as traded, nor is the cost of the equal weight.
    """
    top, bottom = _deciles(table.scores)
    known: BoolArray = np.asarray(np.isfinite(table.realised).any(axis=1))
    realised = np.nan_to_num(table.realised)
    found = (
        _book("long-short", top - bottom, realised, known, table.horizon_sessions, costs_bps),
        _book("long-only", top, realised, known, table.horizon_sessions, costs_bps),
    )
    return tuple(book for book in found if book is not None)


def sharpe_interval(returns: FloatArray, horizon_sessions: int) -> Interval | None:
    """Return the yearly Sharpe ratio of returns over a horizon, one begun each session, with its interval.

    Each session's influence on the ratio is averaged, and the interval is that of this mean, overlap allowed
    for. Redrawn blocks were tried: on worthless returns 8 to 15 of 100 of their 95 % intervals leave 0 out.
    None below 20 sessions or three horizons of them, or where they do not vary. Sources: Lo (2002), "The
    statistics of Sharpe ratios", Financial Analysts Journal 58; Ledoit and Wolf (2008), "Robust performance
    hypothesis testing with the Sharpe ratio", Journal of Empirical Finance 15.
    """
    deviation = float(returns.std()) if len(returns) else 0.0
    if deviation <= FLAT * float(np.max(np.abs(returns), initial=0.0)):
        return None
    scaled = (returns - returns.mean()) / deviation
    ratio = float(returns.mean()) / deviation
    found = mean_interval(ratio + scaled - 0.5 * ratio * (scaled**2 - 1.0), lag=horizon_sessions)
    if found is None:
        return None
    yearly = math.sqrt(SESSIONS_A_YEAR / horizon_sessions) * math.sqrt(1.0 - 1.0 / len(returns))
    low, value, high = (yearly * each for each in (found.low, found.value, found.high))
    return Interval(value=value, low=low, high=high, n=found.n)


def long_only_returns(
    scores: FloatArray, realised: FloatArray, horizon_sessions: int, cost_bps: float
) -> FloatArray:
    """Return what a book of the best tenth begun on each session made beyond equal weight, net, [T].

    Over the horizon, a fraction; NaN where no book was begun. `cost_bps` is of traded value, each side.
    """
    top, _ = _deciles(scores)
    known: BoolArray = np.asarray(np.isfinite(realised).any(axis=1))
    begun, traded = _traded(top, known, horizon_sessions)
    gross = (top * np.nan_to_num(realised)).sum(axis=1)
    net: FloatArray = np.where(begun, gross - cost_bps / 10_000.0 * traded, np.nan)
    return net


def _traded(weights: FloatArray, known: BoolArray, horizon: int) -> tuple[BoolArray, FloatArray]:
    """Return on which sessions a book was begun, and what was traded for it."""
    before = np.zeros_like(weights)
    before[horizon:] = weights[:-horizon]
    begun: BoolArray = known & (weights != 0.0).any(axis=1)
    return begun, np.abs(weights - before).sum(axis=1)


def _deciles(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the weights of the best and of the worst tenth, [T, N] each; 0 where a session has too few."""
    rank = average_ranks(scores)
    enough = (np.isfinite(rank).sum(axis=1) >= LEAST_NAMES)[:, None]
    return _equal(enough & (rank > 1.0 - DECILE)), _equal(enough & (rank < DECILE))


def _equal(chosen: BoolArray) -> FloatArray:
    weights: FloatArray = chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1)
    return weights


def _book(
    name: str,
    weights: FloatArray,
    realised: FloatArray,
    known: BoolArray,
    horizon: int,
    costs_bps: tuple[float, ...],
) -> BookFigures | None:
    begun, trades = _traded(weights, known, horizon)
    traded = trades[begun]
    gross = (weights * realised).sum(axis=1)[begun]
    turnover = mean_interval(traded, lag=horizon)
    if turnover is None:
        return None
    net = (_net(gross - cost / 10_000.0 * traded, cost, horizon) for cost in costs_bps)
    return BookFigures(book=name, turnover=turnover, net=tuple(each for each in net if each is not None))


def _net(returns: FloatArray, cost_bps: float, horizon: int) -> NetFigure | None:
    mean = mean_interval(returns, lag=horizon)
    if mean is None:
        return None
    year = SESSIONS_A_YEAR / horizon
    yearly = Interval(value=mean.value * year, low=mean.low * year, high=mean.high * year, n=mean.n)
    return NetFigure(cost_bps=cost_bps, mean=yearly, sharpe=sharpe_interval(returns, horizon))
