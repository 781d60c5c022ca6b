"""SQL over what shadows said: one row per decision and shadow, and none of an LLM's words."""

from collections.abc import Iterator

import psycopg
import pytest

from db.ask import AskDatabase
from db.migrate import migrate
from support.database import DatabaseServer
from support.earlier_desks import desk_at, dsn_of, rows
from support.sql_desk import shows_a_secret
from support.sql_shadows import SHADOWED
from tools.sql_questions import SqlQuestions

pytest_plugins = ["support.asked_views"]

_CYCLE = """
INSERT INTO desk.cycles VALUES ('daily-2016-11-01', 1, 'daily', 'daily-2016-11-01', '2016-11-01',
    '2016-11-01 20:30+00', 'committee/offline', 'decided', NULL, '{}', '{}', '2016-11-01 21:00+00', 'g', 'h')
"""


@pytest.fixture(scope="module")
def url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of the desk before, with a decision in it, brought up by this one."""
    url = desk_at(database_server, "v0017")
    with psycopg.connect(dsn_of(url)) as before:
        before.execute(_CYCLE)
    migrate(url)
    with psycopg.connect(dsn_of(url)) as after:
        assert after.execute("SELECT count(*) FROM desk.cycles").fetchone() == (1,)
        after.execute(SHADOWED)
    yield url
    database_server.drop(url)


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
