"""How long recalling takes: what a decision asks of memory, at sizes that a desk reaches in decades."""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

from sqlalchemy import Engine

from db.embedded import EmbeddedPostgres
from db.engine import connect, in_transaction, transaction
from db.memory import MemoryStore
from db.migrate import migrate
from fund.features.setup import TRADE_EMBEDDER
from support.bench_desk import scratch
from support.bench_memories import made_setups, remember_made
from support.benchmark import Figure, median, percentile_95, single, timed
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
    yield percentile_95(
        f"{NEAREST} similar trades of one ticker among {SIZES[-1]:,}", "ms", _of_tickers(engine), bound=4.0
    )
    yield single("remembering one, in batches", "ms", 1000 * written / (SIZES[-1] - SIZES[-2]))


def _of_tickers(engine: Engine) -> list[float]:
    """Ask for one ticker at a time, every question once before it is measured, transaction included."""
    took: list[float] = []
    for warm in (True, False):
        for number, setup in enumerate(made_setups("trade", 5 * NAMES, seed=98)):
            started = perf_counter()
            found = in_transaction(
                engine,
                lambda connection, number=number, setup=setup: MemoryStore(connection).recall(
                    TRADE_EMBEDDER, setup, as_of=AS_OF, kind="trade", ticker=f"T{number}", limit=NEAREST
                ),
            )
            assert len(found) == NEAREST
            if not warm:
                took.append(1000 * (perf_counter() - started))
    return took


def _filled(engine: Engine, count: int) -> float:
    """Add memories and return the seconds that took."""
    started = perf_counter()
    with transaction(engine) as connection:
        remember_made(connection, "trade", count, known_at=AS_OF)
    return perf_counter() - started


def _ms(seconds: list[float]) -> list[float]:
    return [1000 * each for each in seconds]
