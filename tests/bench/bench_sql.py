"""How long a question over the records takes: reading and checking the SQL, and the whole answer."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter

from sqlalchemy import Engine

from db.ask import AskDatabase
from db.embedded import EmbeddedPostgres
from db.engine import connect
from db.migrate import migrate
from fund.errors import QueryRefusedError
from support.bench_desk import scratch
from support.benchmark import Figure, median, percentile_95
from support.desk_records import a_played_desk
from support.sql_attacks import every_attack
from support.sql_benign import BENIGN
from tools.sql_guard import SqlGuard
from tools.sql_questions import SqlQuestions

ROUNDS = 3


def measure() -> Iterator[Figure]:
    """Play a small desk into an own database, and ask it everything that analysts ask."""
    with EmbeddedPostgres(scratch() / "sql") as server:
        migrate(server.url)
        engine, database = connect(server.url), AskDatabase(server.url)
        try:
            yield from _measured(engine, database)
        finally:
            database.close()
            engine.dispose()


def _measured(engine: Engine, database: AskDatabase) -> Iterator[Figure]:
    desk = a_played_desk(engine)
    guard, questions = SqlGuard(database.views()), SqlQuestions(database, engine, desk.clock)
    for sql in BENIGN:
        questions.ask(sql, "warm")
    admitted = [_ms(guard.admit, sql) for sql in BENIGN * ROUNDS]
    answered = [_ms(questions.ask, sql) for sql in BENIGN * ROUNDS]
    refused = [_ms(guard.admit, sql) for sql in every_attack()]
    yield median("the guard, one honest question", "ms", admitted)
    yield median("one honest question, audit included", "ms", answered)
    yield percentile_95("one honest question, audit included", "ms", answered)
    yield median("the guard, one hostile text", "ms", refused)


def _ms(work: Callable[[str], object], sql: str) -> float:
    started = perf_counter()
    with suppress(QueryRefusedError):
        work(sql)
    return 1000 * (perf_counter() - started)
