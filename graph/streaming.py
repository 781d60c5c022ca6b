"""Work that tells its steps from other threads, as one stream; closing the stream ends the work."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

from graph.chat_events import ChatEvent
from graph.desk_control import OnEvent

T = TypeVar("T")


class Streamed(Generic[T]):
    """Runs work and hands its events on; `result` holds what it came to once the stream has ended."""

    def __init__(self, work: Callable[[OnEvent], Awaitable[T]]) -> None:
        self._work = work
        self._results: list[T] = []

    @property
    def result(self) -> T:
        """Return what the work came to; the stream has to be read to its end before."""
        return self._results[0]

    async def events(self) -> AsyncGenerator[ChatEvent, None]:
        """Yield each event as it happens; closing the stream cancels the work and waits for its end."""
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[ChatEvent | None] = asyncio.Queue()

        def pass_on(event: ChatEvent) -> None:
            loop.call_soon_threadsafe(told.put_nowait, event)

        task = asyncio.ensure_future(self._work(pass_on))
        task.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (event := await told.get()) is not None:
                yield event
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._results.append(await task)
