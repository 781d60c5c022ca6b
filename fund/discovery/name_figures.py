"""The figures by which names are picked, measured for all of them from one view."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from fund.discovery.company_value import market_cap
from fund.discovery.spread import estimated_spread
from fund.errors import NoDataError
from fund.market.view import FloatArray, MarketView

SESSIONS = 121
"""Sessions of history that every figure together needs; a younger name is not measured."""
RECENT, USUAL = 5, 60
"""Sessions whose dollar volume is compared: is there more going on than is usual?"""
MONTH = 21
SESSIONS_A_YEAR = 252


@dataclass(frozen=True, slots=True, kw_only=True)
class NameFigures:
    """One name as of a view; fractions, USD and annualised volatility."""

    ticker: str
    sector: str
    price: float
    dollar_volume: float
    """Mean of 20 sessions."""
    surge: float
    """Dollar volume of five sessions over that of sixty."""
    spread: float | None
    """Estimated; None where the bars do not say."""
    volatility: float
    """Of 60 sessions."""
    return_60: float
    momentum: float
    """From 120 sessions ago to five sessions ago, because the last days partly revert."""
    beta: float
    """Slope on the benchmark's returns over 120 sessions."""
    market_cap: float | None


def measured(view: MarketView, tickers: Iterable[str], benchmark: str) -> Mapping[str, NameFigures]:
    """Return the figures of every name with a whole history of 121 sessions up to the view's own."""
    names = sorted(set(tickers))
    matrix = view.total_return_matrix([*names, benchmark], SESSIONS)
    if len(matrix) < SESSIONS or not np.isfinite(matrix[:, -1]).all():
        return {}
    market = np.diff(np.log(matrix[:, -1]))
    found = {}
    for column, ticker in enumerate(names):
        index = matrix[:, column]
        if np.isfinite(index).all() and (figures := _figures(view, ticker, index, market)) is not None:
            found[ticker] = figures
    return found


def _figures(view: MarketView, ticker: str, index: FloatArray, market: FloatArray) -> NameFigures | None:
    returns = np.diff(np.log(index))
    bars = view.bars(ticker, USUAL)
    dollars = np.array([float(bar.close) * bar.volume for bar in bars])
    variance = float(market.var())
    if len(dollars) < USUAL or not dollars.mean() > 0 or not variance > 0:
        return None
    month = bars[-MONTH:]
    restated = [action.ex_date for action in view.actions(ticker, month[0].session)]
    return NameFigures(
        ticker=ticker,
        sector=_sector(view, ticker),
        price=float(bars[-1].close),
        dollar_volume=float(dollars[-20:].mean()),
        surge=float(dollars[-RECENT:].mean() / dollars.mean()),
        spread=estimated_spread(month, restated),
        volatility=float(returns[-USUAL:].std(ddof=1) * math.sqrt(SESSIONS_A_YEAR)),
        return_60=float(index[-1] / index[-1 - USUAL] - 1),
        momentum=float(index[-1 - RECENT] / index[0] - 1),
        beta=float(((returns - returns.mean()) * (market - market.mean())).mean() / variance),
        market_cap=market_cap(view, ticker),
    )


def _sector(view: MarketView, ticker: str) -> str:
    try:
        return view.instrument(ticker).sector
    except NoDataError:
        return ""
