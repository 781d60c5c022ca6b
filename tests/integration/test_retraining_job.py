"""The job that trains anew: it waits for the session to be over and looked at, and ends where it must."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from db.engine import transaction
from db.jobs import Jobs
from desk.schedule.job import Job
from desk.schedule.retraining_job import retraining_job
from desk.schedule.runner import JobRunner
from desk.setting_groups import RetrainPlan
from desk.slot import Slots
from desk.training_lock import training
from fund.clock import FixedClock
from fund.forecasting.families.baseline import MomentumForecaster
from support.committee import small_history
from support.retrained import NOW, SESSIONS, World, drifting, leader

pytest_plugins = ["support.retrained_worlds"]
CALENDAR = small_history().calendar
CLOSED = CALENDAR.close_at(NOW)


def job_at(world: World, at: datetime, stopped: Callable[[], bool] = lambda: False) -> Job:
    desk = SimpleNamespace(
        learning=world.learning,
        settings=SimpleNamespace(retraining=RetrainPlan()),
        stores=SimpleNamespace(folder=SimpleNamespace(root=world.folder)),
        player=SimpleNamespace(last_session=lambda: NOW),
        history=small_history(),
        clock=FixedClock(at),
    )
    return retraining_job(desk, stopped)  # type: ignore[arg-type]


def run_at(world: World, at: datetime, stopped: Callable[[], bool] = lambda: False) -> int:
    """Run what is due at a moment, as a process of its own, and return how many slots were begun."""
    clock, engine = FixedClock(at), world.learning.engine
    slots = Slots(engine, clock, "me")
    try:
        return JobRunner(engine, clock, lambda: CALENDAR, slots, [job_at(world, at, stopped)]).run_due()
    finally:
        slots.close()


def test_it_waits_for_the_session_to_be_over_for_the_look_and_for_whoever_trains(world: World) -> None:
    evening = CLOSED + timedelta(hours=2)
    job = job_at(world, evening)
    (slot,) = job.timing.slots(job.name, CALENDAR, CLOSED, evening)
    assert (slot.due_at, slot.session) == (evening, NOW)
    assert job.waits(evening), "nobody has looked how forecasters are faring"
    drifting(world)
    assert not job.waits(evening)
    assert job.waits(evening - timedelta(seconds=1))
    assert job.waits(CALENDAR.open_at(SESSIONS[571]) - timedelta(hours=1))
    with training(world.folder):
        assert job.waits(evening)
    assert not job.waits(evening)


def test_a_slot_is_done_once_however_often_and_by_whom_it_is_looked_for(world: World) -> None:
    run_at(world, CLOSED)
    drifting(world)
    evening = CLOSED + timedelta(hours=3)
    assert [run_at(world, evening) for _ in range(3)] == [1, 0, 0]
    with transaction(world.learning.engine) as connection:
        (run,) = Jobs(connection).latest("retraining")
    assert run.status == "done"
    assert "was trained anew" in run.said
    assert run_at(world, CLOSED - timedelta(days=2)) == 0, "nor by a clock set back"
    assert [each.status for each in world.steps()] == ["begun", "made"]


def test_a_month_and_a_weekend_away_leave_one_slot_to_do(world: World) -> None:
    run_at(world, CALENDAR.close_at(SESSIONS[545]))
    drifting(world)
    sunday = CLOSED + timedelta(days=2, hours=2)
    assert sunday.weekday() == 6, "a Sunday, as the session was a Friday"
    assert run_at(world, sunday) == 1
    with transaction(world.learning.engine) as connection:
        runs = Jobs(connection).latest("retraining", limit=50)
    assert [run.status for run in runs] == ["done"] + ["skipped"] * (len(runs) - 1)
    assert len(runs) == 26
    assert len(world.told("forecaster_retrained")) == 1


def test_a_desk_that_ends_puts_it_off_and_the_next_start_does_it(world: World) -> None:
    run_at(world, CLOSED)
    drifting(world)
    evening = CLOSED + timedelta(hours=3)
    ended = [False, False, True, True, True, True]
    assert run_at(world, evening, lambda: ended.pop(0) if ended else True) == 1
    assert [each.status for each in world.steps()] == ["begun", "stopped"]
    assert run_at(world, evening + timedelta(hours=1)) == 1
    assert [each.status for each in world.steps()][-1] == "made"


def test_what_runs_into_the_next_session_is_given_up_and_the_owner_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drifting(world)
    job = job_at(world, CALENDAR.open_at(SESSIONS[571]))
    (slot,) = job.timing.slots(job.name, CALENDAR, CLOSED, CLOSED + timedelta(hours=2))
    assert "it was not done before the next session; train it by hand" in job.work(slot)
    assert len(world.told("forecaster_retraining_failed")) == 1
    assert world.learning.challenge([MomentumForecaster()], 5, NOW)
    assert leader(world) == world.rows("momentum")[0].version
