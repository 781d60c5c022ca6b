"""Plain questions over the records: read whole or not at all."""

from datetime import date

import pytest

from fund.errors import QueryRefusedError
from graph.sql.subjects import SUBJECTS
from graph.sql.templates import EXAMPLES, SqlQuestion, not_understood, read_sql_question
from support.instruments import an_instrument
from support.sql_gold import GOLD
from tools.directory import Directory

TODAY = date(2017, 2, 9)
DIRECTORY = Directory(
    [
        an_instrument("AAPL", name="Apple Inc."),
        an_instrument("MSFT", name="Microsoft Corporation"),
        an_instrument("O'X", name="O'Xample Corp."),
    ]
)


def read(text: str) -> SqlQuestion | None:
    return read_sql_question(text, DIRECTORY, TODAY)


def sql(text: str) -> str:
    found = read(text)
    assert found is not None, text
    return found.sql


WRITTEN = {
    "How many orders were rejected in May?": (
        "SELECT count(*) AS orders FROM orders WHERE status = 'rejected' AND session >= DATE '2016-05-01' "
        "AND session <= DATE '2016-05-31'"
    ),
    "orders by status": (
        "SELECT status AS status, count(*) AS orders FROM orders GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1"
    ),
    "average commission per fill": "SELECT avg(commission) AS average_commission, count(*) AS n FROM fills",
    "the 3 largest buy fills of apple": (
        "SELECT session, ticker, side, quantity, price, value, commission FROM fills WHERE side = 'buy' AND "
        "ticker = 'AAPL' ORDER BY value DESC NULLS LAST LIMIT 3"
    ),
    "how many fills of AAPL and MSFT": (
        "SELECT count(*) AS fills FROM fills WHERE ticker IN ('AAPL', 'MSFT')"
    ),
    "how many fills in the last 5 sessions": (
        "SELECT count(*) AS fills FROM fills WHERE session >= (SELECT min(recent.session) FROM "
        "(SELECT session FROM equity_daily ORDER BY session DESC LIMIT 5) AS recent)"
    ),
    "how many days had a loss over 1%": (
        "SELECT count(*) AS sessions FROM equity_daily WHERE daily_return < -0.01"
    ),
    "how many days had a loss over $1,500": (
        "SELECT count(*) AS sessions FROM equity_daily WHERE profit < -1500"
    ),
    "how many days with drawdown under 2 percent": (
        "SELECT count(*) AS sessions FROM equity_daily WHERE drawdown > -0.02"
    ),
    "how many events were critical since 2017-01-03?": (
        "SELECT count(*) AS events FROM events WHERE severity = 'critical' AND at::date >= DATE '2017-01-03'"
    ),
    "how many jobs were missed in January?": (
        "SELECT count(*) AS job_runs FROM job_runs WHERE status = 'missed' AND due_at::date >= DATE "
        "'2017-01-01' AND due_at::date <= DATE '2017-01-31'"
    ),
    "how many suggestions of Apple": (
        "SELECT count(*) AS suggestions FROM suggestions WHERE picker = 'ensemble' AND ticker = 'AAPL'"
    ),
    "average return of the scout suggestions": (
        "SELECT avg(return_5) AS average_return_over_5_sessions, count(*) AS n FROM suggestions WHERE "
        "picker = 'scout' AND return_5 IS NOT NULL"
    ),
    "average excess of the suggestions by picker": (
        "SELECT picker AS picker, avg(excess_5) AS average_excess_return_over_5_sessions, count(*) AS n FROM "
        "suggestions WHERE excess_5 IS NOT NULL GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1"
    ),
    "the failed discord alerts": (
        "SELECT at, channel, severity, kind, status, answer, text FROM alerts WHERE status = 'dead' AND "
        "channel = 'discord' ORDER BY seq DESC"
    ),
    "hearings by job": (
        "SELECT job AS job, count(*) AS hearings FROM hearings GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1"
    ),
    "how many before_open hearings": "SELECT count(*) AS hearings FROM hearings WHERE job = 'before_open'",
    "average eval score of risk_management": (
        "SELECT avg(value) AS average_score, count(*) AS n FROM eval_scores WHERE "
        "dataset = 'risk_management' AND value IS NOT NULL"
    ),
    "eval scores by contestant": (
        "SELECT contestant AS contestant, avg(value) AS average_score, count(*) AS n FROM eval_scores WHERE "
        "value IS NOT NULL GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1"
    ),
    "average sentiment of headlines by ticker": (
        "SELECT ticker AS ticker, avg(sentiment) AS average_sentiment, count(*) AS n FROM headline_readings "
        "GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1"
    ),
}


def test_last_week_is_told_by_the_real_calendar_where_the_records_live_by_it() -> None:
    worse = "which dataset got worse last week?"
    asked = read_sql_question(worse, DIRECTORY, TODAY, date(2026, 11, 29))
    assert asked is not None
    assert asked.sql == (
        "SELECT dataset AS dataset, count(*) AS eval_scores FROM eval_scores WHERE over_last < 0 AND day >= "
        "DATE '2026-11-16' AND day <= DATE '2026-11-22' GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1"
    )
    assert "2017-01-30" in sql(worse)
    fills = read_sql_question("how many fills last week", DIRECTORY, TODAY, date(2026, 11, 29))
    assert fills is not None
    assert "2017-01-30" in fills.sql


@pytest.mark.parametrize(("text", "written"), WRITTEN.items())
def test_a_question_becomes_exactly_its_sql(text: str, written: str) -> None:
    assert sql(text) == written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ordrs by statsu", "orders by status"),
        ("HOW MANY FILLS", "how many fills"),
        ("what's the average commission per fill?", "average commission per fill"),
        ("how many canceled orders", "how many cancelled orders"),
        ("show me the clamps by limit please", "clamps by limit"),
    ],
)
def test_typing_errors_and_manners_change_nothing(one: str, other: str) -> None:
    assert sql(one) == sql(other)


@pytest.mark.parametrize(
    "text",
    [
        "which sector had the most trades",
        "how many orders were not filled",
        "orders by astrologer",
        "delete all orders",
        "why did you sell AAPL",
        "what is the meaning of life",
        "pause trading",
        "how many days of AAPL",
        "fills with a smile",
        "clamps over 5 bananas",
        "max_position fills",
        "",
    ],
)
def test_a_question_with_a_word_that_is_not_understood_is_not_answered(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text", ["sql: select 1 as n", "/sql select 1 as n", "SQL:select 1 as n", " /SQL  select 1 as n"]
)
def test_sql_is_taken_as_it_is(text: str) -> None:
    assert sql(text) == "select 1 as n"


def test_a_bare_select_is_sql_and_a_sentence_with_the_word_is_not() -> None:
    assert sql("SELECT ticker\nFROM fills") == "SELECT ticker\nFROM fills"
    assert read("select the best forecaster") is None


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(QueryRefusedError, match="there is no day"):
        read("how many orders on 2016-02-31")


def test_there_are_many_forms_and_every_view_is_spoken_of() -> None:
    assert len({sql(text) for text in (*GOLD, *EXAMPLES) if read(text)}) >= 40
    assert len({subject.view for subject in SUBJECTS}) == 16


def test_what_is_not_understood_is_answered_with_something_near() -> None:
    said = not_understood("which ticker had the most astrologers?")
    assert "do not understand" in said
    assert "which ticker had the most trades?" in said
