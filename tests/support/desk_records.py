"""A small desk with a real past: sessions of the bundle decided by a script, settled, and recorded."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from threading import Lock

from sqlalchemy import Engine, event

from db.ask import AskDatabase
from db.decisions import Decisions
from db.embeddings import Encoder
from db.engine import transaction
from db.ledger import Ledger
from desk.hearing import told
from desk.indexing import RecordIndexer
from desk.universes import universe_at
from fund.clock import Clock, FixedClock
from fund.cycle import CycleRecord, decide
from fund.errors import QueryRefusedError
from fund.execution.orders import Order
from fund.features.universe import Universe
from fund.market.calendar import nyse
from fund.market.history import History
from fund.market.history_view import HistoryView
from fund.market.timetable import Nightly
from fund.market.view import MarketView
from fund.news.lexicon import LexiconScorer
from fund.portfolio.book import Book, ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.postings import post_deposit
from fund.portfolio.session_mark import SessionMark, mark_book
from fund.settlement import settle
from graph.chat_events import Progress, StepFinished, StepStarted
from graph.desk_control import AdvanceSummary, DeskStatus, Hearing, OnEvent, PlayedSession
from graph.desk_tools import DeskTools
from graph.intent import AT_ONCE
from graph.setups import trade_setup
from support.bakeoffs import NoSheets, OneBakeoff
from support.forecaster_lives import an_artifact
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import bundle_history
from support.scripted_committee import (
    FIRST,
    HALTED,
    PLAYED,
    ROLES,
    SPEAKER,
    ListedForecasts,
    ScriptedCommittee,
)
from tools.alerts import AlertTools
from tools.attribution import AttributionTools
from tools.bakeoffs import BakeoffEnd, BakeoffTools
from tools.candles import CandleTools
from tools.consensus import SESSIONS_READ, ConsensusTools, SignalGround
from tools.control import ControlTools
from tools.control_action import Ground
from tools.correlations import CorrelationTools
from tools.decisions import DecisionTools
from tools.directory import Directory
from tools.discovery import DiscoveryTools
from tools.evaluations import EvaluationTools
from tools.forecasters import ForecasterTools
from tools.forecasts import ForecastTools
from tools.jobs import JobTools, PlannedJob
from tools.market import MarketTools
from tools.memory import MemoryTools, remember_trades
from tools.pairs import SESSIONS_READ as SESSIONS_OF_PAIRS
from tools.pairs import PairTools
from tools.patterns import PatternTools
from tools.performance import PerformanceTools
from tools.portfolio import PortfolioTools
from tools.records import RecordTools
from tools.requested_closes import RequestedClosesTools
from tools.sentiment import SentimentTools
from tools.shadows import ShadowTools
from tools.sql_questions import SqlQuestions
from tools.stress import StressTools
from tools.watchlist import WatchlistTools

OWNER, VIEWER = "owner", "viewer"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MANDATE = a_mandate(
    name="paper",
    mandate_hash="m" * 64,
    min_trade=Decimal("0.005"),
    limits=some_limits(
        max_position=Decimal("0.10"), max_sector=Decimal("0.30"), min_cash=Decimal("0.02"), max_names=12
    ),
    costs=real_costs(),
)


PLANNED = (PlannedJob(name="verify", what="the books are checked", timing=Nightly(time(3, 30))),)


class PlayedDesk:
    """A desk that plays the bundle's sessions into a database, and offers its tools."""

    def __init__(self, engine: Engine, history: History, clock: Clock, sessions: int = 0) -> None:
        self.engine = engine
        self.history = history
        self.clock = clock
        calendar = history.calendar
        self.sessions = calendar.sessions(FIRST, history.last_session)
        self.committee = ScriptedCommittee(self.sessions)
        self._next = 0
        self._one_at_a_time = Lock()
        self._book, self._orders, self._mark = Book(), tuple[Order, ...](), None
        self.records: list[CycleRecord] = []
        self.marks: list[SessionMark] = []
        self.fills: list[Fill] = []
        self.closed: list[ClosedTrade] = []
        self.advancing: Callable[[], None] = lambda: None
        for _ in range(sessions):
            self.play()

    @property
    def book(self) -> Book:
        return self._book

    @property
    def session(self) -> date:
        return self.sessions[max(self._next - 1, 0)]

    def view(self, session: date | None = None) -> HistoryView:
        day = session or self.session
        return self.history.view(self.history.calendar.decision_time(day))

    def play(self) -> PlayedSession:
        """Play the next session; one at a time, whoever asks."""
        with self._one_at_a_time:
            return self._play()

    def _play(self) -> PlayedSession:
        """Settle the open orders at the next session's open, decide on its close, and record both."""
        session, calendar = self.sessions[self._next], self.history.calendar
        view = self.history.view(calendar.decision_time(session))
        with transaction(self.engine) as connection:
            ledger = Ledger(connection)
            if self._next == 0:
                deposit = post_deposit(Decimal(100_000), session, calendar.open_at(session), "initial")
                ledger.append([deposit])
                self._book = self._book.apply(deposit)
            settled = settle(
                self._orders,
                self._book,
                MANDATE,
                session=session,
                opened_at=calendar.open_at(session),
                bars=self.history.next_bars(session),
                suspect_opens=frozenset(),
                actions=self.history.actions_on(session),
            )
            ledger.record_settlement(settled)
            self._book = settled.book
            self.fills += settled.fills
            self.closed += settled.closed
            self._mark_session(ledger, view)
            record = self._decide(view)
            Decisions(connection).record_cycle(
                record, job="daily", slot=session.isoformat(), recorded_at=calendar.decision_time(session)
            )
            ledger.record_orders(record.orders)
        self._orders = record.orders
        self.records.append(record)
        self._next += 1
        return self._played(record, len(settled.fills))

    def _mark_session(self, ledger: Ledger, view: MarketView) -> None:
        self._mark = mark_book(
            self._mark,
            self._book,
            {ticker: view.mark(ticker) for ticker in self._book.positions},
            session=view.session,
            at=view.as_of,
            benchmark_index=float(view.total_return_index("SPY", 1)[-1]),
        )
        ledger.mark_session(self._mark)
        self.marks.append(self._mark)

    def _decide(self, view: MarketView) -> CycleRecord:
        return decide(
            self.committee,
            view,
            self._book,
            MANDATE,
            cycle_id=f"daily-{view.session.isoformat()}",
            inputs={"data_version": "bundle"},
            halted="paused by the owner" if self._next == HALTED else None,
        )

    def _played(self, record: CycleRecord, fills: int) -> PlayedSession:
        returns = [mark.unit_value for mark in self.marks[-2:]]
        return PlayedSession(
            session=record.session,
            status=record.status,
            equity=record.equity,
            return_fraction=returns[-1] / returns[0] - 1 if len(returns) == 2 else None,
            benchmark_return=None,
            fills=fills,
            orders=len(record.orders),
        )

    def status(self) -> DeskStatus:
        left = len(self.sessions) - self._next
        return DeskStatus(
            mode="replay",
            session=self.session,
            next_session=self.sessions[self._next] if left else None,
            unplayed=left,
            provider=SPEAKER,
        )

    async def advance(self, sessions: int, on_event: OnEvent) -> AdvanceSummary:
        played: list[PlayedSession] = []
        for done in range(sessions):
            on_event(Progress(label="Sessions played", done=done, total=sessions))
            cycle = f"daily-{self.sessions[self._next].isoformat()}"
            on_event(StepStarted(step_id=cycle, parent_id=None, name=cycle, kind="cycle"))
            for role in ROLES:
                step = f"{cycle}/{role}"
                on_event(StepStarted(step_id=step, parent_id=cycle, name=role, kind="role"))
                on_event(StepFinished(step_id=step, output="done", seconds=0.0))
            self.advancing()
            played.append(await asyncio.to_thread(self.play))
            on_event(StepFinished(step_id=cycle, output="done", seconds=0.0))
        return AdvanceSummary(played=tuple(played), unplayed=len(self.sessions) - self._next)

    async def hear(self, hearing_id: str, tickers: Sequence[str], on_event: OnEvent) -> Hearing:
        on_event(StepStarted(step_id=hearing_id, parent_id=None, name="Hearing", kind="cycle"))
        record = await asyncio.to_thread(
            decide,
            self.committee,
            self.view(),
            self._book,
            MANDATE,
            cycle_id=hearing_id,
            inputs={},
        )
        on_event(StepFinished(step_id=hearing_id, output="nothing is ordered", seconds=0.0))
        return told(record, tickers, SPEAKER)

    async def evaluate(self, command_id: str, on_event: OnEvent) -> BakeoffEnd:
        raise QueryRefusedError("this desk of a test runs no bakeoffs")

    def bakeoff_of(self, thread_id: str) -> str | None:
        return None

    def tools(self) -> DeskTools:
        """Return every tool over this desk."""
        forecasts = ForecastTools([ListedForecasts()])
        return DeskTools(
            portfolio=PortfolioTools(self.engine, self.view, MANDATE),
            stress=StressTools(self.engine, self.view, MANDATE),
            performance=PerformanceTools(self.engine, "SPY", views=self.view, directory=self.directory),
            attribution=AttributionTools(self.engine, self.view, MANDATE),
            decisions=DecisionTools(self.engine, self.view, self.directory, forecasts),
            control=self.control(),
            watchlist=WatchlistTools(self.engine, self.view, MANDATE),
            closes=RequestedClosesTools(self.engine),
            alerts=AlertTools(self.engine),
            jobs=JobTools(self.engine, self.clock, nyse, lambda: PLANNED),
            evaluations=EvaluationTools(self.engine),
            discovery=DiscoveryTools(self.engine, self.view, MANDATE),
            shadows=ShadowTools(self.engine, self.view, ("offline",), {}),
            news=SentimentTools(self.view, self.directory, LexiconScorer()),
            forecasts=forecasts,
            memory=MemoryTools(self.engine),
            records=self.record_tools(),
            views=self.view,
            directory=self.directory,
            desk=self,
            benchmark="SPY",
            sql=self.sql(),
            patterns=PatternTools(self.engine, self.view, "SPY"),
            candles=CandleTools(self.engine, self.view, self.directory, MANDATE.exits),
            correlations=CorrelationTools(self.engine, self.view),
            pairs=PairTools(self.engine, self.pair_ground, self.directory),
            bakeoffs=BakeoffTools(OneBakeoff()),
            ratings=NoSheets(),
            forecasters=ForecasterTools(self.engine, lambda: self.view().session, an_artifact, lambda: {}),
            consensus=ConsensusTools(self.engine, self.signal_ground),
            costs=MANDATE.costs,
        )

    def signal_ground(self, session: date) -> SignalGround:
        """Return what the rules read."""
        return SignalGround(
            universe=universe_at(self.history, session, "SPY", SESSIONS_READ),
            reports=self.history.reports,
            decision_time=self.history.calendar.decision_time,
        )

    def pair_ground(self) -> Universe:
        """Return what pairs are formed on."""
        return universe_at(self.history, self.view().session, "SPY", SESSIONS_OF_PAIRS)

    def control(self) -> ControlTools:
        """Return what the owner may have done."""
        ground = Ground(
            status=self.status,
            mandate=MANDATE,
            calendar=self.history.calendar,
            view=self.view,
            directory=self.directory,
            at_once=AT_ONCE,
        )
        return ControlTools(self.engine, self.clock, ground, may_act=lambda name: name != VIEWER)

    def record_tools(self, encoder: Encoder | None = None) -> RecordTools:
        """Return the search over what was played; by words alone without an encoder."""
        indexer = RecordIndexer(self.engine, lambda: self.history)
        return RecordTools(self.engine, lambda: encoder, self.clock.now, self.directory, indexer.write)

    def sql(self) -> SqlQuestions:
        """Return SQL questions over this desk's records; their connections end with the engine's."""
        database = AskDatabase(self.engine.url.render_as_string(hide_password=False))
        event.listen(self.engine, "engine_disposed", lambda _: database.close())
        return SqlQuestions(database, self.engine, self.clock)

    def directory(self) -> Directory:
        return _directory(self.history.data_version)

    def remember(self) -> None:
        """Put the closed trades into memory, by the market they were opened in."""
        setups = []
        for trade in self.closed:
            market = MarketTools(self.view(trade.opened))
            snapshot, state = market.snapshot(trade.ticker), market.market("SPY")
            setups.append(trade_setup(snapshot, (), state, market.macro()))
        with transaction(self.engine) as connection:
            remember_trades(
                connection,
                self.closed,
                setups,
                held_sessions=[5] * len(self.closed),
                known_at=self.view().as_of,
            )


@cache
def _directory(data_version: str) -> Directory:
    view = bundle_history().view(bundle_history().calendar.decision_time(FIRST))
    return Directory(view.instrument(ticker) for ticker in view.tickers())


def a_played_desk(engine: Engine, sessions: int = PLAYED, clock: Clock | None = None) -> PlayedDesk:
    """Return a desk that has played `sessions` sessions of the bundle into the database."""
    return PlayedDesk(engine, bundle_history(), clock or FixedClock(NOW), sessions)
