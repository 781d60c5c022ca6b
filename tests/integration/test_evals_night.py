"""The nightly evaluation as a job: once a date, whoever asks for it, and told once."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.events import Event, Events
from db.jobs import Jobs
from desk.schedule.evals_job import evals_job
from desk.schedule.runner import JobRunner
from desk.settings import Settings
from desk.slot import Slots
from fund.clock import FixedClock
from fund.market.calendar import nyse
from support.database import DatabaseServer, own_database
from support.mandates import a_mandate

NYSE = nyse()
EVENING = datetime(2024, 6, 3, 21, tzinfo=UTC)
NIGHT = datetime(2024, 6, 4, 5, tzinfo=UTC)


@pytest.fixture
def own(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as engine:
        yield engine


def told(engine: Engine) -> list[Event]:
    with transaction(engine) as connection:
        return [each.event for each in Events(connection).latest(kind="evals_night")]


def test_a_night_is_stopped_goes_on_and_is_told_once(own: Engine, tmp_path: Path) -> None:
    clock = FixedClock(EVENING)
    ending = [False]
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    job = evals_job(
        settings, a_mandate(), own, clock, time(5), lambda: ending[0], datasets=("risk_management",)
    )
    with closing(Slots(own, clock, "one")) as leases:
        runner = JobRunner(own, clock, lambda: NYSE, leases, [job])
        assert runner.run_due() == 0
        clock.move(NIGHT)
        ending[0] = True
        assert runner.run_due() == 1
        assert told(own) == []
        ending[0] = False
        assert runner.run_due() == 1
        assert runner.run_due() == 0
        (event,) = told(own)
        assert (event.event_id, event.severity) == ("evals-night-2024-06-04", "info")
        assert runner.run_now("evals") == "2024-06-04 was evaluated before: amber"
        assert told(own) == [event]
    with transaction(own) as connection:
        runs = {run.slot: run for run in Jobs(connection).latest("evals", limit=5)}
    assert runs["2024-06-04"].said.startswith("the evaluation of 2024-06-04 is amber; ")
    assert runs["2024-06-04"].attempts == 2
