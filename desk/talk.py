"""Joins the conversation to a desk: its tools, its memory of the thread, and the LLM if there is one."""

from datetime import date
from functools import lru_cache

from langgraph.checkpoint.base import BaseCheckpointSaver

from desk.bootstrap import Desk
from desk.members_index import MembersIndex
from desk.worker import DeskWorker
from fund.market.history_view import HistoryView
from graph.chat import Assistant, DeskConversation
from graph.desk_tools import DeskTools
from tools.attribution import AttributionTools
from tools.cash import OwnersCash
from tools.control import ControlTools
from tools.decisions import DecisionTools
from tools.directory import Directory
from tools.memory import MemoryTools
from tools.performance import PerformanceTools
from tools.portfolio import PortfolioTools
from tools.stress import StressTools


def desk_tools(desk: Desk, worker: DeskWorker) -> DeskTools:
    """Return everything the owner may ask of a desk; answers stand at the desk's own clock."""

    def view(session: date | None = None) -> HistoryView:
        history = desk.history
        at = session or desk.player.last_session() or history.first_session
        return history.view(history.calendar.decision_time(at))

    @lru_cache(maxsize=4)
    def directory_at(session: date) -> Directory:
        known = view(session)
        return Directory(known.instrument(ticker) for ticker in sorted(known.tickers()))

    def directory() -> Directory:
        return directory_at(view().session)

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
        decisions=DecisionTools(desk.engine, view, directory, desk.forecasts),
        control=control_tools(desk, worker),
        forecasts=desk.forecasts,
        memory=MemoryTools(desk.engine),
        views=view,
        directory=directory,
        desk=worker,
        benchmark=desk.mandate.benchmark,
    )


def control_tools(desk: Desk, worker: DeskWorker) -> ControlTools:
    """Return the control actions of a desk, for the chat and for the terminal."""
    cash = OwnersCash(desk.history.calendar, desk.mandate.limits.min_cash)
    return ControlTools(desk.engine, desk.clock, worker.status, desk.mandate.breaker, cash)


def converse(desk: Desk, worker: DeskWorker, checkpointer: BaseCheckpointSaver[str]) -> DeskConversation:
    """Return the desk's conversation; threads are kept by the checkpointer."""
    tools = desk_tools(desk, worker)
    return DeskConversation(tools, checkpointer, assistant=_assistant(desk, tools, checkpointer))


def _assistant(desk: Desk, tools: DeskTools, checkpointer: BaseCheckpointSaver[str]) -> Assistant | None:
    """Return the LLM that speaks in the chat, paid from the committee's budget; None without one."""
    seating = desk.seating
    if seating.seat.spec.provider == "offline":
        return None
    from agents.metered import MeteredCalls
    from graph.assistant import LLMAssistant

    meter = MeteredCalls(seat=seating.seat, log=seating.log, clock=desk.clock, limits=seating.limits)
    return LLMAssistant(lambda: seating.seat.client().chat, tools, checkpointer, meter)
