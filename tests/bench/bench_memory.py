"""How long recalling takes: what a decision asks of memory, at sizes that a desk reaches in decades."""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

from sqlalchemy import Engine

from db.embedded import EmbeddedPostgres
from db.engine import connect, transaction
from db.migrate import migrate
from support.bench_desk import scratch
from support.bench_memories import made_setups, remember_made
from support.benchmark import Figure, median, single, timed
from tools.memory import MemoryTools

AS_OF = datetime(2017, 1, 31, 21, 30, tzinfo=UTC)
NAMES, NEAREST, REPEATS = 20, 5, 9
SIZES = (1_000, 10_000, 100_000)


def measure() -> Iterator[Figure]:
    """Fill an own database step by step, and ask it what a decision asks."""
    with EmbeddedPostgres(scratch() / "memory") as server:
        migrate(server.url)
        engine = connect(server.url)
        try:
            yield from _measured(engine)
        finally:
            engine.dispose()


def _measured(engine: Engine) -> Iterator[Figure]:
    tools, asked = MemoryTools(engine), made_setups("trade", NAMES, seed=99)
    had = 0
    for size in SIZES:
        written = _filled(engine, size - had)
        had = size
        recalled = timed(lambda: tools.similar_trades(asked, AS_OF, NEAREST), repeats=REPEATS)
        assert all(len(found) == NEAREST for found in tools.similar_trades(asked, AS_OF, NEAREST))
        yield median(
            f"{NEAREST} similar trades for each of {NAMES} names among {size:,}", "ms", _ms(recalled)
        )
    yield single("remembering one, in batches", "ms", 1000 * written / (SIZES[-1] - SIZES[-2]))


def _filled(engine: Engine, count: int) -> float:
    """Add memories and return the seconds that took."""
    started = perf_counter()
    with transaction(engine) as connection:
        remember_made(connection, "trade", count, known_at=AS_OF)
    return perf_counter() - started


def _ms(seconds: list[float]) -> list[float]:
    return [1000 * each for each in seconds]
