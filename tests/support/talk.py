"""Listening to a conversation: its events gathered, its words and tables picked out."""

from collections.abc import AsyncIterator, Iterable

from graph.chat import DeskConversation
from graph.chat_events import ChatEvent, Table, TextToken, Ticket
from support.desk_records import OWNER

THREAD = "thread-1"


async def heard(events: AsyncIterator[ChatEvent]) -> list[ChatEvent]:
    """Return every event of a stream."""
    return [event async for event in events]


async def asked(conversation: DeskConversation, text: str, thread: str = THREAD) -> list[ChatEvent]:
    """Return every event of the answer to the owner's question."""
    return await heard(conversation.answer(thread, OWNER, text))


def text_of(events: Iterable[ChatEvent]) -> str:
    """Return what was said."""
    return "".join(event.text for event in events if isinstance(event, TextToken))


def tables_of(events: Iterable[ChatEvent]) -> dict[str, Table]:
    """Return the tables by title."""
    return {event.title: event for event in events if isinstance(event, Table)}


def ticket_of(events: Iterable[ChatEvent]) -> Ticket:
    """Return the one ticket that was opened."""
    return next(event for event in events if isinstance(event, Ticket))
