"""The offline conversation as a graph: understand the question, then answer it; a thread keeps its focus."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from db.record_codec import from_plain, to_plain
from graph.answering import answer_offline
from graph.desk_tools import DeskTools
from graph.intent import Focus, Intent
from graph.router import focus_after, route


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


def build_chat(tools: DeskTools, checkpointer: BaseCheckpointSaver[Any]) -> Chat:
    """Compile the offline conversation: understand the question, then answer it."""

    async def understand(state: ChatState) -> ChatState:
        focus = from_plain(Focus, state["focus"]) if state.get("focus") else Focus()
        status = await asyncio.to_thread(tools.desk.status)
        directory = await asyncio.to_thread(tools.directory)
        intent = route(state["question"], directory, status.session, focus)
        after = focus_after(intent, focus)
        if intent.extreme and after.ticker is None:
            after = replace(
                after, ticker=await asyncio.to_thread(tools.at_the_end, intent.name, intent.extreme)
            )
        return {"question": "", "intent": to_plain(intent), "focus": to_plain(after)}

    async def reply(state: ChatState, *, runtime: Runtime[Turn]) -> ChatState:
        intent, turn = from_plain(Intent, state["intent"]), runtime.context
        async for event in answer_offline(intent, tools, user=turn.user, thread_id=turn.thread_id):
            runtime.stream_writer(event)
        return {}

    graph = StateGraph(ChatState, context_schema=Turn)
    graph.add_node("understand", understand)
    graph.add_node("reply", reply)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "reply")
    graph.add_edge("reply", END)
    return graph.compile(checkpointer=checkpointer, name="conversation")
