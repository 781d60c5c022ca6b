"""From settings to a desk: stores, forecasters, committee and player, joined in one place."""

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime

from sqlalchemy.exc import SQLAlchemyError

from db.ask import AskDatabase
from db.decisions import Decisions
from db.embeddings import SentenceEncoder
from db.engine import transaction
from desk.attention import AttentionKeeper
from desk.committee import Seating, seat_committee
from desk.cycle import SessionPlayer, TrackKeeper
from desk.due import due_sessions, newest_complete
from desk.durations import Durations
from desk.feeds.feed import Feed
from desk.heap import give_back
from desk.indexing import RecordIndexer
from desk.learning import Learning, named_inputs
from desk.live_scoring import LiveScoring
from desk.played import Played
from desk.progress import ProgressSink, silent
from desk.recollection import Recollector
from desk.sentiment import scorer_of
from desk.settings import Settings, publish
from desk.slot import Slots
from desk.stores import Stores, open_stores
from desk.trained_sources import TrainedSource
from desk.training_lock import training
from fund.clock import Clock, SystemClock
from fund.errors import DeskError
from fund.features.cache import FeatureCache
from fund.forecasting.executing import Executor
from fund.forecasting.registry import Registry
from fund.forecasting.serving.shelf import Shelf
from fund.forecasting.validation import Schedule
from fund.market.history import History
from graph.context import Watcher, nobody
from graph.strategy import CommitteeStrategy
from tools.forecasts import ForecastTools

log = logging.getLogger("conclave.desk")
SHELF_MEGABYTES = 512.0
"""The most that forecasters keep in memory; the least recently asked are read again."""


class Desk:
    """A desk with everything it needs to play sessions and to answer; close it at the end."""

    def __init__(self, stores: Stores, exits: ExitStack, *, blind: bool) -> None:
        self._exits = exits
        self.stores = stores
        self.settings, self.mandate = stores.settings, stores.mandate
        self.engine, self.market, self.clock = stores.engine, stores.market, stores.clock
        self.ask = AskDatabase(stores.url)
        exits.callback(self.ask.close)
        self.forecasts = ForecastTools()
        self.sources: tuple[TrainedSource, ...] = ()
        self.versions: dict[str, str] = {}
        registry = Registry(stores.folder.forecasters)
        self.learning = Learning(
            engine=stores.engine,
            registry=registry,
            shelf=Shelf(registry, cap_megabytes=SHELF_MEGABYTES),
            features=FeatureCache(stores.folder.features),
            checkpoints=stores.folder.checkpoints,
            market=stores.market,
            benchmark=stores.mandate.benchmark,
            schedule=Schedule(horizon_sessions=stores.mandate.horizon_sessions),
            clock=stores.clock,
        )
        self.scoring = LiveScoring(self.learning)
        self._in_use: dict[str, str] = {}
        self.recollector = Recollector(stores.market, stores.mandate, self.forecasts)
        self.indexer = RecordIndexer(stores.engine, lambda: stores.market.history)
        self.encoder = SentenceEncoder()
        self.after_session: Callable[[], None] = lambda: None
        self.is_playing = False
        self.durations = Durations()
        """How long sessions took, since this process began."""
        self.track, self.attention = TrackKeeper(), AttentionKeeper()
        self.seating: Seating = seat_committee(
            stores, self.forecasts, self.track, self.attention, blind=blind, exits=exits
        )
        self.slots = Slots(stores.engine, stores.clock, f"{os.uname().nodename}-{os.getpid()}")
        self.news_scorer = scorer_of(stores.settings, stores.mandate, stores.engine, stores.clock, exits)
        self.player = SessionPlayer(
            engine=stores.engine,
            market=stores.market,
            mandate=stores.mandate,
            mandate_text=stores.mandate_text,
            recollector=self.recollector,
            track=self.track,
            attention=self.attention,
            clock=stores.clock,
            slots=self.slots,
            versions=self.versions,
        )
        exits.callback(self.player.close)

    @property
    def history(self) -> History:
        """The market as it is known now; take it once an operation."""
        return self.market.history

    @property
    def is_live(self) -> bool:
        """Whether the desk runs on the real clock."""
        return self.stores.is_live

    @property
    def last_replayed(self) -> date:
        """The session at which the first start leaves the clock: live, the last that was past by then."""
        if self.is_live:
            newest = newest_complete(self.history, self._begun_at(), self.mandate.benchmark)
            return newest or self.history.first_session
        sessions = self.history.panel.sessions
        return sessions[max(0, len(sessions) - 1 - self.settings.replay.unplayed_sessions)]

    def unplayed(self) -> tuple[date, ...]:
        """Return the sessions that can still be played, oldest first."""
        last = self.player.last_session()
        return tuple(s for s in self.history.panel.sessions if last is None or s > last)

    def due(self) -> tuple[date, ...]:
        """Return the sessions that may be played now: live, those the real clock has reached."""
        if not self.is_live:
            return self.unplayed()
        last = self.player.last_session()
        return due_sessions(self.history, last, self.clock.now(), self.mandate.benchmark)

    def use(self, sources: tuple[TrainedSource, ...]) -> None:
        """Let newly trained forecasters speak from the next cycle on."""
        self.sources = sources
        self._in_use = self.learning.in_use()
        self.forecasts.use(sources)
        self.versions.clear()
        speaking = [(s.card.forecaster, s.card.version) for s in sources]
        self.versions.update(named_inputs(speaking, speaking[0][0] if speaking else ""))

    def train(self, last: date, progress: ProgressSink = silent, executor: Executor | None = None) -> None:
        """Train the forecasters on what was known on the close of `last`, and let them speak."""
        with training(self.stores.folder.root):
            self.use(self.learning.train(last, progress, executor))
        give_back()

    def play(self, session: date, watch: Watcher = nobody, progress: ProgressSink = silent) -> Played:
        """Play one session under the configured provider."""
        played = self._play(session, self.seating.strategy, watch, progress)
        self.seating.forget(played.record.cycle_id)
        return played

    def catch_up(self, session: date) -> Played:
        """Play a session that is due; one that was past at the first start is the rules', as in a replay."""
        return self.replay(session) if session <= self.last_replayed else self.play(session)

    def replay(self, session: date, progress: ProgressSink = silent) -> Played:
        """Play one session of the past by the offline rules, whoever is configured."""
        return self._play(session, self.seating.rules, nobody, progress, stand_in=True)

    def _play(
        self,
        session: date,
        strategy: CommitteeStrategy,
        watch: Watcher,
        progress: ProgressSink,
        *,
        stand_in: bool = False,
    ) -> Played:
        """Play one session; forecasters that have grown a refit interval old are trained first."""
        self._heed_promotions(self.history.calendar.previous_session(session))
        if self.learning.due(self.sources, session):
            self.train(self.history.calendar.previous_session(session), progress)
        strategy.watch = watch
        self.is_playing = True
        try:
            with self.durations.timed():
                played = self.player.play(session, strategy, watch, stand_in=stand_in)
            self._score_forecasts(session)
            return played
        finally:
            self.is_playing = False
            self.after_session()

    def _heed_promotions(self, last: date) -> None:
        """Let others speak where somebody has promoted or rolled back since they were chosen."""
        if self.sources and self.learning.in_use() != self._in_use:
            self.use(self.learning.registered(last) or self.sources)

    def _score_forecasts(self, session: date) -> None:
        """Score the live forecasts whose outcome the session told; trading never waits for it (INV-17)."""
        try:
            self.scoring.heard(self.sources, session)
            self.scoring.fill_heard(session)
        except (DeskError, SQLAlchemyError) as error:
            log.warning("live forecasts were not scored on %s: %s", session, error)

    def _begun_at(self) -> datetime:
        with transaction(self.engine) as connection:
            return Decisions(connection).first_recorded_at() or self.clock.now()

    def close(self) -> None:
        """Release everything that was opened, the database last; closing twice is allowed."""
        self._exits.close()


def open_desk(
    settings: Settings,
    progress: ProgressSink = silent,
    *,
    clock: Clock | None = None,
    blind: bool = True,
    exclusive: str | None = None,
    trained: bool = True,
    vendors: Feed | None = None,
) -> Desk:
    """Open the desk of a data folder, making what is missing; nothing is played.

    `exclusive` is the address of a desk that wants the folder for itself; `trained=False` leaves the
    forecasters out, for looking without playing; `vendors` are asked for what is new. Raises
    `ConfigError` naming the setting, file or folder that is not as it must be; whatever was opened
    before is released.
    """
    publish(settings.variables_for_libraries())
    exits = ExitStack()
    try:
        stores = open_stores(
            settings, clock or SystemClock(), exits, progress, exclusive=exclusive, vendors=vendors
        )
        desk = Desk(stores, exits, blind=blind)
        if trained:
            _learn(desk, progress)
    except BaseException:
        exits.close()
        raise
    return desk


def _learn(desk: Desk, progress: ProgressSink) -> None:
    """Let the forecasters in use speak; train them where there are none that may."""
    last = max(desk.last_replayed, desk.player.last_session() or desk.last_replayed)
    sources = desk.learning.registered(last)
    if not sources:
        desk.stores.folder.set_up_alone()
        desk.train(last, progress)
        return
    desk.use(sources)
