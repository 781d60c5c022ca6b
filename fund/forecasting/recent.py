"""What a forecast of one session reads, computed once for every forecaster that is asked."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.features.feature import Feature
from fund.features.panel import FEATURES, FeatureTable, feature_table
from fund.features.universe import Universe
from fund.forecasting.samples import VOLATILITY_SESSIONS, horizon_volatility
from fund.market.view import FloatArray

MARKET_SESSIONS = 63
"""Returns of the benchmark that tell which weather a session is in; fewer than a volatility reads."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecentFeatures:
    """Features and volatility of the newest session of a universe."""

    table: FeatureTable
    """The newest session last, and as many before it as the forecasters read."""
    volatility: FloatArray
    """[1, N] deviation to expect of a return over the horizon, as known at the newest close."""
    horizon_sessions: int
    market: "MarketReturns | None" = None
    """What the benchmark did up to the newest session; None where nobody asks for it."""
    beside: tuple["RecentFeatures", ...] = ()
    """The same session by other sets of features, for a forecaster whose members read several."""

    def of(self, version: str) -> "RecentFeatures":
        """Return what is read by a forecaster of a set's version; itself where that is not there."""
        return next((each for each in self.beside if each.table.version == version), self)

    @property
    def session(self) -> date:
        """The session on whose close a forecast is made."""
        return self.table.sessions[-1]

    @property
    def newest(self) -> range:
        """The row of that session."""
        return range(len(self.table.sessions) - 1, len(self.table.sessions))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketReturns:
    """Daily log total returns of the benchmark; NaN where one is not known."""

    sessions: tuple[date, ...]
    values: FloatArray
    """[S]."""


def market_returns(universe: Universe, last: int | None = None) -> MarketReturns:
    """Return the benchmark's returns over a universe's sessions, or over the `last` so many of them."""
    column = universe.panel.tickers.index(universe.benchmark)
    index = universe.panel.total_return_index[:, column]
    moved = np.append(np.nan, np.diff(np.log(np.where(index > 0, index, np.nan))))
    start = 0 if last is None else max(len(moved) - last, 0)
    return MarketReturns(sessions=universe.panel.sessions[start:], values=moved[start:])


def recent_features(
    universe: Universe,
    horizon_sessions: int,
    *,
    features: tuple[Feature, ...] = FEATURES,
    sessions: int = 1,
) -> RecentFeatures:
    """Compute these features of the universe's newest `sessions` sessions, and its volatility.

    Only bars in reach of a window are read, and the result is that of the whole history to the bit.
    """
    stop = len(universe.panel.sessions)
    recent = universe.rows(max(stop - sessions_read(features, sessions), 0), stop)
    return RecentFeatures(
        table=feature_table(recent, features, last=sessions),
        volatility=horizon_volatility(recent, horizon_sessions)[-1:],
        horizon_sessions=horizon_sessions,
        market=market_returns(recent, MARKET_SESSIONS),
    )


def sessions_read(features: tuple[Feature, ...] = FEATURES, sessions: int = 1) -> int:
    """Return how many sessions of bars tell these features of the newest `sessions` sessions."""
    return max(*(feature.window + sessions - 1 for feature in features), VOLATILITY_SESSIONS)
