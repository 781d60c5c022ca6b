"""The desk's forecasters: trained walk-forward on what was known, registered, and asked by session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.forecasters import Forecasters
from desk.market import Market
from desk.progress import ProgressSink, silent
from fund.clock import Clock
from fund.errors import DataError, NoDataError
from fund.features.universe import Universe, sector_codes
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.forecast import Forecast, Forecaster, ForecasterCard
from fund.forecasting.recent import RecentFeatures, recent_features, sessions_read
from fund.forecasting.registry import Artifact, Registry
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train, version_of
from fund.forecasting.validation import Schedule
from fund.market.history import History
from tools.forecasts import ForecasterRecord

FORECASTERS: tuple[Forecaster, ...] = (GbmForecaster(), MomentumForecaster(), ReversalForecaster())
"""What is trained: the one that ranks the candidates first, then rules that are shown beside it."""


class LiveFeatures:
    """What is read of a session beyond the training, computed once for every forecaster that asks."""

    def __init__(self, market: Market, benchmark: str, horizon_sessions: int) -> None:
        self._market = market
        self._benchmark = benchmark
        self._horizon_sessions = horizon_sessions
        self._newest: RecentFeatures | None = None

    def at(self, session: date) -> RecentFeatures:
        """Return the features of a session; those of the session asked for last are kept."""
        newest = self._newest
        if newest is None or newest.session != session:
            universe = universe_at(self._market.history, session, self._benchmark, sessions_read())
            newest = self._newest = recent_features(universe, self._horizon_sessions)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """Where forecasters are trained, kept and found again."""

    engine: Engine
    registry: Registry
    market: Market
    benchmark: str
    schedule: Schedule
    clock: Clock
    workers: int = 2
    """Folds that are fitted side by side; the result does not depend on it."""

    def due(self, sources: Sequence[TrainedSource], session: date) -> bool:
        """Tell whether a session is a whole refit interval past the training."""
        return self.market.history.calendar.distance(sources[0].last, session) >= self.schedule.refit_sessions

    def train(self, last: date, progress: ProgressSink = silent) -> tuple[TrainedSource, ...]:
        """Train every forecaster on what was known on the close of `last`, and put it to use.

        What speaks is what was kept, so that a restart says the same to the last digit.
        """
        progress("Computing features", 0, 1)
        universe = universe_at(self.market.history, last, self.benchmark)
        samples = make_samples(universe, self.schedule.horizon_sessions)
        progress("Computing features", 1, 1)
        trained = train(
            samples,
            FORECASTERS,
            self.schedule,
            universe_name="S&P 500 members, point in time",
            data_version=self._data_version(last),
            workers=self.workers,
            progress=lambda label, done, total: progress(label.capitalize(), done, total),
        )
        artifacts = [self.registry.register(made) for made in trained]
        kept = [self.registry.load(artifact.version, sha256=artifact.sha256) for artifact in artifacts]
        in_transaction(self.engine, lambda connection: self._put_to_use(connection, kept, artifacts))
        return self._sources(kept)

    def registered(self, last: date) -> tuple[TrainedSource, ...]:
        """Return the versions in use; none unless all are whole, current and learned no later than `last`."""
        found = []
        rows = in_transaction(
            self.engine,
            lambda connection: [Forecasters(connection).active(each.name) for each in FORECASTERS],
        )
        for forecaster, row in zip(FORECASTERS, rows, strict=True):
            if row is None:
                return ()
            try:
                trained = self.registry.load(row.version, sha256=row.manifest_sha256)
            except DataError:
                return ()
            if trained.table.sessions[-1] > last or not self._is_current(forecaster, trained):
                return ()
            found.append(trained)
        return self._sources(found)

    def in_use(self) -> dict[str, str]:
        """Return the versions in use as a decision's inputs name them."""
        rows = in_transaction(
            self.engine,
            lambda connection: [Forecasters(connection).active(each.name) for each in FORECASTERS],
        )
        return {f"forecaster_{row.name}": row.version for row in rows if row is not None}

    def recorded(self, versions: Mapping[str, str]) -> tuple[TrainedSource, ...]:
        """Return the forecasters of given versions by name, as they spoke when they were in use.

        Raises `NoDataError` for a version that is not kept, `DataError` for one that is not what was kept.
        """
        strangers = versions.keys() - {each.name for each in FORECASTERS}
        if strangers:
            raise NoDataError(f"expected forecasters that this desk has, found {sorted(strangers)!r}")
        found = [self._kept(versions[each.name]) for each in FORECASTERS if each.name in versions]
        return self._sources(found)

    def _kept(self, version: str) -> TrainedForecaster:
        row = in_transaction(self.engine, lambda connection: Forecasters(connection).get(version))
        if row is None:
            raise NoDataError(f"forecaster version {version!r} is not on the desk's register")
        return self.registry.load(version, sha256=row.manifest_sha256)

    def _put_to_use(
        self, connection: Connection, trained: Sequence[TrainedForecaster], artifacts: Sequence[Artifact]
    ) -> None:
        store = Forecasters(connection)
        for one, artifact in zip(trained, artifacts, strict=True):
            store.register(one.card, manifest_sha256=artifact.sha256, at=self.clock.now())
            store.activate(one.card.version)

    def _is_current(self, forecaster: Forecaster, trained: TrainedForecaster) -> bool:
        """Tell whether the same training would give it again: same data, schedule, features and code."""
        data = self._data_version(trained.table.sessions[-1])
        return trained.card.version == version_of(forecaster, self.schedule, data)

    def _data_version(self, last: date) -> str:
        history = self.market.history
        return history.version_at(history.calendar.decision_time(last))

    def _sources(self, trained: Sequence[TrainedForecaster]) -> tuple[TrainedSource, ...]:
        live = LiveFeatures(self.market, self.benchmark, self.schedule.horizon_sessions)
        return tuple(TrainedSource(each, live) for each in trained)


def universe_at(history: History, session: date, benchmark: str, count: int | None = None) -> Universe:
    """Return bars, membership and sectors as known on a session's close, of its last `count` sessions."""
    panel = history.view(history.calendar.decision_time(session)).panel(count)
    listed = np.zeros((len(panel.sessions), len(history.panel.tickers)), dtype=bool)
    for row, day in enumerate(panel.sessions):
        listed[row, history.members.columns(day)] = True
    members = listed[:, np.isin(history.panel.tickers, panel.tickers)]
    sectors = sector_codes([history.instruments[ticker].sector for ticker in panel.tickers])
    return Universe(panel=panel, members=members, sectors=sectors, benchmark=benchmark)
