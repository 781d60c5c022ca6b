"""SQL over what shadows said: one row per decision and shadow, and none of an LLM's words."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from db.ask import AskDatabase
from db.migrate import MIGRATIONS, migrate
from fund.clock import FixedClock
from support.database import DatabaseServer
from support.desk_records import NOW
from support.sql_desk import shows_a_secret
from support.sql_shadows import SHADOWED
from tools.sql_questions import SqlQuestions

_CYCLE = """
INSERT INTO desk.cycles VALUES ('daily-2016-11-01', 1, 'daily', 'daily-2016-11-01', '2016-11-01',
    '2016-11-01 20:30+00', 'committee/offline', 'decided', NULL, '{}', '{}', '2016-11-01 21:00+00', 'g', 'h')
"""


@pytest.fixture(scope="module")
def url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of the desk before, with a decision in it, brought up by this one."""
    url = database_server.empty()
    engine = create_engine(url, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA desk")
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "v0017")
        connection.exec_driver_sql(_CYCLE)
        connection.commit()
    migrate(url)
    with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string()) as after:
        assert after.execute("SELECT count(*) FROM desk.cycles").fetchone() == (1,)
        after.execute(SHADOWED)
    yield url
    engine.dispose()
    database_server.drop(url)


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[AskDatabase]:
    database = AskDatabase(url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def questions(url: str, database: AskDatabase) -> Iterator[SqlQuestions]:
    engine = create_engine(url, poolclass=NullPool)
    yield SqlQuestions(database, engine, FixedClock(NOW))
    engine.dispose()


def rows(questions: SqlQuestions, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in questions.ask(sql, "honest").rows]


def test_who_would_have_traded_what_is_one_row_each(questions: SqlQuestions) -> None:
    said = "SELECT shadow, in_force, status, would_buy, would_sell FROM shadow_decisions ORDER BY shadow"
    assert rows(questions, said) == [
        ("anthropic:small", False, "absent", None, None),
        ("committee in force", True, "decided", "AAPL", None),
        ("openai:gpt", False, "decided", "AAPL", "MSFT, XOM"),
    ]


def test_what_came_of_it_is_net_of_costs_and_beyond_the_benchmark(questions: SqlQuestions) -> None:
    came = (
        "SELECT known_5, won_5, round(mean_excess_5::numeric, 6) FROM shadow_decisions "
        "WHERE shadow <> 'anthropic:small' ORDER BY in_force DESC"
    )
    force, shadow = rows(questions, came)
    assert [float(str(cell)) for cell in force] == [1, 1, 0.019], "0.03 - 0.01 - 0.001"
    assert [float(str(cell)) for cell in shadow] == [2, 1, 0.004], (
        "and a sale that lost 0.011; one is not told"
    )
    absent = "SELECT known_5, won_5, mean_excess_5 FROM shadow_decisions WHERE status = 'absent'"
    assert rows(questions, absent) == [(0, 0, None)]


def test_nothing_that_is_kept_beside_it_shows(database: AskDatabase) -> None:
    shown = database.run("SELECT * FROM ask.shadow_decisions")
    assert len(shown.rows) == 3
    assert not shows_a_secret(cell for row in shown.rows for cell in row)
