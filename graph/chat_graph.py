"""The offline conversation as a graph: understand the question, then answer it; a thread keeps its focus."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from db.record_codec import from_plain, to_plain
from fund.errors import DataError
from graph.answering import answer_offline
from graph.chat_events import Table
from graph.desk_tools import DeskTools
from graph.examples.likeness import Likeness
from graph.intent import Focus, Intent
from graph.routing.router import WORDLESS, focus_after, route

LISTED_COLUMNS = ("Ticker", "Record")
"""Columns whose lines "the second one" may mean."""
MOST_LISTED = 20


class ChatState(TypedDict, total=False):
    """What a thread keeps between its turns: plain JSON, small."""

    question: str
    intent: dict[str, Any]
    focus: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Who asks, and in which thread; no text can change either."""

    user: str
    thread_id: str


Chat = CompiledStateGraph[ChatState, Turn, ChatState, ChatState]


def chat_thread(thread_id: str) -> str:
    """Return the checkpoint thread of a chat thread; cycles and assistants have their own."""
    return f"chat:{thread_id}"


def build_chat(tools: DeskTools, checkpointer: BaseCheckpointSaver[Any], likeness: Likeness) -> Chat:
    """Compile the offline conversation: understand the question, then answer it."""

    async def understand(state: ChatState) -> ChatState:
        focus = _focus_in(state)
        status = await asyncio.to_thread(tools.desk.status)
        directory = await asyncio.to_thread(tools.directory)
        intent = await asyncio.to_thread(route, state["question"], directory, status.session, focus, likeness)
        after = focus_after(intent, focus)
        if intent.extreme and after.ticker is None:
            after = replace(
                after, ticker=await asyncio.to_thread(tools.at_the_end, intent.name, intent.extreme)
            )
        return {"question": "", "intent": to_plain(intent), "focus": to_plain(after)}

    async def reply(state: ChatState, *, runtime: Runtime[Turn]) -> ChatState:
        intent, turn = from_plain(Intent, state["intent"]), runtime.context
        listed: tuple[str, ...] = ()
        async for event in answer_offline(intent, tools, user=turn.user, thread_id=turn.thread_id):
            if isinstance(event, Table) and not listed:
                listed = lines_of(event)
            runtime.stream_writer(event)
        if not listed or intent.name in WORDLESS:
            return {}
        return {"focus": to_plain(replace(_focus_in(state), listed=listed))}

    graph = StateGraph(ChatState, context_schema=Turn)
    graph.add_node("understand", understand)
    graph.add_node("reply", reply)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "reply")
    graph.add_edge("reply", END)
    return graph.compile(checkpointer=checkpointer, name="conversation")


def lines_of(table: Table) -> tuple[str, ...]:
    """Return what the lines of a table are about, in their order: tickers or records; nothing for others."""
    column = next((at for at, name in enumerate(table.columns) if name in LISTED_COLUMNS), None)
    if column is None:
        return ()
    return tuple(str(row[column]) for row in table.rows[:MOST_LISTED])


def _focus_in(state: ChatState) -> Focus:
    """Return what the thread last spoke of; one that an earlier version kept is begun anew."""
    try:
        return from_plain(Focus, state["focus"]) if state.get("focus") else Focus()
    except DataError:
        return Focus()
