"""The nightly evaluation as a job: once a date, whoever asks for it, and told once."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.eval_nights import EvalNights
from db.events import Event, Events
from db.jobs import Jobs
from db.record_codec import to_json
from desk.eval_night import KEPT
from desk.eval_record import record_nights
from desk.schedule.evals_job import evals_job, room_until
from desk.schedule.runner import JobRunner
from desk.settings import Settings
from desk.slot import Slots
from fund.clock import FixedClock
from fund.market.calendar import nyse
from support.database import DatabaseServer, own_database
from support.eval_runs import a_night
from support.mandates import a_mandate
from tools.evaluations import EvaluationTools

NYSE = nyse()
EVENING = datetime(2024, 6, 3, 21, tzinfo=UTC)
NIGHT = datetime(2024, 6, 4, 5, tzinfo=UTC)


@pytest.fixture
def own(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as engine:
        yield engine


def told(engine: Engine) -> list[Event]:
    return kept_of(engine, "evals_night")


def kept_of(engine: Engine, kind: str) -> list[Event]:
    with transaction(engine) as connection:
        return [each.event for each in Events(connection).latest(kind=kind)]


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


def test_a_night_makes_room_for_the_session_and_goes_on_after_it(own: Engine, tmp_path: Path) -> None:
    clock, looks = FixedClock(EVENING), list[int]()
    before_open, after_close = (datetime(2024, 6, 4, hour, 30, tzinfo=UTC) for hour in (12, 22))

    def passing() -> bool:
        looks.append(1)
        if len(looks) == 10:
            clock.move(before_open)
        return False

    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    datasets = ("risk_management",)
    job = evals_job(settings, a_mandate(), own, clock, time(5), passing, datasets, lambda: NYSE)
    with closing(Slots(own, clock, "one")) as leases:
        runner = JobRunner(own, clock, lambda: NYSE, leases, [job])
        runner.run_due()
        clock.move(NIGHT)
        assert runner.run_due() == 1
        (stopped,) = kept_of(own, "evals_stopped")
        assert stopped.text.startswith("the evaluation of 2024-06-04 stopped before the open: ")
        assert stopped.text.endswith(" trials are kept, it goes on from 22:00 UTC")
        assert runner.run_due() == 0
        assert told(own) == []
        clock.move(after_close)
        assert runner.run_due() == 1
    (event,) = told(own)
    assert event.event_id == "evals-night-2024-06-04"
    (trials,) = (tmp_path / "evals").glob("night-*/trials.jsonl")
    lines = [json.loads(line) for line in trials.read_text().splitlines()]
    assert len(lines) == len({(each["case_id"], each["contestant"], each["number"]) for each in lines})
    with transaction(own) as connection:
        (night,) = EvalNights(connection).latest(5)
    assert (night.day.isoformat(), night.colour) == ("2024-06-04", "amber")
    assert [(each.dataset, each.contestant) for each in night.scores] == [
        ("risk_management", "offline rules, no LLM")
    ]
    assert night.scores[0].low is not None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2024, 6, 4, 12, 29, tzinfo=UTC), None),
        (datetime(2024, 6, 4, 12, 30, tzinfo=UTC), datetime(2024, 6, 4, 22, tzinfo=UTC)),
        (datetime(2024, 6, 4, 22, tzinfo=UTC), None),
        (datetime(2024, 6, 8, 15, tzinfo=UTC), None),
        (datetime(2024, 7, 3, 18, tzinfo=UTC), datetime(2024, 7, 3, 19, tzinfo=UTC)),
        (datetime(1999, 12, 31, 15, tzinfo=UTC), None),
    ],
    ids=["before", "begins", "over", "Saturday", "half day", "before the calendar"],
)
def test_the_hours_around_a_session_are_kept_free(at: datetime, until: datetime | None) -> None:
    assert room_until(NYSE, at) == until


def test_nights_made_without_the_desk_come_on_record_with_the_next_and_once(
    own: Engine, tmp_path: Path
) -> None:
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    days = (date(2024, 6, 1), date(2024, 6, 2))
    for day in days:
        folder = tmp_path / "evals" / f"night-{day.isoformat()}"
        folder.mkdir(parents=True)
        (folder / KEPT).write_text(to_json(a_night(day=day)), encoding="utf-8")
    assert record_nights(settings, own, NIGHT, told=a_night(day=days[1])) == 2
    assert record_nights(settings, own, NIGHT, told=a_night(day=days[1])) == 0
    (event,) = told(own)
    assert event.event_id == "evals-night-2024-06-02"
    with transaction(own) as connection:
        later, earlier = EvalNights(connection).latest(5)
    assert (later.day, earlier.day) == (days[1], days[0])
    (score,) = later.scores
    assert (score.value, score.low, score.cases, score.over_baseline) == (0.877, None, 96, -0.061)
    assert later.worst[0].case == "risk_management risk-000"
    found = EvaluationTools(own).evaluations(1)
    assert ([each.day for each in found.nights], found.changes) == ([days[1]], ())
