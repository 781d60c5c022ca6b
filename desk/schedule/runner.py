"""Runs what is due: every slot under a lease, settled once, in the order of its time (INV-14)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import in_transaction
from db.events import Event, Events
from db.jobs import BY_HAND, Jobs, JobState, Settled
from db.leases import Lease, Leases
from db.trading_state import TradingState
from desk.logs import logged_as
from desk.schedule.job import Job
from desk.slot import LEASE, Slots
from fund.clock import Clock
from fund.errors import ConfigError, DeskError, TradingHaltedError
from fund.market.calendar import SessionCalendar
from fund.market.timetable import Slot

log = logging.getLogger("conclave.schedule")
MOMENT = timedelta(microseconds=1)
ATTEMPTS = 3
"""How often a slot is begun before it is given up."""
MADE_UP_FOR = "made up for by a later one"
TOO_LATE = "nobody was there for it before its time was over"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    job: Job
    slot: Slot


class JobRunner:
    """Runs the jobs of one desk; several processes may, and each slot is still run once."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        calendar: Callable[[], SessionCalendar],
        leases: Slots,
        jobs: Sequence[Job],
    ) -> None:
        self.jobs = tuple(jobs)
        self.calendar = calendar
        self._engine = engine
        self._clock = clock
        self._leases = leases

    def run_due(
        self, stopped: Callable[[], bool] = lambda: False, only: Callable[[Job], bool] = lambda job: True
    ) -> int:
        """Run every slot that is due and return how many were begun; `stopped` ends it between two.

        Two threads may run slots at once, where `only` gives them different jobs. A slot that fails is begun
        again by the next call, and given up after `ATTEMPTS` or once its time is over; the others do not wait
        for it.
        """
        now = self._clock.now()
        jobs = tuple(job for job in self.jobs if only(job))
        pending = in_transaction(self._engine, lambda connection: self._sort_out(connection, jobs, now))
        begun = 0
        for each in sorted(pending, key=lambda p: (p.slot.due_at, p.slot.job)):
            if stopped():
                break
            if each.job.waits(self._clock.now()):
                continue
            begun += self._run(each.job, each.slot)
        return begun

    def run_now(self, name: str) -> str:
        """Run a job beside its slots, on the owner's word, and return what it came to.

        Raises `ConfigError` for a job there is not, and whatever the work raises.
        """
        job = self.job(name)
        now = self._clock.now()
        at = f"{BY_HAND}{now:%Y%m%dT%H%M%S}"
        slot = Slot(job=job.name, name=at, due_at=now, ends_at=datetime.max.replace(tzinfo=now.tzinfo))
        with self._leases.held(slot.name, job.name) as lease:
            in_transaction(self._engine, lambda connection: Jobs(connection).begin(slot, now=now))
            try:
                said = job.work(slot)
            except DeskError as error:
                self._settle(lease, slot, "failed", str(error))
                raise
            self._settle(lease, slot, "done", said)
        return said

    def job(self, name: str) -> Job:
        """Return a job by its name; `ConfigError` names those there are."""
        found = next((job for job in self.jobs if job.name == name), None)
        if found is None:
            raise ConfigError(f"expected a job of {', '.join(j.name for j in self.jobs)}, found {name!r}")
        return found

    def _sort_out(self, connection: Connection, own: Sequence[Job], now: datetime) -> list[_Pending]:
        """Settle what nobody is to run any more, and return what is to be run."""
        jobs = Jobs(connection)
        jobs.know([job.name for job in own], now=now)
        states = {state.job: state for state in jobs.states()}
        settled, begun = jobs.settled_until(), jobs.begun()
        pending: list[_Pending] = []
        told: list[Event] = []
        for job in own:
            state = states[job.name]
            since = _since(state, settled.get(job.name), begun)
            due = tuple(job.timing.slots(job.name, self.calendar(), since, now))
            missed, over = _given_up(job, due, now)
            if state.paused:
                jobs.pass_over(due, "skipped", f"paused by {state.changed_by}", now=now)
                continue
            if jobs.pass_over(missed, "missed", TOO_LATE, now=now):
                told.append(_missed(job, missed, now))
            jobs.pass_over(over, "skipped", MADE_UP_FOR, now=now)
            kept = {*due} - {*missed, *over}
            pending += [_Pending(job=job, slot=s) for s in due if s in kept or (s.job, s.name) in begun]
        Events(connection).append(told)
        return pending

    def _run(self, job: Job, slot: Slot) -> int:
        lasts = max(LEASE, slot.ends_at - self._clock.now()) if job.aside else LEASE
        try:
            with self._leases.held(slot.name, job.name, lasts) as lease:
                return self._begun(job, slot, lease)
        except TradingHaltedError as error:
            log.info("%s %s is left alone: %s", job.name, slot.name, error)
            return 0

    def _begun(self, job: Job, slot: Slot, lease: Lease) -> int:
        now = self._clock.now()
        attempts = in_transaction(self._engine, lambda connection: Jobs(connection).begin(slot, now=now))
        if attempts is None:
            return 0
        if job.late == "skip" and now >= slot.ends_at:
            self._settle(lease, slot, "missed", "it was begun, and its time was over before it ended")
            return 1
        refusal = in_transaction(self._engine, lambda connection: _refusal(connection, job))
        if refusal:
            self._settle(lease, slot, "skipped", refusal)
            return 1
        log.info("%s %s begins", job.name, slot.name)
        try:
            with logged_as(job=job.name):
                said = job.work(slot)
        except (DeskError, SQLAlchemyError) as error:
            reason = str(error) if isinstance(error, DeskError) else type(error).__name__
            if job.aside and isinstance(error, TradingHaltedError):
                self._put_off(lease, slot, reason)
                return 1
            log.warning("%s %s came to nothing, try %d: %s", job.name, slot.name, attempts, reason)
            if attempts >= ATTEMPTS:
                self._settle(lease, slot, "failed", reason)
            return 1
        self._settle(lease, slot, "done", said)
        return 1

    def _put_off(self, lease: Lease, slot: Slot, why: str) -> None:
        """Leave a slot begun, to go on another time; that is no failure, however often."""

        def put_off(connection: Connection) -> None:
            Jobs(connection).remark(slot, why)
            Leases(connection).give_back(lease, now=self._clock.now())

        in_transaction(self._engine, put_off)
        log.info("%s %s is put off: %s", slot.job, slot.name, why)

    def _settle(self, lease: Lease, slot: Slot, status: Settled, said: str) -> None:
        """Settle a slot, unless another process has taken it over meanwhile."""
        now = self._clock.now()

        def settle(connection: Connection) -> None:
            Leases(connection).require(lease)
            Jobs(connection).settle(slot, status, said, now=now)
            Leases(connection).give_back(lease, now=now)
            if status in ("failed", "missed"):
                Events(connection).append([_came_to_nothing(slot, status, said, now)])

        in_transaction(self._engine, settle)
        log.info("%s %s: %s, %s", slot.job, slot.name, status, said)


def _since(state: JobState, settled: datetime | None, begun: Mapping[tuple[str, str], datetime]) -> datetime:
    """Return after which moment slots may be unsettled: one that was begun and not ended is."""
    since = max(state.since, settled or state.since)
    return min([since, *(due - MOMENT for (job, _), due in begun.items() if job == state.job)])


def _given_up(job: Job, due: Sequence[Slot], now: datetime) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """Return the slots that were missed, and those that a later one makes up for."""
    match job.late:
        case "skip":
            return tuple(slot for slot in due if slot.ends_at <= now), ()
        case "newest":
            return (), tuple(due[:-1])
        case _:
            return (), ()


def _refusal(connection: Connection, job: Job) -> str:
    """Return why a job must not run now; empty when it may."""
    if not job.asks_breaker:
        return ""
    standing = TradingState(connection).get()
    return standing.told if standing.is_paused else ""


def _missed(job: Job, slots: Sequence[Slot], now: datetime) -> Event:
    first, last = slots[0], slots[-1]
    when = first.name if first == last else f"{len(slots)} times, {first.name} to {last.name}"
    return Event(
        event_id=f"missed-{job.name}-{first.name}-{last.name}",
        at=now,
        kind="slot_missed",
        severity="warning",
        text=f"{job.name} was missed {when}: {TOO_LATE}",
        data={"job": job.name, "slots": [slot.name for slot in slots[-50:]]},
    )


def _came_to_nothing(slot: Slot, status: Settled, said: str, now: datetime) -> Event:
    return Event(
        event_id=f"{status}-{slot.job}-{slot.name}",
        at=now,
        kind=f"job_{status}",
        severity="warning",
        text=f"{slot.job} {slot.name} {'was given up' if status == 'failed' else 'was missed'}: {said}",
        data={"job": slot.job, "slot": slot.name, "topic": f"job_{status}: {slot.job}"},
    )
