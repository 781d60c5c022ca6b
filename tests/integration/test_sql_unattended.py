"""SQL over what runs by itself: jobs, hearings, suggestions, alerts, readings, evaluations; no secret."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from db.ask import AskDatabase
from db.migrate import migrate
from support.database import DatabaseServer
from support.earlier_desks import desk_at, dsn_of, rows
from support.sql_desk import shows_a_secret
from support.sql_unattended import EVALUATED, UNATTENDED
from tools.sql_questions import SqlQuestions

pytest_plugins = ["support.asked_views"]

UNATTENDED_VIEWS = ("alerts", "eval_scores", "headline_readings", "hearings", "job_runs", "suggestions")
_EVENT = """
INSERT INTO desk.events (seq, event_id, at, kind, severity, text, data, previous_hash, hash)
VALUES (1, 'e1', '2016-11-02 12:00+00', 'note', 'warning', 'something is wrong', '{}', 'g', 'h')
"""


@pytest.fixture(scope="module")
def url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of the desk before, in which work was done, brought up by this one."""
    url = desk_at(database_server, "v0016")
    dsn = dsn_of(url)
    with psycopg.connect(dsn) as before:
        before.execute(_EVENT)
        before.execute(UNATTENDED)
        found = before.execute("SELECT viewname FROM pg_views WHERE schemaname = 'ask'").fetchall()
        assert not {name for (name,) in found} & set(UNATTENDED_VIEWS)
    migrate(url)
    with psycopg.connect(dsn) as after:
        after.execute(EVALUATED)
    yield url
    database_server.drop(url)


def test_a_desk_of_the_day_before_gets_the_views_over_what_it_did(database: AskDatabase) -> None:
    assert set(UNATTENDED_VIEWS) <= {view.name for view in database.views()}
    for name in UNATTENDED_VIEWS:
        assert database.run(f"SELECT * FROM ask.{name}").rows, name


def test_a_slot_says_what_became_of_it(questions: SqlQuestions) -> None:
    assert rows(questions, "SELECT job, slot, said FROM job_runs WHERE status IN ('missed', 'failed')") == [
        ("verify", "2016-11-02", "the books do not add up"),
        ("retrain", "2016-11-06", "too late"),
    ]
    assert rows(questions, "SELECT attempts, seconds FROM job_runs WHERE status = 'done'") == [(1, 2.0)]
    assert rows(questions, "SELECT job, seconds FROM job_runs WHERE by_hand") == [("verify", None)]


def test_a_hearing_says_why_it_was_called_and_what_was_said(questions: SqlQuestions) -> None:
    heard = "SELECT job, occasion, tickers, status, session FROM hearings ORDER BY asked_at"
    assert rows(questions, heard) == [
        ("before_open", None, None, "heard", date(2016, 11, 1)),
        ("event", "AAPL opened 6 % lower", "AAPL, MSFT", "waiting", None),
    ]
    about = "SELECT count(*) FROM hearings WHERE 'MSFT' = ANY (string_to_array(tickers, ', '))"
    assert rows(questions, about) == [(1,)]


def test_a_suggestion_comes_with_each_pickers_word_and_what_came_of_it(questions: SqlQuestions) -> None:
    said = "SELECT picker, speaker, rank, reason, listed FROM suggestions WHERE ticker = 'AAPL' ORDER BY 1"
    assert rows(questions, said) == [
        ("ensemble", None, 1, "metric: first", "manual"),
        ("metric", "rules", 1, "rose 3.0 %; volume twice its mean", "manual"),
    ]
    ended = (
        "SELECT return_1, round(excess_1, 6), return_5, round(excess_5, 6), return_20, excess_20, cost "
        "FROM suggestions WHERE picker IN ('ensemble', 'random') ORDER BY picker"
    )
    first, lot = rows(questions, ended)
    assert [None if cell is None else float(str(cell)) for cell in first] == (
        [0.02, 0.015, 0.01, -0.01, None, None, 0.0006]
    )
    assert set(lot) == {None}, "what could not be bought has no return"


def test_an_alert_says_how_its_delivery_went_and_never_where_to(questions: SqlQuestions) -> None:
    told = "SELECT channel, severity, status, attempts, answer FROM alerts ORDER BY channel"
    assert rows(questions, told) == [
        ("discord", "warning", "dead", 4, "no answer: ConnectTimeout"),
        ("email", "warning", "sent", 1, "taken, not for every recipient"),
        ("webhook", "warning", "waiting", 2, "something else"),
    ]


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("HTTP 404", "HTTP 404"),
        ("SMTP 535: the user or the password is not taken", "SMTP 535"),
        ("taken", "taken"),
        ("the server offers no TLS", "the server offers no TLS"),
        ("hooks.example.com was not found", "the host was not found"),
        (
            "hooks.example.com leads to 10.0.0.7, which is no public address; only hosts in "
            "DESK_ALERTS__LOCAL_HOSTS may",
            "the host leads into this network",
        ),
        ("it could not be put into words (KeyError)", "it could not be put into words"),
        ("mail.example.com: gaierror", "no answer: gaierror"),
        ("HTTP https://hooks.example.com/secret", "something else"),
    ],
)
def test_every_answer_a_channel_gives_is_shown_without_its_address(
    url: str, database: AskDatabase, answer: str, shown: str
) -> None:
    dsn = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(dsn) as onlooker:
        onlooker.execute("UPDATE desk.alerts SET answer = %s WHERE alert_id = 'e1@discord'", [answer])
        row = onlooker.execute("SELECT answer FROM ask.alerts WHERE channel = 'discord'").fetchone()
        onlooker.rollback()
    assert row == (shown,)


def test_a_reading_is_there_once_its_headline_is_on_record(questions: SqlQuestions) -> None:
    read = "SELECT ticker, title, source, scorer, sentiment, known_at < scored_at FROM headline_readings"
    assert rows(questions, f"{read} ORDER BY ticker") == [
        (ticker, "Apple raises its outlook", "AP", "llm/small/1", 0.6, True) for ticker in ("AAPL", "MSFT")
    ]


def test_a_score_says_how_it_stands_to_the_baseline_and_the_night_before(questions: SqlQuestions) -> None:
    worse = "SELECT day, dataset, value, low, high, cases, colour FROM eval_scores WHERE over_last < 0"
    (row,) = rows(questions, worse)
    assert row[:2] == (date(2016, 11, 2), "risk_management")
    assert [float(str(cell)) for cell in row[2:6]] == [0.8, 0.75, 0.85, 96]
    assert row[6] == "amber"
    unscored = (
        "SELECT value, low, cases, dataset_digest, prompts FROM eval_scores WHERE dataset = 'robustness'"
    )
    assert rows(questions, unscored) == [(None, None, 0, "digest-of-th", "p1")]
    assert rows(questions, "SELECT count(DISTINCT night_cost_usd) FROM eval_scores") == [(2,)]


def test_nothing_that_is_kept_beside_it_shows(database: AskDatabase) -> None:
    for name in UNATTENDED_VIEWS:
        shown = database.run(f"SELECT * FROM ask.{name}")
        assert not shows_a_secret(cell for row in shown.rows for cell in row), name
