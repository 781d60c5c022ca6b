"""An event loop on a thread of its own, so that synchronous work can wait for a graph."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for callers on other threads; database pools bound to the loop live as long."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="graph-loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one coroutine to its end and return its result; who stops waiting takes it back."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def take_back(self) -> None:
        """Take back what runs now; who waits for it gets `CancelledError`, and the loop goes on."""
        asyncio.run_coroutine_threadsafe(_take_back(), self._loop).result()

    def close(self) -> None:
        """Take back what still runs, stop the loop and join its thread; closing twice is allowed."""
        if self._loop.is_closed():
            return
        self.take_back()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _take_back() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
