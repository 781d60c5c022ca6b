"""The whole conversation over a real database with a real past: questions, tickets, advances, failures."""

from collections.abc import AsyncIterator, Iterator

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Engine

from graph.chat import DeskConversation
from graph.chat_events import ChatEvent, StepFinished, StepStarted, Table, TextToken
from support.database import database_server, database_url, engine  # noqa: F401
from support.desk_records import OWNER, PlayedDesk, a_played_desk

THREAD = "thread-1"


@pytest.fixture(scope="module")
def desk(engine: Engine) -> PlayedDesk:  # noqa: F811
    played = a_played_desk(engine)
    played.remember()
    return played


@pytest.fixture
def conversation(desk: PlayedDesk) -> DeskConversation:
    return DeskConversation(desk.tools(), InMemorySaver())


async def heard(events: AsyncIterator[ChatEvent]) -> list[ChatEvent]:
    return [event async for event in events]


def text_of(events: list[ChatEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextToken))


async def test_dump(conversation: DeskConversation) -> None:
    for ask in ["What do we hold and why?", "How are we doing?", "why did you buy AAPL?", "why did you buy MSFT?", "why did you skip KO on 2016-11-01?", "why did you skip NVDA on 2016-11-01", "why did you skip GE on 2016-11-01","why did you skip JNJ on 2016-11-01","why did you skip SPY on 2016-11-01","why did you skip BA","why did you skip WMT","why did you sell XOM","why did you buy XYZQ", "what happened on 2016-11-11","what happened on 2016-11-15","what did you decide last session", "forecast for nvidia", "top forecasts", "similar trades for apple","how is the market", "limits", "trades last month", "status", "help", "weather?", "advance 5", "pause trading", "yes", "confirm cmd-zzz", "why did you skip AAPL on 2016-11-17", "why MSFT on 2016-12-25"]:
        print("\n\n##", ask)
        events = await heard(conversation.answer(THREAD, OWNER, ask))
        print(text_of(events))
        for e in events:
            if isinstance(e, Table):
                print("TABLE", e.title, e.columns, len(e.rows)); print("   ", *e.rows[:3], sep="\n    ")
            elif not isinstance(e, (TextToken, StepStarted)): print(type(e).__name__, str(e)[:200])
