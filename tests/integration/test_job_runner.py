"""Slots of jobs: each settled once, by one process, whatever the clock, the work and others do (INV-14)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.engine import transaction
from db.events import Events
from db.jobs import JobRun, Jobs
from db.trading_state import TradingState
from desk.schedule.job import Job
from desk.schedule.runner import ATTEMPTS, MADE_UP_FOR, TOO_LATE, JobRunner
from desk.slot import LEASE, Slots
from fund.clock import FixedClock
from fund.errors import ConfigError, FeedError, TradingHaltedError
from fund.market.calendar import nyse
from fund.market.timetable import AroundClose, AroundOpen, Late, Nightly, Slot, Timing
from support.database import DatabaseServer, own_database

NYSE = nyse()
MONDAY = date(2024, 6, 3)
MORNING = datetime(2024, 6, 3, 9, tzinfo=UTC)
EVENING = datetime(2024, 6, 3, 21, tzinfo=UTC)
NIGHT = Nightly(time(3, 30))
OPEN, CLOSE = AroundOpen(-30), AroundClose(30)
MIDDAY = datetime(2024, 6, 4, 12, tzinfo=UTC)
PATIENCE_SECONDS = 20.0


@pytest.fixture
def own(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as engine:
        yield engine


class Bench:
    """A runner with jobs that write down what they did, on a clock to be moved."""

    def __init__(self, engine: Engine, owner: str = "one") -> None:
        self.engine = engine
        self.clock = FixedClock(MORNING)
        self.done: list[str] = []
        self.leases = Slots(engine, self.clock, owner)
        self.jobs: list[Job] = []

    def add(
        self,
        name: str,
        timing: Timing,
        late: Late = "skip",
        work: Callable[[Slot], str] | None = None,
        *,
        asks_breaker: bool = False,
        aside: bool = False,
        waits: Callable[[datetime], bool] = lambda now: False,
    ) -> None:
        def write_down(slot: Slot) -> str:
            self.done.append(f"{name} {slot.name}")
            return "it was done"

        self.jobs.append(
            Job(
                name=name,
                what="",
                timing=timing,
                late=late,
                work=work or write_down,
                asks_breaker=asks_breaker,
                aside=aside,
                waits=waits,
            )
        )

    @property
    def runner(self) -> JobRunner:
        return JobRunner(self.engine, self.clock, lambda: NYSE, self.leases, self.jobs)

    def at(self, moment: datetime) -> int:
        self.clock.move(moment)
        return self.runner.run_due()

    def runs(self, job: str | None = None) -> list[JobRun]:
        with transaction(self.engine) as connection:
            return list(reversed(Jobs(connection).latest(job, limit=500)))

    def told(self, kind: str) -> list[str]:
        with transaction(self.engine) as connection:
            return [each.event.text for each in Events(connection).latest(kind=kind)]


@pytest.fixture
def bench(own: Engine) -> Iterator[Bench]:
    made = Bench(own)
    with closing(made.leases):
        yield made


def test_what_was_due_before_a_job_was_known_is_nobodys_fault(bench: Bench) -> None:
    bench.add("before_open", OPEN)
    assert bench.at(EVENING) == 0
    assert bench.runs() == []
    assert bench.told("slot_missed") == []


def test_a_slot_is_run_when_it_is_due_and_once(bench: Bench) -> None:
    bench.add("before_open", OPEN)
    bench.at(MORNING)
    due = NYSE.open_at(MONDAY) - timedelta(minutes=30)
    assert bench.at(due - timedelta(seconds=1)) == 0
    assert bench.at(due) == 1
    assert [bench.at(due + timedelta(minutes=m)) for m in (0, 1, 29)] == [0, 0, 0]
    assert bench.done == ["before_open 2024-06-03"]
    (run,) = bench.runs()
    assert (run.status, run.said, run.attempts, run.due_at) == ("done", "it was done", 1, due)


def test_a_clock_set_back_runs_nothing_again(bench: Bench) -> None:
    bench.add("verify", NIGHT)
    bench.at(MORNING)
    night = datetime(2024, 6, 4, 3, 30, tzinfo=UTC)
    for moment in (night, night - timedelta(hours=2), night, night + timedelta(minutes=1)):
        bench.at(moment)
    assert bench.done == ["verify 2024-06-04"]


def test_slots_of_several_jobs_are_run_in_the_order_they_were_due(bench: Bench) -> None:
    bench.add("close", CLOSE, "all")
    bench.add("verify", NIGHT, "all")
    bench.at(MORNING)
    bench.at(datetime(2024, 6, 5, 9, tzinfo=UTC))
    assert bench.done == ["close 2024-06-03", "verify 2024-06-04", "close 2024-06-04", "verify 2024-06-05"]


def test_a_slot_whose_time_is_over_is_missed_and_told_once_for_all(bench: Bench) -> None:
    bench.add("before_open", OPEN)
    bench.at(MORNING)
    for _ in range(3):
        bench.at(datetime(2024, 6, 7, 20, tzinfo=UTC))
    assert bench.done == []
    assert {(run.status, run.said) for run in bench.runs()} == {("missed", TOO_LATE)}
    assert len(bench.runs()) == 5
    assert bench.told("slot_missed") == [
        f"before_open was missed 5 times, 2024-06-03 to 2024-06-07: {TOO_LATE}"
    ]


def test_of_what_the_newest_makes_up_for_the_newest_alone_is_run(bench: Bench) -> None:
    bench.add("verify", NIGHT, "newest")
    bench.at(MORNING)
    bench.at(datetime(2024, 6, 10, 12, tzinfo=UTC))
    assert bench.done == ["verify 2024-06-10"]
    assert [(run.status, run.said) for run in bench.runs()[:-1]] == [("skipped", MADE_UP_FOR)] * 6


def test_a_paused_job_is_left_out_until_it_goes_on(bench: Bench) -> None:
    bench.add("verify", NIGHT)
    bench.at(MORNING)
    assert pause(bench, paused=True)
    assert not pause(bench, paused=True)
    bench.at(datetime(2024, 6, 4, 4, tzinfo=UTC))
    assert pause(bench, paused=False)
    bench.at(datetime(2024, 6, 5, 4, tzinfo=UTC))
    assert bench.done == ["verify 2024-06-05"]
    assert (bench.runs()[0].status, bench.runs()[0].said) == ("skipped", "paused by anna")


def pause(bench: Bench, *, paused: bool) -> bool:
    with transaction(bench.engine) as connection:
        return Jobs(connection).pause("verify", paused=paused, by="anna", at=bench.clock.now())


def test_the_breaker_is_asked_before_a_cycle_and_not_before_a_check(bench: Bench) -> None:
    bench.add("before_open", OPEN, asks_breaker=True)
    bench.add("verify", NIGHT)
    bench.at(MORNING)
    with transaction(bench.engine) as connection:
        TradingState(connection).pause(by="anna", reason="a holiday", at=MORNING)
    bench.at(NYSE.open_at(MONDAY) - timedelta(minutes=29))
    bench.at(datetime(2024, 6, 4, 4, tzinfo=UTC))
    assert bench.done == ["verify 2024-06-04"]
    assert bench.runs("before_open")[0].status == "skipped"
    assert "paused by anna: a holiday" in bench.runs("before_open")[0].said


def test_work_that_fails_is_tried_again_and_then_given_up(bench: Bench) -> None:
    tries: list[str] = []

    def fail(slot: Slot) -> str:
        tries.append(slot.name)
        raise FeedError("the vendor is away")

    bench.add("collect", CLOSE, "all", fail)
    bench.add("verify", NIGHT)
    bench.at(MORNING)
    for minute in range(6):
        bench.at(datetime(2024, 6, 4, 4, minute, tzinfo=UTC))
    assert tries == ["2024-06-03"] * ATTEMPTS
    assert bench.done == ["verify 2024-06-04"]
    run = bench.runs("collect")[0]
    assert (run.status, run.attempts, run.said) == ("failed", ATTEMPTS, "the vendor is away")
    assert bench.told("job_failed") == ["collect 2024-06-03 was given up: the vendor is away"]


def test_work_that_fails_once_does_not_hold_up_what_comes_after_it(bench: Bench) -> None:
    broken = {"2024-06-03"}

    def sometimes(slot: Slot) -> str:
        if slot.name in broken:
            raise FeedError("the vendor is away")
        bench.done.append(slot.name)
        return ""

    bench.add("collect", CLOSE, "all", sometimes)
    bench.at(MORNING)
    bench.at(datetime(2024, 6, 4, 22, tzinfo=UTC))
    assert bench.done == ["2024-06-04"]
    broken.clear()
    bench.at(datetime(2024, 6, 4, 22, 1, tzinfo=UTC))
    assert bench.done == ["2024-06-04", "2024-06-03"]
    assert [(run.slot, run.status) for run in bench.runs()] == [
        ("2024-06-03", "done"),
        ("2024-06-04", "done"),
    ]


def test_what_a_dead_process_had_begun_is_begun_again_or_missed(bench: Bench) -> None:
    bench.add("before_open", OPEN)
    bench.add("close", CLOSE, "all")
    bench.at(MORNING)
    for job, timing in (("before_open", OPEN), ("close", CLOSE)):
        (slot,) = timing.slots(job, NYSE, MORNING, EVENING)
        with transaction(bench.engine) as connection:
            assert Jobs(connection).begin(slot, now=slot.due_at) == 1
    bench.at(EVENING)
    assert bench.done == ["close 2024-06-03"]
    assert [(run.job, run.status, run.attempts) for run in bench.runs()] == [
        ("before_open", "missed", 2),
        ("close", "done", 2),
    ]
    assert len(bench.told("job_missed")) == 1


def test_a_process_that_was_frozen_past_its_lease_settles_nothing(bench: Bench) -> None:
    other = Bench(bench.engine, "two")

    def freeze(slot: Slot) -> str:
        bench.leases.close()
        late = EVENING + LEASE + timedelta(minutes=1)
        bench.clock.move(late)
        other.at(late)
        return "a late word"

    bench.add("close", CLOSE, "all", freeze)
    other.add("close", CLOSE, "all")
    bench.at(MORNING)
    with closing(other.leases):
        assert bench.at(EVENING) == 0
    assert other.done == ["close 2024-06-03"]
    (run,) = bench.runs()
    assert (run.status, run.said, run.attempts) == ("done", "it was done", 2)


def test_two_processes_that_fire_at_once_run_each_slot_once(own: Engine) -> None:
    benches = [Bench(own, owner) for owner in ("one", "two", "three")]
    together = Barrier(len(benches))
    for each in benches:
        each.add("close", CLOSE, "all")
        each.add("verify", NIGHT, "all")
        each.at(MORNING)

    def fire(each: Bench) -> None:
        together.wait()
        for _ in range(3):
            each.at(datetime(2024, 6, 15, 12, tzinfo=UTC))

    with ThreadPoolExecutor(len(benches)) as pool:
        list(pool.map(fire, benches))
    done = [slot for each in benches for slot in each.done]
    assert len(done) == len(set(done)) == 10 + 12
    assert {run.status for run in benches[0].runs()} == {"done"}
    for each in benches:
        each.leases.close()


def test_who_has_claimed_a_slot_and_not_leased_it_yet_is_not_overtaken(own: Engine) -> None:
    clock = FixedClock(MORNING)
    with closing(Slots(own, clock, "one")) as one, closing(Slots(own, clock, "two")) as two:
        assert one._presence.claim("close 2024-06-03")
        with pytest.raises(TradingHaltedError, match="another process"), two.held("2024-06-03", "close"):
            raise AssertionError("it was overtaken")
        with one.held("2024-06-03", "close") as lease:
            assert (lease.owner, lease.token) == ("one", 1)


def test_an_ending_desk_begins_nothing_more(bench: Bench) -> None:
    bench.add("verify", NIGHT, "all")
    bench.at(MORNING)
    bench.clock.move(datetime(2024, 6, 8, 12, tzinfo=UTC))
    assert bench.runner.run_due(lambda: len(bench.done) == 2) == 2
    assert bench.runner.run_due() == 3


def test_a_job_run_by_hand_takes_no_slot_away(bench: Bench) -> None:
    bench.add("verify", NIGHT)
    bench.at(MORNING)
    bench.clock.move(datetime(2024, 6, 4, 3, 31, tzinfo=UTC))
    assert bench.runner.run_now("verify") == "it was done"
    bench.at(datetime(2024, 6, 4, 3, 32, tzinfo=UTC))
    assert bench.done == ["verify asked-20240604T033100", "verify 2024-06-04"]
    with pytest.raises(ConfigError, match="expected a job of verify, found 'verfy'"):
        bench.runner.run_now("verfy")


def test_a_job_run_by_hand_that_fails_says_why_and_is_on_record(bench: Bench) -> None:
    def fail(slot: Slot) -> str:
        raise FeedError("the vendor is away")

    bench.add("collect", CLOSE, "all", fail)
    bench.at(MORNING)
    with pytest.raises(FeedError, match="away"):
        bench.runner.run_now("collect")
    assert [run.status for run in bench.runs()] == ["failed"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(-600, 3000), min_size=1, max_size=25))
def test_whatever_the_clock_does_no_slot_is_lost_or_doubled(
    database_server: DatabaseServer, steps: list[int]
) -> None:
    with own_database(database_server) as engine:
        bench = Bench(engine)
        with closing(bench.leases):
            bench.add("close", CLOSE, "all")
            bench.add("before_open", OPEN)
            bench.at(MORNING)
            now, latest = MORNING, MORNING
            for minutes in steps:
                now += timedelta(minutes=minutes)
                bench.at(now)
                latest = max(latest, now)
            runs = bench.runs()
            due = {
                (job, slot.name)
                for job, timing in (("close", CLOSE), ("before_open", OPEN))
                for slot in timing.slots(job, NYSE, MORNING, latest)
            }
            assert {(run.job, run.slot) for run in runs} == due
            assert len(bench.done) == len(set(bench.done))
            assert {run.status for run in runs if run.job == "close"} <= {"done"}


def test_work_that_takes_hours_keeps_no_other_job_waiting(bench: Bench) -> None:
    began, over = Event(), Event()

    def wait(slot: Slot) -> str:
        began.set()
        assert over.wait(PATIENCE_SECONDS)
        return "it was done"

    bench.add("evals", NIGHT, "newest", wait, aside=True)
    bench.add("verify", NIGHT, "newest")
    bench.at(MORNING)
    bench.clock.move(datetime(2024, 6, 4, 4, tzinfo=UTC))
    runner = bench.runner
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(runner.run_due, only=lambda job: job.aside)
        assert began.wait(PATIENCE_SECONDS)
        assert runner.run_due(only=lambda job: not job.aside) == 1
        assert [(run.job, run.status) for run in bench.runs()] == [("verify", "done"), ("evals", "running")]
        over.set()
        assert running.result(PATIENCE_SECONDS) == 1
    assert {run.status for run in bench.runs()} == {"done"}


def test_work_that_was_put_off_says_why_and_goes_on_once_it_may(bench: Bench) -> None:
    free = datetime(2024, 6, 4, 22, tzinfo=UTC)
    stops = iter([TradingHaltedError("room for the session")] * (ATTEMPTS + 1))

    def work(slot: Slot) -> str:
        if (halt := next(stops, None)) is not None:
            raise halt
        return "it was done"

    bench.add("evals", NIGHT, "newest", work, aside=True, waits=lambda now: MIDDAY <= now < free)
    bench.at(MORNING)
    assert [bench.at(MIDDAY - timedelta(minutes=minutes)) for minutes in range(ATTEMPTS + 1, 0, -1)] == (
        [1] * (ATTEMPTS + 1)
    )
    assert bench.at(MIDDAY) == 0
    assert [(run.status, run.said) for run in bench.runs()] == [("running", "room for the session")]
    assert bench.at(free) == 1
    assert [(run.status, run.said) for run in bench.runs()] == [("done", "it was done")]
    assert bench.told("job_failed") == []
