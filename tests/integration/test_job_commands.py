"""`desk jobs`, and "what runs by itself?": listed, run, paused and resumed, in the words of the owner."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.hearings import AskedHearing, Hearings
from db.jobs import Jobs
from fund.clock import FixedClock
from fund.market.calendar import nyse
from fund.market.timetable import AroundOpen
from graph.chat_events import Table, TextToken
from graph.replies.jobs import jobs_reply
from support.database import DatabaseServer, own_database
from support.records import NOON
from support.started_desks import Run
from tools.jobs import JobTools, PlannedJob

pytest_plugins = ["support.desks"]

BEFORE_OPEN = PlannedJob(name="before_open", what="the committee is heard", timing=AroundOpen(-30))


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as made:
        yield made


@pytest.fixture
def tools(engine: Engine) -> JobTools:
    return JobTools(engine, FixedClock(NOON), nyse, lambda: (BEFORE_OPEN,))


def told(tools: JobTools) -> tuple[str, list[Table]]:
    events = list(jobs_reply(tools.jobs()))
    words = "".join(event.text for event in events if isinstance(event, TextToken))
    return words, [event for event in events if isinstance(event, Table)]


def test_a_job_is_told_with_its_next_time_and_what_came_of_the_last(engine: Engine, tools: JobTools) -> None:
    (slot, *_) = BEFORE_OPEN.timing.slots("before_open", nyse(), NOON - timedelta(days=9), NOON)

    def settle(connection: Connection) -> None:
        jobs = Jobs(connection)
        jobs.know(["before_open"], now=slot.due_at)
        jobs.begin(slot, now=slot.due_at)
        jobs.settle(slot, "failed", "the vendor is away", now=slot.due_at)

    in_transaction(engine, settle)
    (standing,) = tools.jobs().jobs
    assert standing.next_at is not None
    assert standing.next_at > NOON
    assert (standing.last_slot, standing.last_status) == (slot.name, "failed")
    words, tables = told(tools)
    assert "Next is before_open" in words
    assert "before_open failed last" in words
    assert "the vendor is away" in words
    assert [table.title for table in tables] == ["What the desk does by itself"]


def test_a_paused_job_has_no_next_time_and_says_who_paused_it(engine: Engine, tools: JobTools) -> None:
    def pause(connection: Connection) -> None:
        Jobs(connection).know(["before_open"], now=NOON)
        Jobs(connection).pause("before_open", paused=True, by="anna", at=NOON)

    in_transaction(engine, pause)
    (standing,) = tools.jobs().jobs
    assert (standing.next_at, standing.paused_by) == (None, "anna")
    assert "before_open is paused by anna." in told(tools)[0]


def test_hearings_are_told_with_why_they_were_called(engine: Engine, tools: JobTools) -> None:
    asked = AskedHearing(
        hearing_id="hearing-event-one",
        job="event",
        slot="one",
        tickers=("AAPL",),
        occasion="AAPL fell 6.2 % within 15 minutes",
        asked_by="monitor",
        asked_at=NOON,
    )
    in_transaction(engine, lambda connection: Hearings(connection).ask(asked))
    _, tables = told(tools)
    (hearings,) = (table for table in tables if table.title == "The last hearings")
    assert "AAPL fell 6.2 % within 15 minutes" in str(hearings.rows)
    assert tools.jobs(last=0).hearings == ()


@pytest.mark.long
def test_jobs_are_listed_run_paused_and_resumed_from_the_terminal(run: Run) -> None:
    code, out, _ = run("jobs", "list")
    assert code == 0
    assert "verify" in out
    assert "evals" in out
    code, out, _ = run("jobs", "run", "verify")
    assert (code, out) == (0, "verify: the books add up.")
    code, out, _ = run("jobs", "pause", "verify")
    assert (code, out) == (0, "verify is paused.")
    code, out, _ = run("jobs", "pause", "verify", "--json")
    assert json.loads(out)["changed"] is False
    code, out, _ = run("jobs", "list", "--json")
    assert json.loads(out)["jobs"][0]["next_at"] is None
    assert run("jobs", "resume", "verify")[1] == "verify is resumed."


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "verfy"), "expected a job of verify, evals, found 'verfy'"),
        (("pause", "retrain"), "expected a job of verify, evals, found 'retrain'"),
        (("run", "daily"), "`desk advance`"),
        (("pause", "daily"), "`desk halt`"),
    ],
)
def test_what_is_no_job_is_refused_in_a_sentence(run: Run, arguments: tuple[str, str], said: str) -> None:
    code, _, errors = run("jobs", *arguments)
    assert code == 2
    assert said in errors
