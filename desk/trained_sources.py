"""Trained forecasters by session: their walk-forward's own forecasts, then live ones, and their record."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from desk.market import Market
from fund.features.universe import Universe, sector_codes
from fund.forecasting.forecast import Forecast, ForecasterCard
from fund.forecasting.recent import RecentFeatures, recent_features, sessions_read
from fund.forecasting.trained import TrainedForecaster
from fund.market.history import History
from tools.forecasts import ForecasterRecord


class LiveFeatures:
    """What is read of a session beyond the training, computed once for every forecaster that asks."""

    def __init__(self, market: Market, benchmark: str, horizon_sessions: int, sessions: int = 1) -> None:
        """`sessions` is the most that any of the forecasters reads before a forecast, its own included."""
        self._market = market
        self._benchmark = benchmark
        self._horizon_sessions = horizon_sessions
        self._sessions = sessions
        self._newest: RecentFeatures | None = None

    def at(self, session: date) -> RecentFeatures:
        """Return the features of a session; those of the session asked for last are kept."""
        newest = self._newest
        if newest is None or newest.session != session:
            count = sessions_read(sessions=self._sessions)
            universe = universe_at(self._market.history, session, self._benchmark, count)
            newest = self._newest = recent_features(universe, self._horizon_sessions, sessions=self._sessions)
        return newest


class TrainedSource:
    """One trained forecaster by session: the walk-forward's own forecasts, then live ones after its end."""

    def __init__(self, trained: TrainedForecaster, live: LiveFeatures) -> None:
        self._trained = trained
        self._live = live

    @property
    def last(self) -> date:
        """The last session the training knew."""
        return self._trained.table.sessions[-1]

    @property
    def trained(self) -> TrainedForecaster:
        """The artifact it speaks from."""
        return self._trained

    @property
    def card(self) -> ForecasterCard:
        """The card of the version in use."""
        return self._trained.card

    def at(self, session: date) -> Sequence[Forecast]:
        """Return the forecasts made on the close of a session, from what was known then."""
        if session <= self.last:
            return self._trained.at(session)
        return self._trained.forecast(self._live.at(session))

    def record(self, session: date) -> ForecasterRecord:
        """Return the track record known on the close of a session."""
        known = self._trained.track_record(min(session, self.last))
        ic, hits = known.rank_ic, known.hit_rate
        return ForecasterRecord(
            forecaster=known.forecaster,
            version=known.version,
            rank_ic=ic.value if ic else None,
            rank_ic_low=ic.low if ic else None,
            rank_ic_high=ic.high if ic else None,
            sessions=known.sessions,
            hit_rate=hits.value if hits else None,
        )


def universe_at(history: History, session: date, benchmark: str, count: int | None = None) -> Universe:
    """Return bars, membership and sectors as known on a session's close, of its last `count` sessions."""
    panel = history.view(history.calendar.decision_time(session)).panel(count)
    listed = np.zeros((len(panel.sessions), len(history.panel.tickers)), dtype=bool)
    for row, day in enumerate(panel.sessions):
        listed[row, history.members.columns(day)] = True
    members = listed[:, np.isin(history.panel.tickers, panel.tickers)]
    sectors = sector_codes([history.instruments[ticker].sector for ticker in panel.tickers])
    return Universe(panel=panel, members=members, sectors=sectors, benchmark=benchmark)
