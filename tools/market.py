"""What the market looks like from one moment: figures of a ticker, of the market as a whole, and the news."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from fund.market.facts import Headline, Report
from fund.market.view import FloatArray, MarketView

YEAR = 252
A_YEAR = timedelta(days=370)
"""As many days as 252 sessions take; a monthly series has 12 values in them, too few for a z-score."""
HISTORY = 121
BREADTH_WINDOW = 50

MACRO_SERIES = (
    ("VIX", "Cboe VIX"),
    ("UST_10Y", "US Treasury yield, 10 years"),
    ("UST_10Y_2Y", "10-year minus 2-year Treasury yield"),
    ("WTI", "WTI crude"),
    ("XAUUSD", "Gold"),
    ("EURUSD", "Euro in US dollars"),
    ("FED_DISCOUNT_RATE", "Federal Reserve primary credit rate"),
    ("CPI_NSA", "US consumer prices, all items"),
)
"""The series a committee is shown, most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerSnapshot:
    """Figures of one ticker as of the view; a figure is None where history is too short for it.

    Returns are total returns as fractions, volatility is annualised, volume in USD a session.
    """

    ticker: str
    name: str
    sector: str
    price: float
    stale: bool
    session: date
    return_5: float | None
    return_20: float | None
    return_60: float | None
    return_120: float | None
    volatility_20: float | None
    drawdown_60: float | None
    average_dollar_volume: float
    report: Report | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSnapshot:
    """The benchmark's state, and how many members are in an up-trend."""

    benchmark: str
    session: date
    return_5: float | None
    return_20: float | None
    return_60: float | None
    volatility_20: float | None
    drawdown_120: float | None
    breadth: float | None
    """Share of members above their own mean total-return index of 50 sessions."""
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesReading:
    """The last known value of a macro series against its own last year."""

    series_id: str
    name: str
    day: date
    value: float
    change_20: float | None
    """Change over 20 observations, in the units of the series."""
    z_score: float | None
    """Distance from the mean of up to 252 observations in their standard deviations."""


class MarketTools:
    """Questions about the market, answered from one point-in-time view."""

    def __init__(self, view: MarketView) -> None:
        self._view = view

    def snapshot(self, ticker: str) -> TickerSnapshot:
        """Return price, returns, volatility and the last report of one ticker.

        Args:
            ticker: The ticker as it is known in this history, for example AAPL.
        """
        view = self._view
        instrument, mark = view.instrument(ticker), view.mark(ticker)
        index = view.total_return_index(ticker, HISTORY)
        price = float(mark.price)
        return TickerSnapshot(
            ticker=ticker,
            name=instrument.name,
            sector=instrument.sector,
            price=price,
            stale=mark.stale,
            session=mark.session,
            return_5=trailing_return(index, 5),
            return_20=trailing_return(index, 20),
            return_60=trailing_return(index, 60),
            return_120=trailing_return(index, 120),
            volatility_20=volatility(index, 20),
            drawdown_60=drawdown(index, 60),
            average_dollar_volume=price * view.average_volume(ticker, 20),
            report=view.report(ticker),
        )

    def market(self, benchmark: str) -> MarketSnapshot:
        """Return the state of the market as a whole.

        Args:
            benchmark: Ticker of the fund that stands for the market, for example SPY.
        """
        view = self._view
        index = view.total_return_index(benchmark, HISTORY)
        return MarketSnapshot(
            benchmark=benchmark,
            session=view.session,
            return_5=trailing_return(index, 5),
            return_20=trailing_return(index, 20),
            return_60=trailing_return(index, 60),
            volatility_20=volatility(index, 20),
            drawdown_120=drawdown(index, 120),
            breadth=self._breadth(),
            members=len(view.members()),
        )

    def macro(self) -> tuple[SeriesReading, ...]:
        """Return the last known readings of rates, volatility, commodities, currencies and prices."""
        readings = (self._reading(series_id, name) for series_id, name in MACRO_SERIES)
        return tuple(reading for reading in readings if reading is not None)

    def headlines(self, count: int = 8) -> tuple[Headline, ...]:
        """Return the last known headlines, newest first.

        Args:
            count: How many to return.
        """
        return self._view.headlines(count)

    def _reading(self, series_id: str, name: str) -> SeriesReading | None:
        known = self._view.macro(series_id, YEAR)
        if not known:
            return None
        known = tuple(each for each in known if each.day > known[-1].day - A_YEAR)
        values = np.array([observation.value for observation in known])
        deviation = float(values.std(ddof=1)) if len(values) >= 20 else 0.0
        return SeriesReading(
            series_id=series_id,
            name=name,
            day=known[-1].day,
            value=known[-1].value,
            change_20=float(values[-1] - values[-21]) if len(values) > 20 else None,
            z_score=float((values[-1] - values.mean()) / deviation) if deviation > 0 else None,
        )

    def _breadth(self) -> float | None:
        index = self._view.members_index(BREADTH_WINDOW)
        whole = index[:, np.isfinite(index).all(axis=0)]
        if len(index) < BREADTH_WINDOW or whole.shape[1] == 0:
            return None
        return float((whole[-1] > whole.mean(axis=0)).mean())


def trailing_return(index: FloatArray, sessions: int) -> float | None:
    """Return the return over the last `sessions` steps of an index, None when it is too short."""
    if len(index) <= sessions:
        return None
    return float(index[-1] / index[-1 - sessions] - 1)


def volatility(index: FloatArray, sessions: int) -> float | None:
    """Return the annualised standard deviation of daily log returns (n - 1), None when too short."""
    if len(index) <= sessions:
        return None
    return float(np.diff(np.log(index[-sessions - 1 :])).std(ddof=1) * math.sqrt(YEAR))


def drawdown(index: FloatArray, sessions: int) -> float | None:
    """Return the distance below the highest of the last `sessions` values, at most 0; None when too short."""
    if len(index) < sessions:
        return None
    return float(index[-1] / index[-sessions:].max() - 1)
