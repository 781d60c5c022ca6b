"""A loop on its own thread: results and errors come back, and what nobody waits for is taken back."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event, current_thread, main_thread
from threading import enumerate as living_threads

import pytest

from graph.loop import LoopThread

PATIENCE_SECONDS, AGAIN_SECONDS = 10.0, 0.05


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with closing(LoopThread()) as made:
        yield made


async def doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_coroutine_gives_its_result_to_the_thread_that_waits(loop: LoopThread) -> None:
    assert loop.run(doubled(21)) == 42


def test_an_error_comes_back_as_it_was(loop: LoopThread) -> None:
    async def fail() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        loop.run(fail())
    assert loop.run(doubled(1)) == 2


def test_everything_runs_on_the_one_thread(loop: LoopThread) -> None:
    async def where() -> str:
        return current_thread().name

    assert {loop.run(where()) for _ in range(3)} == {"graph-loop"}


def test_what_lives_on_the_loop_can_be_used_by_a_later_call(loop: LoopThread) -> None:
    async def make() -> asyncio.Queue[int]:
        return asyncio.Queue()

    queue = loop.run(make())
    loop.run(queue.put(7))
    assert loop.run(queue.get()) == 7


def test_threads_may_wait_side_by_side(loop: LoopThread) -> None:
    async def meet(barrier: asyncio.Barrier) -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await barrier.wait()

    async def make() -> asyncio.Barrier:
        return asyncio.Barrier(3)

    barrier = loop.run(make())
    with ThreadPoolExecutor(3) as threads:
        places = [threads.submit(loop.run, meet(barrier)) for _ in range(3)]
        assert sorted(place.result() for place in places) == [0, 1, 2]


class Held:
    """Work that waits for ever, and says when it has begun and that it was taken back."""

    def __init__(self) -> None:
        self.begun, self.taken_back = Event(), Event()

    async def wait(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.taken_back.set()


def main_thread_waits() -> bool:
    """Say whether the thread that runs the tests is waiting for a result."""
    frame = sys._current_frames()[main_thread().ident or 0]
    return frame.f_code.co_qualname == "Condition.wait"


def waiting(loop: LoopThread, held: Held) -> tuple[ThreadPoolExecutor, Future[None]]:
    thread = ThreadPoolExecutor(1)
    future = thread.submit(loop.run, held.wait())
    assert held.begun.wait(PATIENCE_SECONDS)
    return thread, future


def test_closing_takes_back_what_still_runs_and_ends_the_thread() -> None:
    loop, held = LoopThread(), Held()
    thread, future = waiting(loop, held)
    with thread:
        loop.close()
        assert held.taken_back.is_set()
        assert isinstance(future.exception(PATIENCE_SECONDS), BaseException)
    assert "graph-loop" not in {each.name for each in living_threads()}


def test_closing_twice_is_allowed() -> None:
    loop = LoopThread()
    loop.close()
    loop.close()


@pytest.fixture
def struck() -> Iterator[list[int]]:
    """Interrupt once, however often the signal comes, and say that it did."""
    told: list[int] = []

    def strike(number: int, _: object) -> None:
        if not told:
            told.append(number)
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, strike)
    yield told
    signal.signal(signal.SIGINT, before)


def test_who_is_interrupted_takes_its_work_back(loop: LoopThread, struck: list[int]) -> None:
    """The signal is sent until it is heard: one that comes just before a lock is waited for wakes nobody."""
    held = Held()

    def interrupt() -> None:
        assert held.begun.wait(PATIENCE_SECONDS)
        while not main_thread_waits():
            pass
        while not struck:
            os.kill(os.getpid(), signal.SIGINT)
            held.taken_back.wait(AGAIN_SECONDS)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            loop.run(held.wait())
    assert held.taken_back.wait(PATIENCE_SECONDS)
    assert loop.run(doubled(2)) == 4
