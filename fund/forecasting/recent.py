"""What a forecast of one session reads, computed once for every forecaster that is asked."""

from dataclasses import dataclass
from datetime import date

from fund.features.feature import Feature
from fund.features.panel import FEATURES, FeatureTable, feature_table
from fund.features.universe import Universe
from fund.forecasting.samples import VOLATILITY_SESSIONS, horizon_volatility
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecentFeatures:
    """Features and volatility of the newest session of a universe."""

    table: FeatureTable
    """The newest session last, and as many before it as the forecasters read."""
    volatility: FloatArray
    """[1, N] deviation to expect of a return over the horizon, as known at the newest close."""
    horizon_sessions: int

    @property
    def session(self) -> date:
        """The session on whose close a forecast is made."""
        return self.table.sessions[-1]


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
    )


def sessions_read(features: tuple[Feature, ...] = FEATURES, sessions: int = 1) -> int:
    """Return how many sessions of bars tell these features of the newest `sessions` sessions."""
    return max(*(feature.window + sessions - 1 for feature in features), VOLATILITY_SESSIONS)
