"""How long the owner looks at nothing: from a question to the first word of the answer, offline."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from time import perf_counter
from urllib.parse import urlsplit

from desk.bootstrap import Desk
from desk.talk import converse
from desk.worker import DeskWorker
from graph.chat import DeskConversation
from graph.chat_events import Failure, TextToken
from graph.checkpoints import libpq_url, open_checkpoints
from support.bench_desk import first_start, open_bench_desk, serving_desk
from support.benchmark import Figure, median, percentile_95, single

PORTFOLIO = (
    "What do we hold and why?",
    "show me our positions",
    "what is our largest position?",
    "how are we doing?",
    "how is the portfolio doing against the benchmark?",
    "how much cash do we have?",
    "what is our exposure by sector?",
    "why do we hold {held}?",
    "why did you buy {held}?",
    "what did you decide last session?",
)
ROUNDS, ASKED_BY_SOCKET = 6, 20


def measure() -> Iterator[Figure]:
    """Ask the played desk by its conversation, in new and in old threads; then by the chat page's socket."""
    with open_bench_desk(first_start().folder) as desk, closing(DeskWorker(desk)) as worker:
        first, whole = asyncio.run(_asked(desk, worker))
    yield single("the first question after a start, first word", "s", first[0])
    yield percentile_95("portfolio questions, first word", "s", first[1:], bound=0.5)
    yield median("portfolio questions, first word, in the middle", "s", first[1:])
    yield percentile_95("portfolio questions, whole answer", "s", whole[1:])
    yield from _through_the_page()


async def _asked(desk: Desk, worker: DeskWorker) -> tuple[list[float], list[float]]:
    """Return the seconds to the first word, and to the end, of every question in turn."""
    held = sorted(desk.player.book().positions)
    async with _conversation(desk, worker) as conversation:
        times = [
            await _time(
                conversation, f"thread-{number % ROUNDS}", question.format(held=held[turn % len(held)])
            )
            for turn in range(ROUNDS)
            for number, question in enumerate(PORTFOLIO)
        ]
    return [first for first, _ in times], [whole for _, whole in times]


@asynccontextmanager
async def _conversation(desk: Desk, worker: DeskWorker) -> AsyncIterator[DeskConversation]:
    saver, pool = await open_checkpoints(libpq_url(desk.stores.url))
    try:
        yield converse(desk, worker, saver)
    finally:
        await pool.close()


async def _time(conversation: DeskConversation, thread_id: str, question: str) -> tuple[float, float]:
    started = perf_counter()
    first = None
    async for event in conversation.answer(thread_id, "owner", question):
        assert not isinstance(event, Failure), f"{question}: {event}"
        if first is None and isinstance(event, TextToken):
            first = perf_counter() - started
    assert first is not None, question
    return first, perf_counter() - started


def _through_the_page() -> Iterator[Figure]:
    """Ask a served desk over the socket, as the page in a browser does."""
    from support.chat_client import ChatClient, Visitor

    seconds: list[float] = []
    with serving_desk(first_start().folder) as served:
        visitor, link = Visitor(served.address), urlsplit(served.link)
        assert visitor.get(f"{link.path}?{link.query}").status == 303
        with ChatClient(visitor) as chat:
            for number in range(ASKED_BY_SOCKET + 1):
                question = PORTFOLIO[number % len(PORTFOLIO)].format(held="AAPL")
                words, ended, started = len(chat.streamed), chat.turns_ended, perf_counter()
                chat.send(question)
                chat.wait(lambda words=words: len(chat.streamed) > words)
                seconds.append(perf_counter() - started)
                chat.wait(lambda ended=ended: chat.turns_ended > ended)
    yield single("through the chat page's socket, the first question", "s", seconds[0])
    yield percentile_95("through the chat page's socket, first word", "s", seconds[1:], bound=0.5)
