"""A live desk left alone for weeks of a simulated clock while everything around it fails now and then.

From a seed alone it is fired twice, relieved or raced by a second process, loses its database, its feed and
its alert channel, and has its clock set back; events come in, thrice. Then the record is read.
"""

import gc
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import text

from db.engine import transaction
from db.verify import verify_ledger
from desk.heap import share_heap
from support.alerts import FakeChannel
from support.desk_process import desk_environment
from support.feeds import BARS, but_for, put_bars
from support.live_stage import CALENDAR, Stage
from support.unattended_desk import DEAF, HEARS, SCHEDULE, Unattended, answer_of

FAULTS = ("relief", "double", "rival", "database", "late", "garbage", "back", "event", "deaf")
CHANCE = 0.35
SETTLING_DAYS = 8
"""Memory is not looked at before: caches fill, and the allocator finds its size."""
MEGABYTE = 1024 * 1024


@dataclass
class Reached:
    """What the weeks left."""

    days: int = 0
    cycles: int = 0
    hearings: int = 0
    slots: int = 0
    alerts: int = 0
    repeated_alerts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    """Resident set at the end of each day, MB."""
    connections: list[int] = field(default_factory=list)
    """To the database at the end of each day, the asking one among them."""
    files: list[int] = field(default_factory=list)
    """Open files of the process at the end of each day."""

    @property
    def slope(self) -> float:
        """Return by how many MB a day the resident set grows, by least squares after the first days."""
        settled = self.memory[min(SETTLING_DAYS, len(self.memory) // 2) :]
        return float(np.polyfit(np.arange(len(settled)), settled, 1)[0])


class Ordeal:
    """One desk, its surroundings, and the chance that both fail by."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.reached = Reached()
        self._chance = random.Random(seed)
        self._channel = FakeChannel(answer=lambda _: answer_of(self._hearing))
        self._hearing = HEARS
        self._told_elsewhere: list[str] = []
        self._events: list[tuple[str, str]] = []

    def live(self, days: tuple[date, ...]) -> Reached:
        """Live through these days; every one of them must have been decided at the end of it."""
        share_heap()
        with closing(Unattended(self.stage, self._channel)) as self.desk:
            for session in days:
                self._day(session)
            self._hearing = HEARS
            self.stage.clock.move(self.stage.clock.now() + timedelta(hours=1))
            self.desk.round()
            self._audit(days)
        assert self._clients_left() == 0
        return self.reached

    def _day(self, session: date) -> None:
        opens, closes = CALENDAR.open_at(session), CALENDAR.close_at(session)
        decided = CALENDAR.decision_time(session)
        night = datetime.combine(decided.date() + timedelta(days=1), SCHEDULE.night, UTC)
        minute = timedelta(minutes=1)
        for moment in (opens - 29 * minute, opens + minute, opens + 31 * minute, closes - 29 * minute):
            self._at(moment)
        self.stage.bring(session)
        for moment in (closes + 5 * minute, decided, decided + 30 * minute, night):
            self._at(moment)
        why = f"{self.desk.desk.market.problem} {self.desk.worker.failed} {dict(self.reached.faults)}"
        assert self.desk.last == session, f"{session} was not decided by {night}: {why}"
        self._measure()

    def _at(self, moment: datetime) -> None:
        self.stage.clock.move(moment)
        fault = self._chance.choice(FAULTS) if self._chance.random() < CHANCE else ""
        if fault:
            self.reached.faults[fault] += 1
        with self._suffering(fault):
            self.desk.round()
        self._hearing = HEARS
        self.desk.round()

    @contextmanager
    def _suffering(self, fault: str) -> Iterator[None]:
        match fault:
            case "relief":
                with self._other() as relief:
                    self._end(relief)
            case "double":
                self.desk.worker.wake()
                self.desk.worker.wake()
            case "rival":
                with self._other() as rival:
                    assert rival.stdin is not None
                    print(file=rival.stdin, flush=True)
                    yield
                    self._end(rival)
                return
            case "database":
                os.kill(self._postmaster(), signal.SIGKILL)
            case "late":
                with self._feed_as(lambda whole: put_bars(self.stage.feed, self._without_most(whole))):
                    yield
                return
            case "garbage":
                with self._feed_as(
                    lambda whole: (self.stage.feed / BARS).write_bytes(whole[: len(whole) // 2])
                ):
                    yield
                return
            case "back":
                now = self.stage.clock.now()
                self.stage.clock.move(now - timedelta(hours=2))
                self.desk.round()
                self.stage.clock.move(now)
            case "event":
                self._event()
            case "deaf":
                self._hearing = DEAF
            case _:
                pass
        yield

    def _event(self) -> None:
        slot = f"{self.stage.clock.now():%Y%m%dT%H%M}"
        ticker = self._chance.choice(sorted(self.desk.desk.player.book().positions) or ["SPY"])
        ids = {
            self.desk.worker.room.submit(slot=slot, tickers=[ticker], reason=f"{ticker} moved", by="monitor")
            for _ in range(3)
        }
        assert len(ids) == 1
        self._events += [("event", slot)]

    @contextmanager
    def _feed_as(self, spoil: Callable[[bytes], object]) -> Iterator[None]:
        file = self.stage.feed / BARS
        whole, seen = file.read_bytes(), file.stat()
        spoil(whole)
        yield
        file.write_bytes(whole)
        os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1))

    def _without_most(self, whole: bytes):  # type: ignore[no-untyped-def]
        import polars as pl

        bars = pl.read_parquet(whole)
        return but_for(bars, bars["date"].max(), bars["symbol"].unique().sort().to_list()[:3])

    @contextmanager
    def _other(self) -> Iterator[subprocess.Popen[str]]:
        """Give a second process that has the same desk open and waits for a line."""
        stage = self.stage
        places = map(str, (stage.folder, stage.bundle, stage.feed))
        command = (sys.executable, "-m", "support.unattended_desk", *places)
        with subprocess.Popen(
            (*command, stage.clock.now().isoformat(), self._hearing),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=desk_environment(stage.folder, stage.bundle),
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Wait for the end of a process and keep what it told."""
        said, _ = process.communicate()
        assert process.returncode == 0, said
        self._told_elsewhere += json.loads(said)

    def _postmaster(self) -> int:
        (found,) = self.stage.folder.glob("postgres/**/postmaster.pid")
        return int(found.read_text().split()[0])

    def _clients_left(self) -> int:
        return len(list(self.stage.folder.glob("postgres/**/postmaster.pid")))

    def _measure(self) -> None:
        gc.collect()
        status = Path("/proc/self/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert match is not None
        self.reached.memory.append(int(match[1]) * 1024 / MEGABYTE)
        self.reached.files.append(len(os.listdir("/proc/self/fd")))
        with transaction(self.desk.desk.engine) as connection:
            count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            self.reached.connections.append(connection.execute(count).scalar_one())

    def _audit(self, days: tuple[date, ...]) -> None:
        """Hold the record against what should have happened, slot by slot."""
        found, engine = self.reached, self.desk.desk.engine
        with transaction(engine) as connection:
            ask = lambda sql: connection.execute(text(sql)).all()  # noqa: E731
            cycles = Counter(row[0] for row in ask("SELECT session FROM desk.cycles"))
            runs = ask("SELECT job, slot, status, due_at FROM desk.job_runs")
            hearings = ask("SELECT job, slot, status FROM desk.hearings")
            untold = ask("SELECT alert_id, status FROM desk.alerts WHERE status NOT IN ('sent', 'repeated')")
            since = dict(tuple(row) for row in ask("SELECT job, since FROM desk.jobs"))
            assert verify_ledger(connection) == ()
        assert set(cycles.values()) == {1}
        assert set(days) <= cycles.keys()
        assert {row.status for row in runs} <= {"done", "skipped"}, [r for r in runs if r.status == "missed"]
        now = self.stage.clock.now()
        for job in self.desk.worker.runner.jobs:
            due = {s.name for s in job.timing.slots(job.name, CALENDAR, since[job.name], now)}
            assert due == {row.slot for row in runs if row.job == job.name}, job.name
        assert {row.status for row in hearings} == {"heard"}
        assert {(row.job, row.slot) for row in hearings if row.job == "event"} == set(self._events)
        assert untold == []
        told = Counter(self._channel.told + self._told_elsewhere)
        found.days, found.cycles, found.hearings = len(days), len(days), len(hearings)
        found.slots, found.alerts = len(runs), len(told)
        found.repeated_alerts = sum(count - 1 for count in told.values())
