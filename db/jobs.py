"""What runs by itself: every slot of every job settled once, and which jobs their owner has paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from db.column_types import storable
from db.job_tables import job_runs, jobs
from db.ledger_rows import aware
from db.once import insert_all
from fund.market.timetable import Slot

Settled = Literal["done", "failed", "skipped", "missed"]
RunStatus = Literal["running", "done", "failed", "skipped", "missed"]
BY_HAND = "asked-"
"""Begins the name of a slot that the owner asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """What became of one slot."""

    job: str
    slot: str
    due_at: datetime
    status: RunStatus
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    said: str
    """One sentence: what it came to, or why it came to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How a job stands."""

    job: str
    since: datetime
    """From when its slots count: nothing before is missed."""
    paused: bool
    changed_by: str | None
    changed_at: datetime | None


class Jobs:
    """Jobs and their slots over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def know(self, names: Sequence[str], *, now: datetime) -> None:
        """Let the slots of these jobs count from now on; one that is known already stays as it is."""
        rows = [{"job": name, "since": aware(now)} for name in names]
        if rows:
            self._connection.execute(insert(jobs).on_conflict_do_nothing(), rows)

    def states(self) -> tuple[JobState, ...]:
        """Return every job that was ever known, by name."""
        found = self._connection.execute(select(jobs).order_by(jobs.c.job)).mappings()
        return tuple(JobState(**row) for row in found)

    def pause(self, job: str, *, paused: bool, by: str, at: datetime) -> bool:
        """Pause a job or let it go on; False where that changes nothing."""
        change = (
            update(jobs)
            .where(jobs.c.job == job, jobs.c.paused != paused)
            .values(paused=paused, changed_by=by, changed_at=aware(at))
        )
        return self._connection.execute(change).rowcount == 1

    def settled_until(self) -> dict[str, datetime]:
        """Return, by job, when the last slot was due that is settled: they are settled in their order.

        What was asked for by hand is beside that order.
        """
        chosen = select(job_runs.c.job, func.max(job_runs.c.due_at)).where(
            job_runs.c.status != "running", job_runs.c.slot.not_like(f"{BY_HAND}%")
        )
        return {row[0]: row[1] for row in self._connection.execute(chosen.group_by(job_runs.c.job))}

    def begun(self) -> dict[tuple[str, str], datetime]:
        """Return job and name of the slots that were begun and not settled, with when they were due."""
        chosen = select(job_runs.c.job, job_runs.c.slot, job_runs.c.due_at)
        rows = self._connection.execute(chosen.where(job_runs.c.status == "running"))
        return {(row.job, row.slot): row.due_at for row in rows}

    def begin(self, slot: Slot, *, now: datetime) -> int | None:
        """Begin a slot, or begin it again after a process that died in it; None once it is settled.

        Returns how often it was begun. Call it while the slot is held.
        """
        fresh = insert(job_runs).values(
            job=slot.job,
            slot=slot.name,
            due_at=aware(slot.due_at),
            status="running",
            attempts=1,
            started_at=aware(now),
        )
        begun = fresh.on_conflict_do_update(
            index_elements=["job", "slot"],
            set_={"attempts": job_runs.c.attempts + 1, "started_at": fresh.excluded.started_at},
            where=job_runs.c.status == "running",
        ).returning(job_runs.c.attempts)
        return self._connection.execute(begun).scalar()

    def settle(self, slot: Slot, status: Settled, said: str, *, now: datetime) -> None:
        """Settle a slot that was begun."""
        self._connection.execute(
            update(job_runs)
            .where(job_runs.c.job == slot.job, job_runs.c.slot == slot.name, job_runs.c.status == "running")
            .values(status=status, said=storable(said), finished_at=aware(now))
        )

    def remark(self, slot: Slot, said: str) -> None:
        """Say why a slot that was begun has come no further yet."""
        self._connection.execute(
            update(job_runs)
            .where(job_runs.c.job == slot.job, job_runs.c.slot == slot.name, job_runs.c.status == "running")
            .values(said=storable(said))
        )

    def pass_over(self, slots: Sequence[Slot], status: Settled, said: str, *, now: datetime) -> int:
        """Settle slots that nobody begins; one that was begun or settled is left alone. Returns how many."""
        if not slots:
            return 0
        rows = [
            {
                "job": slot.job,
                "slot": slot.name,
                "due_at": aware(slot.due_at),
                "status": status,
                "finished_at": aware(now),
                "said": storable(said),
            }
            for slot in slots
        ]
        return len(insert_all(self._connection, job_runs, rows))

    def latest(self, job: str | None = None, *, limit: int = 20) -> tuple[JobRun, ...]:
        """Return the last slots, the one due last first."""
        chosen = select(job_runs).order_by(job_runs.c.due_at.desc(), job_runs.c.job).limit(limit)
        if job is not None:
            chosen = chosen.where(job_runs.c.job == job)
        return tuple(_run(row) for row in self._connection.execute(chosen).mappings())

    def last_of_each(self) -> dict[str, JobRun]:
        """Return the last slot of every job that has one."""
        chosen = select(job_runs).order_by(job_runs.c.job, job_runs.c.due_at.desc())
        chosen = chosen.ext(distinct_on(job_runs.c.job))
        return {row["job"]: _run(row) for row in self._connection.execute(chosen).mappings()}

    def counts(self) -> dict[tuple[str, RunStatus], int]:
        """Return how many slots of each job ended how."""
        chosen = select(job_runs.c.job, job_runs.c.status, func.count()).group_by(
            job_runs.c.job, job_runs.c.status
        )
        return {(row[0], row[1]): row[2] for row in self._connection.execute(chosen)}


def _run(row: RowMapping) -> JobRun:
    return JobRun(**row)
