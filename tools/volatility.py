"""How far names may move, and which state the market is in: forecasts of risk, none of direction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import DataError, QueryRefusedError
from fund.forecasting.garch import MIN_RETURNS
from fund.forecasting.regime import MAX_RETURNS, RegimeForecast, regime_forecast
from fund.forecasting.volatility import JUDGED_SESSIONS, VolatilityForecast, volatility_forecast
from fund.market.view import FloatArray, MarketView
from tools.decisions import Views
from tools.directory import Directory

MOST_TICKERS = 10
MOST_SESSIONS = 20
USUAL_AHEAD = 5
"""Sessions ahead where nothing else is asked."""
FEWEST_JUDGED = 60
HISTORY = MAX_RETURNS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NoVolatility:
    """A name without a forecast, and why."""

    ticker: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityOutlook:
    """How far some names may move over the same horizon."""

    session: date
    horizon_sessions: int
    forecasts: tuple[VolatilityForecast, ...]
    unavailable: tuple[NoVolatility, ...]


class VolatilityTools:
    """Questions about volatility and regimes, answered from the prices of one point-in-time view."""

    def __init__(self, views: Views, directory: Callable[[], Directory], benchmark: str) -> None:
        self._views = views
        self._directory = directory
        self._benchmark = benchmark

    def volatility(self, tickers: Sequence[str], horizon_sessions: int = USUAL_AHEAD) -> VolatilityOutlook:
        """Forecast how far names may move, with an interval and the record of such forecasts.

        Args:
            tickers: Tickers such as AAPL, or company names; at most 10.
            horizon_sessions: Over how many sessions, 1 to 20.
        """
        if not 1 <= len(tickers) <= MOST_TICKERS:
            raise QueryRefusedError(
                f"volatility is told of 1 to {MOST_TICKERS} names at once, was {len(tickers)}"
            )
        _check(horizon_sessions)
        view = self._views(None)
        forecasts, unavailable = [], []
        for ticker in dict.fromkeys(self._directory().find(each).ticker for each in tickers):
            try:
                forecasts.append(_forecast(view, ticker, _returns(view, ticker), horizon_sessions))
            except DataError as error:
                unavailable.append(NoVolatility(ticker=ticker, reason=str(error)))
        return VolatilityOutlook(
            session=view.session,
            horizon_sessions=horizon_sessions,
            forecasts=tuple(forecasts),
            unavailable=tuple(unavailable),
        )

    def regime(self, states: int = 2, horizon_sessions: int = USUAL_AHEAD) -> RegimeForecast:
        """Say how likely the market is calm or turbulent, now and over the next sessions.

        Args:
            states: How many states are told apart, 2 or 3.
            horizon_sessions: How many sessions ahead, 1 to 20.
        """
        _check(horizon_sessions)
        view = self._views(None)
        try:
            return regime_forecast(
                view.session,
                _returns(view, self._benchmark),
                states=states,
                horizon_sessions=horizon_sessions,
            )
        except DataError as error:
            raise QueryRefusedError(f"the market's state is not known: {error}") from error


def _forecast(
    view: MarketView, ticker: str, returns: FloatArray, horizon_sessions: int
) -> VolatilityForecast:
    """Judge as many sessions as a fit before them leaves, a year at most; the forecast says how many."""
    left = len(returns) - MIN_RETURNS - horizon_sessions
    judged = min(max(left, FEWEST_JUDGED), JUDGED_SESSIONS)
    return volatility_forecast(ticker, view.session, returns, horizon_sessions, judged_sessions=judged)


def _check(horizon_sessions: int) -> None:
    if not 1 <= horizon_sessions <= MOST_SESSIONS:
        raise QueryRefusedError(f"the horizon is 1 to {MOST_SESSIONS} sessions, was {horizon_sessions}")


def _returns(view: MarketView, ticker: str) -> FloatArray:
    return np.asarray(np.diff(np.log(view.total_return_index(ticker, HISTORY))))
