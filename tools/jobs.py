"""What the desk does by itself: when each job comes next, and what became of it last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from db.decisions import Decisions
from db.engine import in_transaction
from db.hearings import AskedHearing, Hearings
from db.jobs import JobRun, Jobs
from fund.clock import Clock
from fund.market.calendar import SessionCalendar
from fund.market.timetable import Timing, next_slot

DAILY = "daily"
"""The decision after every close: what became of it is on the record of decisions."""
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """A job as the desk has it planned."""

    name: str
    what: str
    timing: Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStanding:
    """How a job stands."""

    name: str
    what: str
    next_at: datetime | None
    """When it is due next, UTC; None where the calendar ends, or while it is paused."""
    paused_by: str | None
    last_slot: str | None
    last_at: datetime | None
    """When the last slot was settled, UTC."""
    last_status: str | None
    """running, done, failed, skipped or missed; of a decision decided, held or halted."""
    last_said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """Every job, and the last hearings, newest first."""

    jobs: tuple[JobStanding, ...]
    hearings: tuple[AskedHearing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """What became of the last slot of a job."""

    slot: str | None = None
    at: datetime | None = None
    status: str | None = None
    said: str = ""


NEVER = _Last()


class JobTools:
    """Questions about what runs by itself."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        calendar: Callable[[], SessionCalendar],
        planned: Callable[[], Sequence[PlannedJob]],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._calendar = calendar
        self._planned = planned

    def jobs(self, last: int = 5) -> JobReport:
        """Say what the desk does by itself: what is due when, what ran last and how it ended.

        Args:
            last: how many of the last hearings of the committee to show, 0 to 50.
        """
        return in_transaction(self._engine, lambda connection: self._read(connection, last))

    def _read(self, connection: Connection, last: int) -> JobReport:
        states = {state.job: state for state in Jobs(connection).states()}
        runs = Jobs(connection).last_of_each()
        standings = []
        for planned in self._planned():
            state = states.get(planned.name)
            paused_by = state.changed_by if state is not None and state.paused else None
            ran = _decided(connection) if planned.name == DAILY else _settled(runs.get(planned.name))
            standings.append(
                JobStanding(
                    name=planned.name,
                    what=planned.what,
                    next_at=None if paused_by else self._due(planned),
                    paused_by=paused_by,
                    last_slot=ran.slot,
                    last_at=ran.at,
                    last_status=ran.status,
                    last_said=ran.said,
                )
            )
        heard = Hearings(connection).latest(max(1, min(last, MOST))) if last > 0 else ()
        return JobReport(jobs=tuple(standings), hearings=heard)

    def _due(self, planned: PlannedJob) -> datetime | None:
        slot = next_slot(planned.name, planned.timing, self._calendar(), self._clock.now())
        return None if slot is None else slot.due_at


def _settled(run: JobRun | None) -> _Last:
    if run is None:
        return NEVER
    return _Last(slot=run.slot, at=run.finished_at or run.started_at, status=run.status, said=run.said)


def _decided(connection: Connection) -> _Last:
    record = Decisions(connection).latest()
    if record is None:
        return NEVER
    said = record.cause or f"{len(record.orders)} orders"
    return _Last(slot=record.session.isoformat(), at=record.as_of, status=record.status, said=said)
