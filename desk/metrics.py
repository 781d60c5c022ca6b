"""The desk's figures for a monitoring system, read from its records; names and meanings in one place each."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

from sqlalchemy import QueuePool

from db.engine import transaction
from db.ledger import Ledger
from db.llm_calls import LLMCalls
from db.measures import CallCount, JobCount, Measures, measures
from db.outbox import ChannelState, Outbox
from db.shadows import ShadowCount, Shadows
from db.trading_state import TradingState
from desk.bootstrap import Desk
from desk.feeds.report import FeedReport, feed_reports
from desk.web.face import HealthItem, Metric, Sample
from desk.worker import DeskWorker
from fund.errors import DeskError
from fund.portfolio.session_mark import SessionMark
from graph.desk_tools import DeskTools

LIMITS_FOR = timedelta(seconds=60)
"""So long the limits' use is taken to be what it was: it changes with a session or an order."""
PAGES = Path("/proc/self/statm")
OPEN_FILES = Path("/proc/self/fd")
Labelled = tuple[float, tuple[tuple[str, str], ...]]


class DeskMetrics:
    """Reads the figures of a desk; every read may block."""

    def __init__(self, desk: Desk, worker: DeskWorker, tools: DeskTools | None) -> None:
        self._desk = desk
        self._worker = worker
        self._tools = tools
        self._limits: tuple[datetime, tuple[Sample, ...]] | None = None

    def read(self, health: Sequence[HealthItem]) -> tuple[Metric, ...]:
        """Return every figure; what is not known has its name and no value."""
        desk, now = self._desk, self._desk.clock.now()
        with transaction(desk.engine) as connection:
            read = measures(connection)
            mark = Ledger(connection).last_mark()
            channels = Outbox(connection).states()
            spent = float(LLMCalls(connection).spent(now.date()))
            breaker = TradingState(connection).get()
            shadows = Shadows(connection).counts()
        return (
            *self._clock(read, now),
            *_book(mark),
            _many("desk_limit_used_ratio", "Part of a limit in use, 1 is all", "gauge", self._limit_use(now)),
            _states("desk_breaker_state", "Whether the breaker is so", breaker.state),
            _one("desk_kill_switch", "Whether the kill switch is thrown", "gauge", float(breaker.latched)),
            *_cycles(read),
            desk.durations.metric("desk_cycle_seconds", "Seconds to settle and decide a session"),
            *_llms(read.calls, spent),
            *_shadows(shadows),
            *_alerts(channels),
            *_jobs(read.jobs),
            *_vendors(feed_reports(desk.settings, desk.engine, desk.clock), now),
            _many("desk_health", "Whether what must work does", "gauge", _checks(health)),
            *self._process(read),
        )

    def _clock(self, read: Measures, now: datetime) -> Iterator[Metric]:
        desk, status = self._desk, self._worker.status()
        labels = (("mode", status.mode), ("provider", status.provider))
        behind = len(desk.due()) if desk.is_live else 0
        written = desk.market.feed_written_at
        age = None if written is None else max(0.0, (now - written).total_seconds())
        yield _many("desk_info", "How the desk runs, always 1", "gauge", [(1.0, labels)])
        yield _one("desk_sessions_played", "Sessions played", "gauge", read.sessions)
        yield _one("desk_sessions_left", "Sessions left in a replay", "gauge", status.unplayed or 0)
        yield _one("desk_sessions_behind", "Sessions due by the clock, not played", "gauge", behind)
        yield _one("desk_feed_age_seconds", "Since the feed's daily bars were written", "gauge", age)

    def _limit_use(self, now: datetime) -> list[Labelled]:
        """Return how much of each limit is in use; nothing before the first session."""
        if self._tools is None:
            return []
        if self._limits is None or not timedelta(0) <= now - self._limits[0] < LIMITS_FOR:
            try:
                report = self._tools.portfolio.limits()
            except DeskError:
                return []
            used = ((each.limit, each.used) for each in report.limits)
            samples = (
                Sample(value=float(share), labels=(("limit", name),))
                for name, share in used
                if share is not None
            )
            self._limits = (now, tuple(samples))
        return [(sample.value, sample.labels) for sample in self._limits[1]]

    def _process(self, read: Measures) -> Iterator[Metric]:
        pool = self._desk.engine.pool
        counted = (
            [(pool.checkedout(), "in_use"), (pool.checkedin(), "idle")] if isinstance(pool, QueuePool) else []
        )
        states: list[Labelled] = [(float(n), (("state", state),)) for n, state in counted]
        yield _many("desk_db_connections", "Connections of the pool", "gauge", states)
        yield _one("desk_db_size_bytes", "Size of the database", "gauge", read.database_bytes)
        yield _one("process_resident_memory_bytes", "Resident memory", "gauge", resident_bytes())
        yield _one("process_cpu_seconds_total", "Processor time", "counter", process_time())
        yield _one("process_open_fds", "Open files", "gauge", _open_files())


def _book(mark: SessionMark | None) -> Iterator[Metric]:
    def of(name: str, told: str, value: float | None) -> Metric:
        return _one(name, told, "gauge", value)

    yield of("desk_equity_usd", "Equity at the last close", float(mark.equity) if mark else None)
    yield of("desk_cash_usd", "Cash at the last close", float(mark.cash) if mark else None)
    yield of("desk_drawdown_ratio", "Below the peak, 0.1 is 10 %", mark.drawdown if mark else None)
    yield of("desk_positions", "Positions held", len(mark.positions) if mark else None)


def _cycles(read: Measures) -> Iterator[Metric]:
    counted = [(float(n), (("job", job), ("status", status))) for job, status, n in read.cycles]
    yield _many("desk_cycles_total", "Cycles on record", "counter", counted)
    told = [(float(n), (("severity", severity),)) for severity, n in read.events]
    yield _many("desk_events_total", "Events recorded", "counter", told)


def _llms(calls: Sequence[CallCount], spent: float) -> Iterator[Metric]:
    def of(call: CallCount) -> tuple[tuple[str, str], ...]:
        return (("provider", call.provider), ("llm", call.llm), ("status", call.status))

    def tokens() -> Iterator[Labelled]:
        for call in calls:
            yield call.input_tokens, (*of(call), ("direction", "input"))
            yield call.output_tokens, (*of(call), ("direction", "output"))

    failed = [(float(call.calls), of(call)) for call in calls if call.status in ("failed", "rejected")]
    yield _many("desk_llm_calls_total", "Calls to an LLM", "counter", [(c.calls, of(c)) for c in calls])
    yield _many("desk_llm_errors_total", "Calls that brought no usable answer", "counter", failed)
    yield _many("desk_llm_tokens_total", "Tokens of calls to an LLM", "counter", list(tokens()))
    yield _many("desk_llm_usd_total", "Cost of calls, USD", "counter", [(c.cost_usd, of(c)) for c in calls])
    yield _one("desk_llm_usd_today", "LLM cost today, USD", "gauge", spent)
    seconds = [(call.seconds, call.timed, of(call)) for call in calls if call.timed]
    yield _summary("desk_llm_seconds", "Seconds that calls to an LLM took", seconds)


def _shadows(counts: Sequence[ShadowCount]) -> Iterator[Metric]:
    """Yield what was put to the committee in force and its shadows; nothing where no shadow is set."""

    def of(count: ShadowCount) -> tuple[tuple[str, str], ...]:
        return (("shadow", count.shadow), ("status", count.status))

    decided = [(float(count.decisions), of(count)) for count in counts]
    spent = [(count.cost_usd, of(count)) for count in counts]
    seconds = [(count.seconds, count.timed, of(count)) for count in counts if count.timed]
    yield _many("desk_shadow_decisions_total", "Decisions put to a shadow", "counter", decided)
    yield _many("desk_shadow_usd_total", "Cost of what was put to a shadow, USD", "counter", spent)
    yield _summary("desk_shadow_seconds", "Seconds that a shadow's calls took", seconds)


def _alerts(channels: Sequence[ChannelState]) -> Iterator[Metric]:
    waiting, dead = (sum(getattr(each, name) for each in channels) for name in ("waiting", "dead"))
    yield _one("desk_alerts_waiting", "Alerts that wait to be sent", "gauge", waiting)
    yield _one("desk_alerts_dead", "Alerts in the dead letters", "gauge", dead)
    failing = [(float(each.failures), (("channel", each.channel),)) for each in channels]
    yield _many("desk_alert_failures", "Deliveries of a channel that failed in a row", "gauge", failing)


def _jobs(jobs: Sequence[JobCount]) -> Iterator[Metric]:
    def of(job: JobCount) -> tuple[tuple[str, str], ...]:
        return (("job", job.job), ("status", job.status))

    yield _many("desk_job_runs_total", "Runs of jobs", "counter", [(job.runs, of(job)) for job in jobs])
    seconds = [(job.seconds, job.finished, of(job)) for job in jobs if job.finished]
    yield _summary("desk_job_seconds", "Seconds that runs of jobs took", seconds)
    last = [(job.last.timestamp(), of(job)) for job in jobs if job.last is not None]
    yield _many("desk_job_last_timestamp_seconds", "When a run of a job last ended so", "gauge", last)


def _vendors(reports: Sequence[FeedReport], now: datetime) -> Iterator[Metric]:
    """Yield how each vendor that is set answers; what one has never said has no value."""

    def of(name: str, told: str, values: Iterable[tuple[str, float | None]]) -> Metric:
        known = [(float(value), (("feed", feed),)) for feed, value in values if value is not None]
        return _many(name, told, "gauge", known)

    aged = ((each.feed, each.state.age_seconds(now)) for each in reports)
    yield of("desk_vendor_silent_seconds", "Since a vendor last answered", aged)
    failing = ((each.feed, each.state.failures) for each in reports)
    yield of("desk_vendor_failures", "Questions a vendor failed to answer in a row", failing)
    left = ((each.feed, each.left_today) for each in reports)
    yield of("desk_vendor_calls_left", "Questions a vendor may still be asked today", left)


def _checks(health: Sequence[HealthItem]) -> list[Labelled]:
    return [(float(item.ok), (("check", item.name),)) for item in health]


def _states(name: str, told: str, present: str) -> Metric:
    states = ("closed", "reducing", "open")
    return _many(name, told, "gauge", [(float(each == present), (("state", each),)) for each in states])


def _one(name: str, told: str, kind: str, value: float | None) -> Metric:
    return Metric(name=name, help=told, kind=kind, value=value)  # type: ignore[arg-type]


def _many(name: str, told: str, kind: str, samples: Sequence[Labelled]) -> Metric:
    made = tuple(Sample(value=value, labels=labels) for value, labels in samples)
    return Metric(name=name, help=told, kind=kind, samples=made)  # type: ignore[arg-type]


def _summary(name: str, told: str, of: Sequence[tuple[float, int, tuple[tuple[str, str], ...]]]) -> Metric:
    samples: list[Sample] = []
    for total, count, labels in of:
        samples.append(Sample(value=total, labels=labels, suffix="_sum"))
        samples.append(Sample(value=count, labels=labels, suffix="_count"))
    return Metric(name=name, help=told, kind="summary", samples=tuple(samples))


def resident_bytes() -> float | None:
    """Return how much memory this process holds; None where the system does not say."""
    try:
        return float(PAGES.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _open_files() -> float | None:
    try:
        return float(len(list(OPEN_FILES.iterdir())))
    except OSError:
        return None
