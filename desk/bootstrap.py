"""From settings to a desk: database, data, forecasters, committee and player, joined in one place."""

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from db.embedded import EmbeddedPostgres
from db.engine import connect, transaction
from db.lake import Lake
from db.migrate import migrate
from desk.committee import Seating, seat_committee
from desk.cycle import Played, SessionPlayer, TrackKeeper
from desk.data_folder import DataFolder
from desk.ingest import ingest_bundle
from desk.learning import Learning, TrainedSource
from desk.mandate import load_mandate
from desk.progress import ProgressSink, silent
from desk.recollection import Recollector
from desk.settings import Settings, publish
from fund.clock import Clock, SystemClock
from fund.errors import NoDataError
from fund.forecasting.registry import Registry
from fund.forecasting.validation import Schedule
from fund.mandate import Mandate
from fund.market.calendar import nyse
from fund.market.history import History
from graph.context import Watcher, nobody
from tools.forecasts import ForecastTools


@dataclass(slots=True, kw_only=True)
class Desk:
    """A desk with everything it needs to play sessions and to answer; close it at the end."""

    settings: Settings
    folder: DataFolder
    mandate: Mandate
    engine: Engine
    url: str
    history: History
    learning: Learning
    clock: Clock
    exits: ExitStack
    postgres: EmbeddedPostgres | None
    sources: tuple[TrainedSource, ...] = ()
    forecasts: ForecastTools = field(default_factory=lambda: ForecastTools(()))
    seating: Seating
    player: SessionPlayer
    recollector: Recollector
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def last_replayed(self) -> date:
        """The session at which the first start leaves the clock."""
        sessions = self.history.panel.sessions
        return sessions[max(0, len(sessions) - 1 - self.settings.replay.unplayed_sessions)]

    def unplayed(self) -> tuple[date, ...]:
        """Return the sessions that can still be played, oldest first."""
        last = self.player.last_session()
        return tuple(s for s in self.history.panel.sessions if last is None or s > last)

    def use(self, sources: tuple[TrainedSource, ...]) -> None:
        """Let newly trained forecasters speak from the next cycle on."""
        self.sources = sources
        self.forecasts.sources = sources
        self.versions.clear()
        self.versions.update({f"forecaster_{s.card.forecaster}": s.card.version for s in sources})

    def play(self, session: date, watch: Watcher = nobody, progress: ProgressSink = silent) -> Played:
        """Play one session; forecasters that have grown a refit interval old are trained first."""
        if self.learning.due(self.sources, session):
            previous = self.history.calendar.previous_session(session)
            trained = self.learning.train(previous, progress)
            self.use(tuple(TrainedSource(t, self.history, self.mandate.benchmark) for t in trained))
        self.seating.strategy.watch = watch
        return self.player.play(session, watch)

    def close(self) -> None:
        """Release everything that was opened, the database last; closing twice is allowed."""
        self.exits.close()


def open_desk(
    settings: Settings,
    progress: ProgressSink = silent,
    *,
    clock: Clock | None = None,
    blind: bool = True,
    exclusive: str | None = None,
    trained: bool = True,
) -> Desk:
    """Open the desk of a data folder, making what is missing; nothing is played.

    `exclusive` is the address of a desk that wants the folder for itself; `trained=False` leaves the
    forecasters out, for looking without playing.

    Raises `ConfigError` naming the setting, file or folder that is not as it must be; whatever was
    opened before is released.
    """
    publish(settings.library_variables())
    wall = clock or SystemClock()
    mandate = load_mandate(settings.mandate)
    folder = DataFolder(settings.data_dir)
    folder.open()
    with ExitStack() as exits:
        if exclusive is not None:
            folder.lock({"address": exclusive})
            exits.callback(folder.release)
        postgres, url = _database(settings, folder, exits, progress)
        engine = connect(url)
        exits.callback(engine.dispose)
        history = _history(settings.bundle, folder.lake, progress)
        learning = Learning(
            engine=engine,
            registry=Registry(folder.forecasters),
            history=history,
            benchmark=mandate.benchmark,
            schedule=Schedule(horizon_sessions=mandate.horizon_sessions),
            clock=wall,
        )
        forecasts, track, versions = ForecastTools(()), TrackKeeper(), dict[str, str]()
        seating = seat_committee(
            settings=settings,
            mandate=mandate,
            engine=engine,
            url=url,
            forecasts=forecasts,
            track_record=track,
            clock=wall,
            blind=blind,
            exits=exits,
        )
        recollector = Recollector(history, mandate, forecasts)
        player = SessionPlayer(
            engine=engine,
            history=history,
            mandate=mandate,
            strategy=seating.strategy,
            recollector=recollector,
            track=track,
            clock=wall,
            owner=f"{os.uname().nodename}-{os.getpid()}",
            versions=versions,
        )
        desk = Desk(
            settings=settings,
            folder=folder,
            mandate=mandate,
            engine=engine,
            url=url,
            history=history,
            learning=learning,
            clock=wall,
            exits=ExitStack(),
            postgres=postgres,
            forecasts=forecasts,
            seating=seating,
            player=player,
            recollector=recollector,
            versions=versions,
        )
        if trained:
            played = player.last_session() or desk.last_replayed
            desk.use(learning.ensure(max(desk.last_replayed, played), progress))
        desk.exits = exits.pop_all()
        return desk


def replay_past(desk: Desk, progress: ProgressSink = silent) -> int:
    """Play the past that a first start begins with and return how many sessions were played.

    A start that was interrupted goes on with the session after the last one that was committed.
    """
    due = [s for s in desk.unplayed() if _first_session(desk) <= s <= desk.last_replayed]
    if not due:
        return 0
    if desk.player.last_session() is None:
        with transaction(desk.engine) as connection:
            desk.recollector.remember_before(connection, due[0])
    label = "Replaying the past"
    for done, session in enumerate(due):
        progress(label, done, len(due))
        desk.play(session, progress=progress)
    progress(label, len(due), len(due))
    return len(due)


def _first_session(desk: Desk) -> date:
    """Return the first session to play: where forecasts begin, or later if fewer sessions are asked for."""
    begins = next((s for s in desk.history.panel.sessions if desk.forecasts.by_ticker(s)), None)
    if begins is None:
        raise NoDataError("no session has a forecast; train on a longer history")
    wanted = desk.settings.replay.sessions
    if wanted is None:
        return begins
    played = desk.history.calendar.sessions(begins, desk.last_replayed)
    return played[-min(wanted, len(played))]


def _database(
    settings: Settings, folder: DataFolder, exits: ExitStack, progress: ProgressSink
) -> tuple[EmbeddedPostgres | None, str]:
    label = "Starting PostgreSQL"
    progress(label, 0, 2)
    postgres: EmbeddedPostgres | None = None
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        postgres = EmbeddedPostgres(folder.database)
        exits.callback(postgres.release)
        url = postgres.start()
    progress(label, 1, 2)
    migrate(url)
    progress(label, 2, 2)
    return postgres, url


def _history(bundle: Path, folder: Path, progress: ProgressSink) -> History:
    lake = Lake(folder)
    if not lake.rows():
        ingest_bundle(bundle, lake, progress)
    label = "Loading market data"
    progress(label, 0, 1)
    history = lake.load_history(nyse())
    progress(label, 1, 1)
    return history
