"""What the records add up to, in counts and sums: the desk as a monitoring system sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from db.job_tables import job_runs
from db.tables import cycles, equity_daily, events, llm_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    """Calls to one LLM that ended one way."""

    provider: str
    llm: str
    status: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float
    timed: int
    """Calls whose latency is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """Runs of one job that ended one way."""

    job: str
    status: str
    runs: int
    seconds: float
    finished: int
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The records in figures; each key is a label."""

    sessions: int
    cycles: Sequence[tuple[str, str, int]]
    """Job, status, count."""
    calls: Sequence[CallCount]
    events: Sequence[tuple[str, int]]
    """Severity, count."""
    jobs: Sequence[JobCount]
    database_bytes: int


def measures(connection: Connection) -> Measures:
    """Read everything; counts only grow, because what they count is appended."""
    by_status = select(cycles.c.job, cycles.c.status, func.count()).group_by(cycles.c.job, cycles.c.status)
    by_severity = select(events.c.severity, func.count()).group_by(events.c.severity)
    return Measures(
        sessions=connection.execute(select(func.count()).select_from(equity_daily)).scalar_one(),
        cycles=[
            (job, status, n) for job, status, n in connection.execute(by_status.order_by("job", "status"))
        ],
        calls=_calls(connection),
        events=[(severity, n) for severity, n in connection.execute(by_severity.order_by("severity"))],
        jobs=_jobs(connection),
        database_bytes=connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one(),
    )


def _calls(connection: Connection) -> list[CallCount]:
    calls = llm_calls.c
    kept = (calls.provider, calls.llm, calls.status)
    chosen = select(
        *kept,
        func.count().label("calls"),
        func.coalesce(func.sum(calls.input_tokens), 0).label("input_tokens"),
        func.coalesce(func.sum(calls.output_tokens), 0).label("output_tokens"),
        func.coalesce(func.sum(calls.cost_usd), 0).label("cost_usd"),
        func.coalesce(func.sum(calls.latency_ms) / 1000, 0).label("seconds"),
        func.count(calls.latency_ms).label("timed"),
    )
    rows = connection.execute(chosen.group_by(*kept).order_by(*kept)).mappings()
    return [CallCount(**{**row, "cost_usd": float(row["cost_usd"])}) for row in rows]


def _jobs(connection: Connection) -> list[JobCount]:
    runs = job_runs.c
    took = func.extract("epoch", runs.finished_at - runs.started_at)
    chosen = select(
        runs.job,
        runs.status,
        func.count().label("runs"),
        func.coalesce(func.sum(took), 0).label("seconds"),
        func.count(runs.finished_at).label("finished"),
        func.max(runs.finished_at).label("last"),
    )
    rows = connection.execute(chosen.group_by(runs.job, runs.status).order_by(runs.job, runs.status))
    return [JobCount(**{**row, "seconds": float(row["seconds"])}) for row in rows.mappings()]
