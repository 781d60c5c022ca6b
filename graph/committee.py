"""The committee: two researchers side by side, then manager, validator (one way back) and risk officer."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Literal, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from graph.chat_events import StepFinished, StepStarted
from graph.context import CommitteeContext, RoleTurn, brief_reader
from graph.state import CommitteeState

MACRO = "macro_researcher"
QUANT = "quant_researcher"
MANAGER = "portfolio_manager"
VALIDATOR = "validator"
RISK = "risk_officer"
ROLE_SECONDS = 660.0
"""A node that hangs longer than any deadline of the door is cut off; the cycle then holds."""

Committee = CompiledStateGraph[CommitteeState, CommitteeContext, CommitteeState, CommitteeState]


class Node(Protocol):
    """One role's turn."""

    async def __call__(self, state: CommitteeState, *, runtime: Runtime[CommitteeContext]) -> dict[str, Any]:
        """Return what the turn adds to the state."""
        ...


def build_committee(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Committee:
    """Compile the graph; with a checkpointer every node's outcome survives the process."""
    graph = StateGraph(CommitteeState, context_schema=CommitteeContext)
    for role in (MACRO, QUANT, MANAGER, VALIDATOR, RISK):
        graph.add_node(role, _role_node(role), timeout=ROLE_SECONDS)
    graph.add_edge(START, MACRO)
    graph.add_edge(START, QUANT)
    graph.add_edge([MACRO, QUANT], MANAGER)
    graph.add_conditional_edges(MANAGER, _after_manager, [VALIDATOR, RISK, END])
    graph.add_conditional_edges(VALIDATOR, _after_validator, [MANAGER, RISK, END])
    graph.add_edge(RISK, END)
    return graph.compile(checkpointer=checkpointer, name="committee")


def _role_node(role: str) -> Node:
    async def node(state: CommitteeState, *, runtime: Runtime[CommitteeContext]) -> dict[str, Any]:
        if state["silent"]:
            return {}
        context = runtime.context
        revision = state["revisions"] if role == MANAGER else 0
        step_id = f"{context.cycle_id}/{role}" + (f"/{revision}" if revision else "")
        started = perf_counter()
        turn = await _watched(context, role, step_id, state["answers"])
        summary = turn.silent or str((turn.answer or {}).get("summary", ""))
        context.watch(
            StepFinished(
                step_id=step_id,
                output=summary,
                seconds=perf_counter() - started,
                failed=turn.silent is not None,
                tokens=turn.tokens,
            )
        )
        update: dict[str, Any] = {
            "notes": {role: list(turn.notes)},
            "speakers": {role: turn.speaker},
            "calls": {role: [*state["calls"].get(role, ()), *turn.call_ids]},
        }
        if turn.answer is None:
            return update | {"silent": {role: turn.silent or "no answer"}}
        update["answers"] = {role: turn.answer}
        if role == VALIDATOR and turn.answer["verdict"] == "revise":
            update["revisions"] = state["revisions"] + 1
        return update

    node.__name__ = role
    return node


async def _watched(
    context: CommitteeContext, role: str, step_id: str, earlier: Mapping[str, Any]
) -> RoleTurn:
    """Ask a role; its step begins with the brief, in the moment the brief is sent."""
    begun: list[str] = []

    def begin(brief: str) -> None:
        begun.append(step_id)
        parent = context.cycle_id
        context.watch(StepStarted(step_id=step_id, parent_id=parent, name=role, kind="role", input=brief))

    token = brief_reader.set(begin)
    try:
        turn = await context.ask(role, context.evidence, earlier)
    finally:
        brief_reader.reset(token)
    if not begun:
        begin(turn.brief)
    return turn


def _after_manager(state: CommitteeState) -> Literal["validator", "risk_officer", "__end__"]:
    """A revised proposal goes straight to the risk officer: the validator has had its one objection."""
    if state["silent"]:
        return "__end__"
    return "risk_officer" if state["revisions"] else "validator"


def _after_validator(state: CommitteeState) -> Literal["portfolio_manager", "risk_officer", "__end__"]:
    if state["silent"]:
        return "__end__"
    return "portfolio_manager" if state["revisions"] else "risk_officer"
