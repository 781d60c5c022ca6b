"""Trained forecasters by session: their walk-forward's own forecasts, then live ones, and their record."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from desk.market import Market
from desk.universes import universe_for
from fund.errors import DataError
from fund.features.labels import label_known_index
from fund.forecasting.catalogue import DESK_SET, FEATURE_SETS, set_of_version
from fund.forecasting.edge import edge_of
from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast, ForecasterCard
from fund.forecasting.life.watching import State
from fund.forecasting.recent import RecentFeatures, recent_features, sessions_read
from fund.forecasting.serving.served import ServedForecaster, Unavailable
from fund.forecasting.table import ForecastTable, TrackRecord
from fund.forecasting.trained import TrainedForecaster
from fund.metrics.forecasts import calibration_bins, interval_coverage
from fund.metrics.inference import MINIMUM
from tools.forecasts import ForecasterRecord


class LiveFeatures:
    """What is read of a session beyond the training, computed once for every forecaster that asks."""

    def __init__(
        self,
        market: Market,
        benchmark: str,
        horizon_sessions: int,
        sessions: int = 1,
        feature_set: str = DESK_SET,
    ) -> None:
        """`sessions` is the most that any of the forecasters reads before a forecast, its own included."""
        self._market = market
        self._feature_set = feature_set
        self._benchmark = benchmark
        self._horizon_sessions = horizon_sessions
        self._sessions = sessions
        self._newest: RecentFeatures | None = None

    def at(self, session: date) -> RecentFeatures:
        """Return the features of a session; those of the session asked for last are kept."""
        newest = self._newest
        if newest is None or newest.session != session:
            features = FEATURE_SETS[self._feature_set]
            count = sessions_read(features, self._sessions)
            universe = universe_for(self._feature_set, self._market.history, session, self._benchmark, count)
            newest = self._newest = recent_features(
                universe, self._horizon_sessions, features=features, sessions=self._sessions
            )
        return newest


class JointFeatures:
    """What is read of a session by several sets of features, for an ensemble whose members read them."""

    def __init__(self, parts: Sequence[LiveFeatures]) -> None:
        self._parts = tuple(parts)

    def at(self, session: date) -> RecentFeatures:
        """Return the features of the first set, with those of the others beside them."""
        first, *others = (each.at(session) for each in self._parts)
        return replace(first, beside=tuple(others))


def live_features(
    trained: Sequence[TrainedForecaster], market: Market, benchmark: str, horizon_sessions: int
) -> tuple[LiveFeatures | JointFeatures, ...]:
    """Return what each of some forecasters reads; those that read one set share what is computed.

    A version that reads a set nobody has here gets the desk's, which its forecast then refuses.
    """
    read = [
        {set_of_version(version) or DESK_SET: sessions for version, sessions in each.reads.items()}
        for each in trained
    ]
    most: dict[str, int] = {}
    for each in read:
        most |= {name: max(sessions, most.get(name, 0)) for name, sessions in each.items()}
    made = {
        name: LiveFeatures(market, benchmark, horizon_sessions, sessions, name)
        for name, sessions in most.items()
    }
    parts = [[made[name] for name in each] for each in read]
    return tuple(JointFeatures(each) if len(each) > 1 else each[0] for each in parts)


Drifts = Callable[[str, date], State]
"""How a version was faring when last looked at before a session."""


def never_watched(version: str, session: date) -> State:
    """Say of every version that nobody has looked."""
    return "unknown"


class TrainedSource:
    """One trained forecaster by session: the walk-forward's own forecasts, then live ones after its end."""

    def __init__(
        self,
        trained: TrainedForecaster,
        live: LiveFeatures | JointFeatures,
        served: ServedForecaster | None = None,
        drifts: Drifts = never_watched,
        claims: int = 1,
    ) -> None:
        """`served` puts a deadline to live forecasts; `drifts` tells how the version is faring.

        `claims` were judged, its own included; its worth is what holds among so many.
        """
        self._trained = trained
        self._live = live
        self._served = served
        self._drifts = drifts
        self._claims = claims
        self._known: tuple[date, Known] | None = None

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
        """Return the forecasts made on the close of a session, from what was known then.

        `DataError` with the cause where it has none in time: an older forecast never takes its place.
        """
        if session <= self.last:
            return self._trained.at(session)
        recent = self._live.at(session)
        if self._served is None:
            return self._trained.forecast(recent)
        answer = self._served.forecast(recent)
        if isinstance(answer, Unavailable):
            raise DataError(f"{answer.version} is unavailable ({answer.cause}): {answer.reason}")
        return answer

    def explanations(self, session: date, tickers: Collection[str]) -> Mapping[str, Explanation]:
        """Return why names are scored as they are; `DataError` where scores cannot be told apart."""
        return self._trained.explanations(self._live.at(session), tickers)

    def apart(self, session: date) -> Mapping[str, float]:
        """Return by ticker how far an ensemble's members are apart; nothing of any other."""
        return self._trained.apart(self._live.at(session)) if self.card.ensemble else {}

    def record(self, session: date) -> ForecasterRecord:
        """Return the track record known on the close of a session."""
        as_of = min(session, self.last)
        if self._known is None or self._known[0] != as_of:
            self._known = (as_of, known_of(self._trained.table, as_of))
        known = self._known[1]
        ic, hits = known.record.rank_ic, known.record.hit_rate
        return ForecasterRecord(
            forecaster=known.record.forecaster,
            version=known.record.version,
            rank_ic=ic.value if ic else None,
            rank_ic_low=ic.low if ic else None,
            rank_ic_high=ic.high if ic else None,
            sessions=known.record.sessions,
            hit_rate=hits.value if hits else None,
            worth=edge_of(
                ic, horizon_sessions=self._trained.card.horizon_sessions, claims=self._claims
            ).worth,
            coverage=known.coverage,
            calibration_error=known.calibration_error,
            drift=self._drifts(self._trained.card.version, session),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A forecaster's figures over the outcomes known on one session."""

    record: TrackRecord
    coverage: float | None
    calibration_error: float | None


def known_of(table: ForecastTable, as_of: date) -> Known:
    """Return the figures of a table as they were known on the close of `as_of`: none before it begins."""
    if as_of < table.sessions[0]:
        return Known(record=_unknown(table, as_of), coverage=None, calibration_error=None)
    record = table.track_record(as_of)
    known = label_known_index(len(table.sessions), table.horizon_sessions) <= table.sessions.index(as_of)
    realised = table.realised[known]
    covered = interval_coverage(table.low[known], table.high[known], realised)
    covered = covered[np.isfinite(covered)]
    groups = calibration_bins(table.probability_up[known], realised)
    n = sum(group.n for group in groups)
    return Known(
        record=record,
        coverage=float(covered.mean()) if len(covered) >= MINIMUM else None,
        calibration_error=sum(g.n * abs(g.forecast - g.realised) for g in groups) / n if n else None,
    )


def _unknown(table: ForecastTable, as_of: date) -> TrackRecord:
    return TrackRecord(
        forecaster=table.forecaster,
        version=table.version,
        as_of=as_of,
        sessions=0,
        ic=None,
        rank_ic=None,
        hit_rate=None,
    )
