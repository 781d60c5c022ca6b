"""Where the figures of an answer come from: every tool call of it, with its arguments and its time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

from fund.clock import Clock
from fund.errors import DeskError
from graph.chat_events import ChatEvent, Source, Sources, StepFinished, StepStarted

Events = AsyncGenerator[ChatEvent, None]
ARGUMENTS_CHARACTERS = 400


async def with_sources(events: Events, clock: Clock, as_of: Callable[[], datetime]) -> Events:
    """Pass an answer along, and say last which tools it asked, in the order they were asked.

    A tool that broke off, failed or refused told nothing and is left out; an answer without one names none.
    """
    asked: dict[str, Source] = {}
    told: set[str] = set()
    async with aclosing(events):
        async for event in events:
            if isinstance(event, StepStarted) and event.kind == "tool" and event.parent_id is None:
                asked[event.step_id] = Source(
                    tool=event.name,
                    arguments=event.input[:ARGUMENTS_CHARACTERS],
                    asked_at=clock.now(),
                    as_of=await _clock_of_the_desk(as_of),
                )
            elif isinstance(event, StepFinished) and not event.failed:
                told.add(event.step_id)
            yield event
    if sources := tuple(source for step_id, source in asked.items() if step_id in told):
        yield Sources(sources=sources)


async def _clock_of_the_desk(as_of: Callable[[], datetime]) -> datetime | None:
    try:
        return await asyncio.to_thread(as_of)
    except DeskError:
        return None
