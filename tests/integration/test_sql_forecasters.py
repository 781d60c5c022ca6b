"""SQL over the life of forecasters: versions with their record, promotions, live scores; nobody's name."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from db.ask import AskDatabase
from db.migrate import migrate
from db.record_codec import to_json
from support.database import DatabaseServer
from support.earlier_desks import desk_at, dsn_of, rows
from support.forecasters import a_card
from support.sql_desk import shows_a_secret
from support.sql_unattended import CANARY
from tools.sql_questions import SqlQuestions

pytest_plugins = ["support.asked_views"]

VIEWS = ("forecasters", "live_scores", "promotions", "retrainings")
_KNOWN = """
INSERT INTO desk.forecasters VALUES
    ('gbm-1', 'gbm', %(card)s, 'CANARY7391', false, '2016-10-01'),
    ('gbm-2', 'gbm', %(card)s, 'CANARY7391', true, '2016-11-01'),
    ('momentum-1', 'momentum', %(bare)s, 'CANARY7391', true, '2016-10-01')
"""
_LIVED = f"""
INSERT INTO desk.forecaster_promotions VALUES
    (1, 'gbm-2', 'gbm', 5, 'promoted', 'champion', 'gbm-1', '{CANARY}', 'it is better', '{CANARY}',
     '{CANARY}', '2016-11-01 12:00+00');
INSERT INTO desk.forecaster_trials VALUES (1, 't', 'gbm', 'd', '{{"a": "{CANARY}"}}', 'g', 'h');
INSERT INTO desk.forecaster_drifts VALUES
    ('gbm-2', '2016-11-02', 'steady', '[]', '{{}}', '2016-11-02'),
    ('gbm-2', '2016-11-03', 'drifting', '["{CANARY}"]', '{{"a": "{CANARY}"}}', '2016-11-03');
INSERT INTO desk.forecaster_retrainings VALUES
    (1, 'gbm', 5, '2016-11-03', 'drift', 'gbm-2', 'its rank IC fell', 'failed', NULL, NULL, NULL, NULL,
     'no space left', '2016-11-03 23:00+00');
INSERT INTO desk.live_scores VALUES
    ('gbm-2', '2016-11-01', 5, '2016-11-09', 480, 0.01, 0.02, 0.51, 0.8, 0.69, 0.3, NULL, '2016-11-09'),
    ('gbm-2', '2016-11-02', 5, '2016-11-10', 3, NULL, NULL, NULL, NULL, NULL, NULL, 'too few', '2016-11-10')
"""


@pytest.fixture(scope="module")
def url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of the desk before, with forecasters in it, brought up by this one."""
    url = desk_at(database_server, "v0019")
    cards = {"card": to_json(a_card()), "bare": to_json(a_card(rank_ic=None, coverage=None, test_first=None))}
    with psycopg.connect(dsn_of(url)) as before:
        before.execute(_KNOWN, cards)
    migrate(url)
    with psycopg.connect(dsn_of(url)) as after:
        after.execute(_LIVED)
    yield url
    database_server.drop(url)


def test_versions_of_a_desk_before_get_their_horizon_and_role(questions: SqlQuestions) -> None:
    said = "SELECT version, horizon_sessions, role, speaks, drift FROM forecasters ORDER BY version"
    assert rows(questions, said) == [
        ("gbm-1", 5, "retired", False, None),
        ("gbm-2", 5, "champion", True, "drifting"),
        ("momentum-1", 5, "challenger", True, None),
    ]


def test_a_version_comes_with_its_record_interval_and_sample(questions: SqlQuestions) -> None:
    record = (
        "SELECT rank_ic, rank_ic_low, rank_ic_high, sessions, coverage, features, trials FROM forecasters"
    )
    (told,) = rows(questions, f"{record} WHERE version = 'gbm-2'")
    assert [float(str(cell)) for cell in told] == pytest.approx([0.03, 0.01, 0.05, 250, 0.8, 2, 2])
    (bare,) = rows(questions, f"{record} WHERE version = 'momentum-1'")
    assert bare[:5] == (None, None, None, None, None)


def test_a_promotion_says_what_and_why_and_a_score_what_came_of_it(questions: SqlQuestions) -> None:
    asked = "SELECT kind, version, previous, role, why, explained, pinned FROM promotions"
    assert rows(questions, asked) == [("promoted", "gbm-2", "gbm-1", "champion", "it is better", True, False)]
    asked = "SELECT forecaster, session, cause, because_of, status, version, said FROM retrainings"
    assert rows(questions, asked) == [
        ("gbm", date(2016, 11, 3), "drift", "gbm-2", "failed", None, "no space left")
    ]
    said = "SELECT session, forecaster, names, rank_ic IS NULL, why FROM live_scores ORDER BY session"
    assert rows(questions, said) == [
        (date(2016, 11, 1), "gbm", 480, False, None),
        (date(2016, 11, 2), "gbm", 3, True, "too few"),
    ]


def test_nothing_that_is_kept_beside_it_shows(database: AskDatabase) -> None:
    for name in VIEWS:
        shown = database.run(f"SELECT * FROM ask.{name}")
        assert shown.rows, name
        assert not shows_a_secret(cell for row in shown.rows for cell in row), name
