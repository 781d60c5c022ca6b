"""A short answer: its first paragraph and what must not be left out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from graph.chat_events import Chart, ChatEvent, TextToken

Events = AsyncGenerator[ChatEvent, None]
PARAGRAPH = "\n\n"


async def in_brief(events: Events) -> Events:
    """Pass along the first paragraph of what is said, the tables, the tickets and the failures; no chart."""
    said, over = "", False
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Chart):
                continue
            if not isinstance(event, TextToken):
                yield event
                continue
            if over:
                continue
            before, said = len(said), said + event.text
            end = said.lstrip("\n").find(PARAGRAPH)
            if end < 0:
                yield event
                continue
            over = True
            end += len(said) - len(said.lstrip("\n"))
            if rest := said[before : max(before, end)]:
                yield TextToken(text=rest)
