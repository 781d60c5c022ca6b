"""Joins the conversation to a desk: its tools, its memory of the thread, and the LLM if there is one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from langgraph.checkpoint.base import BaseCheckpointSaver

from agents.calls import CallLog
from agents.roster import Seat
from db.accounts import may_act as owners_of
from db.engine import in_transaction
from db.llm_calls import LLMCalls
from desk.blind_ratings import BlindRatings
from desk.bootstrap import Desk
from desk.decision_reasons import DecisionReasons
from desk.evaluating import EVALS
from desk.llm_budget import most_of_a_run
from desk.members_index import MembersIndex
from desk.promoting import Leads
from desk.schedule.jobs import planned_of
from desk.sentiment import sentiment_tools
from desk.shadow_field import shadow_field
from desk.universes import universe_at
from desk.worker import DeskWorker
from fund.features.universe import Universe
from fund.market.history_view import HistoryView
from graph.chat import Assistant, DeskConversation
from graph.desk_tools import DeskTools
from graph.examples.likeness import Likeness
from graph.intent import AT_ONCE
from tools.alerts import AlertTools
from tools.attribution import AttributionTools
from tools.bakeoffs import BakeoffTools
from tools.candles import CandleTools
from tools.consensus import SESSIONS_READ, ConsensusTools, SignalGround
from tools.control import ControlTools
from tools.control_action import CommitteeCost, Ground
from tools.correlations import CorrelationTools
from tools.decisions import DecisionTools
from tools.directory import Directory
from tools.discovery import DiscoveryTools
from tools.evaluations import EvaluationTools
from tools.forecasters import ForecasterTools
from tools.jobs import JobTools
from tools.memory import MemoryTools
from tools.pairs import SESSIONS_READ as SESSIONS_OF_PAIRS
from tools.pairs import PairTools
from tools.patterns import PatternTools
from tools.performance import PerformanceTools
from tools.portfolio import PortfolioTools
from tools.records import RecordTools
from tools.requested_closes import RequestedClosesTools
from tools.shadows import ShadowTools
from tools.sql_questions import SqlQuestions
from tools.stress import StressTools
from tools.watchlist import WatchlistTools

MayAct = Callable[[str], bool]


class Sight:
    """The market at a desk's own clock, and who can be meant by a name then."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._directory_at = lru_cache(maxsize=4)(self._directory_of)

    def view(self, session: date | None = None) -> HistoryView:
        """Return the market as it was known on the close of a session, by default the last one played."""
        history = self._desk.history
        at = session or self._desk.player.last_session() or history.first_session
        return history.view(history.calendar.decision_time(at))

    def directory(self) -> Directory:
        """Return the instruments that are known at the desk's clock."""
        return self._directory_at(self.view().session)

    def _directory_of(self, session: date) -> Directory:
        known = self.view(session)
        return Directory(known.instrument(ticker) for ticker in sorted(known.tickers()))


def job_tools(desk: Desk, worker: DeskWorker) -> JobTools:
    """Return the questions about what a desk does by itself."""
    return JobTools(desk.engine, desk.clock, worker.runner.calendar, lambda: planned_of(desk, worker.runner))


def desk_tools(desk: Desk, worker: DeskWorker, may_act: MayAct | None = None) -> DeskTools:
    """Return everything the owner may ask of a desk; answers stand at the desk's own clock."""
    sight = Sight(desk)
    view, directory = sight.view, sight.directory
    return DeskTools(
        portfolio=PortfolioTools(desk.engine, view, desk.mandate),
        stress=StressTools(desk.engine, view, desk.mandate),
        performance=PerformanceTools(
            desk.engine,
            desk.mandate.benchmark,
            MembersIndex(desk.market),
            views=view,
            directory=directory,
        ),
        attribution=AttributionTools(desk.engine, view, desk.mandate),
        decisions=DecisionTools(desk.engine, view, directory, desk.forecasts, DecisionReasons(desk.learning)),
        control=control_tools(desk, worker, may_act or owners_of(desk.engine)),
        watchlist=WatchlistTools(desk.engine, view, desk.mandate),
        closes=RequestedClosesTools(desk.engine),
        alerts=AlertTools(desk.engine),
        jobs=job_tools(desk, worker),
        evaluations=EvaluationTools(desk.engine),
        discovery=DiscoveryTools(desk.engine, view, desk.mandate),
        shadows=shadow_tools(desk),
        news=sentiment_tools(desk.engine, desk.clock, desk.news_scorer, view, directory),
        forecasts=desk.forecasts,
        memory=MemoryTools(desk.engine),
        records=record_tools(desk, directory),
        views=view,
        directory=directory,
        desk=worker,
        benchmark=desk.mandate.benchmark,
        sql=SqlQuestions(desk.ask, desk.engine, desk.clock),
        patterns=PatternTools(desk.engine, view, desk.mandate.benchmark),
        candles=CandleTools(desk.engine, view, directory, desk.mandate.exits),
        correlations=CorrelationTools(desk.engine, view),
        pairs=pair_tools(desk, sight),
        bakeoffs=BakeoffTools(worker.bakeoffs),
        ratings=BlindRatings(desk.settings.data_dir / EVALS),
        forecasters=forecaster_tools(desk),
        consensus=consensus_tools(desk),
        costs=desk.mandate.costs,
    )


def forecaster_tools(desk: Desk) -> ForecasterTools:
    """Return the questions about the forecasters themselves."""
    return ForecasterTools(
        desk.engine, lambda: Sight(desk).view().session, desk.learning.kept, lambda: desk.learning.unavailable
    )


def consensus_tools(desk: Desk) -> ConsensusTools:
    """Return the question of what everything that has a view of a name comes to."""

    def ground(session: date) -> SignalGround:
        history = desk.history
        return SignalGround(
            universe=universe_at(history, session, desk.mandate.benchmark, SESSIONS_READ),
            reports=history.reports,
            decision_time=history.calendar.decision_time,
        )

    return ConsensusTools(desk.engine, ground)


def pair_tools(desk: Desk, sight: Sight) -> PairTools:
    """Return the question of which pairs are cointegrated at the desk's clock."""

    def universe() -> Universe:
        return universe_at(desk.history, sight.view().session, desk.mandate.benchmark, SESSIONS_OF_PAIRS)

    return PairTools(desk.engine, universe, sight.directory)


def shadow_tools(desk: Desk) -> ShadowTools:
    """Return the questions about the LLMs that are asked beside the committee."""
    skipped = shadow_field(desk.settings, desk.mandate).skipped
    return ShadowTools(desk.engine, Sight(desk).view, desk.mandate.shadows, skipped)


def record_tools(desk: Desk, directory: Callable[[], Directory]) -> RecordTools:
    """Return the search over a desk's records; by words alone while the encoder is not loaded."""
    return RecordTools(
        desk.engine,
        lambda: desk.encoder if desk.encoder.is_loaded else None,
        desk.clock.now,
        directory,
        desk.indexer.write_unless_writing,
    )


def control_tools(desk: Desk, worker: DeskWorker, may_act: MayAct) -> ControlTools:
    """Return the control actions of a desk, for whoever may act: the chat's owner, or the terminal's."""
    sight = Sight(desk)
    ground = Ground(
        status=worker.status,
        mandate=desk.mandate,
        calendar=desk.history.calendar,
        view=sight.view,
        directory=sight.directory,
        at_once=AT_ONCE,
        committee_cost=lambda candidates: cost_of_committee(desk, candidates),
        bakeoffs=worker.bakeoffs,
        leading=Leads(desk.learning),
    )
    return ControlTools(desk.engine, desk.clock, ground, may_act=may_act)


def cost_of_committee(desk: Desk, candidates: int) -> CommitteeCost | None:
    """Return what one run over so many candidates may cost, and what is left of the day; None by rules."""
    roster, today = desk.seating.roster, desk.clock.now().date()
    llms = [seat.label for seat in roster.committee if not seat.is_rules]
    if not llms:
        return None
    spent = in_transaction(desk.engine, lambda connection: LLMCalls(connection).committed(today))
    budget = desk.mandate.llm_daily_budget_usd
    return CommitteeCost(
        llm=", ".join(llms),
        most=most_of_a_run(roster, candidates),
        left=max(budget - spent, Decimal(0)),
        budget=budget,
    )


def converse(
    desk: Desk,
    worker: DeskWorker,
    checkpointer: BaseCheckpointSaver[str],
    tools: DeskTools | None = None,
    log: CallLog | None = None,
) -> DeskConversation:
    """Return the desk's conversation over its tools; threads are kept by the checkpointer.

    `log` takes the place of the desk's own call log: an evaluation listens to what its calls cost.
    """
    tools = tools or desk_tools(desk, worker)
    assistants = _assistants(desk, tools, checkpointer, log or desk.seating.log)
    likeness = Likeness(encoder=lambda: desk.encoder)
    return DeskConversation(tools, checkpointer, assistants=assistants, likeness=likeness, clock=desk.clock)


def _assistants(
    desk: Desk, tools: DeskTools, checkpointer: BaseCheckpointSaver[str], log: CallLog
) -> dict[str, Assistant]:
    """Return the LLMs that may speak in the chat, the committee's first, all paid from its budget."""
    seating = desk.seating
    if seating.seat.spec.provider == "offline":
        return {}
    from agents.metered import MeteredCalls
    from graph.assistant import LLMAssistant

    def seated(seat: Seat) -> Assistant:
        meter = MeteredCalls(seat=seat, log=log, clock=desk.clock, limits=seating.limits)
        return LLMAssistant(lambda: seat.client().chat, tools, checkpointer, meter)

    return {seat.label: seated(seat) for seat in (seating.seat, *seating.others)}
