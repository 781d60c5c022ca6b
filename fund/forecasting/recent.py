"""What a forecast of one session reads, computed once for every forecaster that is asked."""

from dataclasses import dataclass
from datetime import date

from fund.features.panel import HISTORY_SESSIONS, FeatureTable, feature_table
from fund.features.universe import Universe
from fund.forecasting.samples import horizon_volatility
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecentFeatures:
    """Features and volatility of the newest session of a universe."""

    table: FeatureTable
    """One session."""
    volatility: FloatArray
    """[1, N] deviation to expect of a return over the horizon, as known at the close."""
    horizon_sessions: int

    @property
    def session(self) -> date:
        """The session on whose close a forecast is made."""
        return self.table.sessions[-1]


def recent_features(universe: Universe, horizon_sessions: int) -> RecentFeatures:
    """Compute what forecasters read of the universe's last session.

    Only the last `HISTORY_SESSIONS` sessions are read, and the result is that of the whole history to
    the bit.
    """
    stop = len(universe.panel.sessions)
    recent = universe.rows(max(stop - HISTORY_SESSIONS, 0), stop)
    return RecentFeatures(
        table=feature_table(recent, last=1),
        volatility=horizon_volatility(recent, horizon_sessions)[-1:],
        horizon_sessions=horizon_sessions,
    )
