"""How names have moved with the market, with yields and with one another, estimated point in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from fund.errors import NoDataError
from fund.market.view import FloatArray, MarketView

YEAR = 252
ENOUGH = 60
"""Sessions below which nothing is estimated."""
TEN_YEAR = "UST_10Y"

Returns = dict[tuple[date, date], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """An estimated sensitivity, and over how many sessions."""

    value: float
    n: int


def returns_between(view: MarketView, ticker: str) -> Returns:
    """Return the last year's total returns by the two closes they lie between; empty if never seen."""
    try:
        days = [bar.session for bar in view.bars(ticker, YEAR + 1)]
    except NoDataError:
        return {}
    values = view.total_return_index(ticker, len(days))
    moves = values[1:] / values[:-1] - 1
    return dict(zip(pairwise(days), moves.tolist(), strict=True))


def beta_of(view: MarketView, ticker: str, benchmark: str) -> Slope | None:
    """Return the least-squares slope on the benchmark's returns; None under `ENOUGH` sessions."""
    own, other = returns_between(view, ticker), returns_between(view, benchmark)
    shared = sorted(own.keys() & other.keys())
    x, y = np.array([other[each] for each in shared]), np.array([own[each] for each in shared])
    if len(shared) < ENOUGH or float(np.var(x)) == 0:
        return None
    return Slope(value=float(np.cov(x, y, ddof=0)[0, 1] / np.var(x)), n=len(shared))


def yield_slope_of(view: MarketView, ticker: str, benchmark: str) -> Slope | None:
    """Return the move for a rise of the ten-year yield by one percentage point, the market unchanged.

    Least squares on the benchmark's returns and the yield's changes together, over the last year;
    None under `ENOUGH` sessions.
    """
    own, other = returns_between(view, ticker), returns_between(view, benchmark)
    yields = {each.day: float(each.value) for each in view.macro(TEN_YEAR, YEAR + 20)}
    shared = sorted(p for p in own.keys() & other.keys() if p[0] in yields and p[1] in yields)
    if len(shared) < ENOUGH:
        return None
    changes = np.array([yields[last] - yields[first] for first, last in shared])
    x = np.column_stack([np.ones(len(shared)), [other[each] for each in shared], changes])
    y = np.array([own[each] for each in shared])
    if np.linalg.matrix_rank(x) < 3:
        return None
    return Slope(value=float(np.linalg.lstsq(x, y, rcond=None)[0][2]), n=len(shared))


def covariance_of(
    view: MarketView, tickers: Sequence[str], benchmark: str
) -> tuple[FloatArray, tuple[str, ...], int] | None:
    """Return the daily covariance of names over their common sessions, the replaced names, the sample.

    A name with under `ENOUGH` sessions is replaced by the benchmark; None where too few are common.
    """
    found = {ticker: returns_between(view, ticker) for ticker in tickers}
    replaced = tuple(ticker for ticker in tickers if len(found[ticker]) < ENOUGH)
    stand_in = returns_between(view, benchmark) if replaced else {}
    series = [stand_in if ticker in replaced else found[ticker] for ticker in tickers]
    shared = sorted(set.intersection(*(set(each) for each in series))) if series else []
    if len(shared) < ENOUGH:
        return None
    matrix = np.array([[each[pair] for pair in shared] for each in series])
    return np.atleast_2d(np.cov(matrix, ddof=1)), replaced, len(shared)
