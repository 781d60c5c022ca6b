"""Twenty owners at once: how long the last of them waits for a whole answer, and what it costs in memory."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import perf_counter
from urllib.parse import urlsplit

from support.bench_desk import Served, first_start, serving_desk
from support.benchmark import Figure, median, single

USERS, ROUNDS = 20, 5
QUESTIONS = (
    "What do we hold and why?",
    "how are we doing?",
    "what did you decide last session?",
    "how is the market?",
    "what are the limits?",
)


def measure() -> Iterator[Figure]:
    """Let twenty tabs ask in the same moment, round after round, over the chat page's socket."""
    with serving_desk(first_start().folder) as served:
        before: list[float] = []
        ready = Barrier(USERS, action=lambda: before.append(_resident_mb(served.process_id)))
        with ThreadPoolExecutor(USERS) as users:
            seconds = list(users.map(lambda number: _ask(served, number, ready), range(USERS)))
        grown = _resident_mb(served.process_id) - before[0]
    last = [max(each[number] for each in seconds) for number in range(ROUNDS)]
    yield median(f"{USERS} users at once, until the last has its whole answer", "s", last, bound=6.0)
    yield single(f"memory of the desk after {USERS * ROUNDS} answers, grown by", "MB", grown, bound=100.0)


def _ask(served: Served, number: int, ready: Barrier) -> list[float]:
    """Return the seconds to the end of each of a user's answers; each round begins together."""
    from support.chat_client import ChatClient, Visitor

    visitor, link = Visitor(served.address), urlsplit(served.link)
    assert visitor.get(f"{link.path}?{link.query}").status == 303
    with ChatClient(visitor) as chat:
        chat.ask(QUESTIONS[number % len(QUESTIONS)])
        ready.wait()
        seconds = []
        for turn in range(ROUNDS):
            started = perf_counter()
            chat.ask(QUESTIONS[(number + turn) % len(QUESTIONS)])
            seconds.append(perf_counter() - started)
        said = chat.messages()
        assert len(said) > ROUNDS, said
        assert not any(each.startswith("That was quick") for each in said), said
    return seconds


def _resident_mb(process_id: int) -> float:
    """Return the memory a process holds now, in units of 10^6 bytes (Linux: VmRSS of /proc)."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(kilobytes) * 1024 / 1e6
