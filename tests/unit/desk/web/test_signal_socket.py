"""The socket's queue: bounded, and a listener that takes nothing is let go with a reason."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from desk.web import signal_socket
from desk.web.api_shapes import EventFilter, StreamQuery
from desk.web.event_tail import Heard, Still
from desk.web.places import Places
from desk.web.signal_socket import TOO_SLOW, _filled, _first, message_of


class Tail:
    """Tells the numbers from one on, for ever or up to an end."""

    def __init__(self, end: Heard | None = None) -> None:
        self.places = Places(1)
        self.end = end
        self.told = 0

    async def listen(self, after: int, wanted: EventFilter, still: Still) -> AsyncIterator[Heard]:
        while self.end is None or self.told < self.end.seq:
            self.told += 1
            yield Heard(seq=after + self.told, event={"seq": after + self.told})
        yield self.end


async def welcome() -> bool:
    return True


async def filled(tail: Tail, queue: "asyncio.Queue[Heard]") -> signal_socket.Closing:
    return await _filled(queue, tail, 10, StreamQuery(), welcome)  # type: ignore[arg-type]


async def test_a_listener_that_takes_nothing_is_let_go_and_told_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signal_socket, "SLOW_SECONDS", 0.0)
    queue: asyncio.Queue[Heard] = asyncio.Queue(3)
    closing = await filled(Tail(), queue)
    assert closing.code == TOO_SLOW
    assert closing.reason == "too slow: 3 messages wait; go on after your last"
    assert [queue.get_nowait().seq for _ in range(3)] == [11, 12, 13]


async def test_a_listener_that_keeps_up_hears_everything_whatever_the_queue_holds() -> None:
    queue: asyncio.Queue[Heard] = asyncio.Queue(2)
    tail = Tail(Heard(seq=500, closed="the key ended"))
    filling = asyncio.create_task(filled(tail, queue))
    heard = [(await queue.get()).seq for _ in range(500)]
    assert heard == list(range(11, 511))
    assert await filling == signal_socket.Closing(4401, "the key ended")


async def test_an_end_of_the_server_is_no_fault_of_the_listener() -> None:
    tail = Tail(Heard(seq=0, closed="the desk is ending"))
    tail.places.ending = lambda: True
    assert (await filled(tail, asyncio.Queue())).code == signal_socket.ENDING


async def test_what_ends_first_ends_the_others() -> None:
    cancelled = asyncio.Event()

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def left() -> None:
        raise OSError("the other side is gone")

    assert await _first(goes_on(), left()) is None
    assert cancelled.is_set()


def test_a_message_says_what_it_is() -> None:
    assert message_of(Heard(seq=4)) == {"type": "heartbeat", "seq": 4}
    assert message_of(Heard(seq=4, event={"seq": 4, "kind": "x"})) == {"type": "event", "seq": 4, "kind": "x"}
