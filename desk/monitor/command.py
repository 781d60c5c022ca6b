"""`desk monitor`: watch prices until told to end, or play a recording through the same code."""

import argparse
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from desk.mandate import load_mandate
from desk.outcome import Outcome
from desk.settings import Settings
from fund.errors import ConfigError

if TYPE_CHECKING:
    from desk.monitor.replaying import ReplayReport

MONITOR = """Watch prices in market hours, and ask the desk for a cycle about what is sudden.

It is a program of its own beside a desk that runs: it asks for cycles over HTTP with an API key
(DESK_MONITOR__API_KEY) and needs nothing to be told twice. What is sudden stands in the mandate under
[monitor]. With --replay it plays recorded intraday bars through the same code on a simulated clock."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command can be told."""
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="play a Parquet file of intraday bars, and say what was told",
    )
    parser.add_argument(
        "--seconds", type=_seconds, help="how often to look, 1 to 900 (DESK_MONITOR__SECONDS, default 60)"
    )


def monitor(options: argparse.Namespace, console: Console) -> Outcome:
    """Watch until SIGTERM or Ctrl-C, or play a recording."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    every_seconds = options.seconds or settings.monitor.seconds
    if options.replay is not None:
        return _replayed(settings, options.replay, every_seconds)
    return _watched(settings, every_seconds, console)


def _watched(settings: Settings, every_seconds: float, console: Console) -> Outcome:
    from db.lake import Lake
    from desk.exchange import calendar_of
    from desk.logs import log_to
    from desk.monitor.counts import Counts
    from desk.monitor.courier import Courier
    from desk.monitor.door import DeskDoor
    from desk.monitor.patrol import Patrol
    from desk.monitor.roll import DeskRoll
    from desk.monitor.sources import actions_due_of, source_of
    from desk.monitor.status_port import Status, served
    from desk.stores import open_started
    from fund.clock import SystemClock
    from fund.watching.watch import Watch

    clock, own, mandate = SystemClock(), settings.monitor, load_mandate(settings.mandate)
    if own.api_key is None:
        raise ConfigError(
            "DESK_MONITOR__API_KEY is not set: make a key of the scope cycles with `desk account`, and set it"
        )
    rules, counts, calendar = mandate.monitor, Counts(), calendar_of(settings)
    with ExitStack() as exits:
        folder, engine = open_started(settings, exits)
        source = source_of(settings, engine, clock, exits)
        due = actions_due_of(settings, engine, clock, exits)
        log_to(folder.root / "monitor.log", settings)
        watch = Watch(rules, calendar, volatility_index=own.volatility_index)
        door = DeskDoor(own.api, own.api_key.get_secret_value(), clock)
        exits.callback(door.close)
        courier = Courier(door, counts)
        roll = DeskRoll(
            engine=engine,
            lake=Lake(folder.lake),
            calendar=calendar,
            benchmark=mandate.benchmark,
            volatility_index=own.volatility_index,
            volume_sessions=rules.volume_sessions,
            index_members=own.index_members,
            actions_due=due,
        )
        patrol = Patrol(
            source=source,
            watch=watch,
            roll=roll,
            outlet=courier,
            calendar=calendar,
            clock=clock,
            every_seconds=every_seconds,
            many_from=rules.many_from,
            counts=counts,
            arrived=getattr(source, "arrived", None),
        )
        exits.callback(courier.close)
        exits.enter_context(closed_by_signals(patrol.close))
        exits.enter_context(served(Status(patrol, watch, courier), settings.host, own.port))
        courier.start()
        console.print(f"Watching by {source.name}, every {every_seconds:g} seconds in market hours.")
        patrol.run()
    figures = {name: getattr(counts, name) for name in ("looks", "ticks", "submitted", "accepted", "lost")}
    return Outcome(data={"ended": True, **figures}, shown=("The monitor has ended.",))


@contextmanager
def closed_by_signals(close: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the work after the step in hand, for as long as the context lasts."""

    def end(number: int, frame: FrameType | None) -> None:
        close()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _replayed(settings: Settings, path: Path, every_seconds: float) -> Outcome:
    from desk.bundle_files import read_file
    from desk.exchange import calendar_of
    from desk.monitor.actions_due import FILE, facts_of
    from desk.monitor.recording import Recording
    from desk.monitor.replaying import replay
    from fund.clock import FixedClock

    rules, calendar = load_mandate(settings.mandate).monitor, calendar_of(settings)
    clock = FixedClock(datetime(2000, 1, 3, tzinfo=UTC))
    known = (settings.bundle / FILE).exists()
    actions = tuple(facts_of(read_file(settings.bundle, FILE).to_dicts())) if known else ()
    recording = Recording(path, calendar, clock, actions, rules.volume_sessions)
    report = replay(
        recording,
        clock,
        calendar,
        rules,
        every_seconds=every_seconds,
        volatility_index=settings.monitor.volatility_index,
    )
    return Outcome(data=report.figures, shown=(_table(report),))


def _table(report: "ReplayReport") -> Table:
    figures = report.figures
    delay = figures["delay_seconds"]
    table = Table("What", "Found", title=f"{report.sessions} sessions of {report.tickers} tickers")
    rows = {
        "bars played, and left out": f"{report.bars:,}, {report.bars_left_out:,}",
        "looks": f"{report.looks:,}, every {report.every_seconds:g} seconds",
        "alerts": ", ".join(f"{count} {kind}" for kind, count in figures["alerts_by_kind"].items()) or "none",
        "submissions": str(report.submissions),
        "duplicates": str(report.duplicates),
        "delay": f"median {delay['median']} s, longest {delay['max']} s, of {delay['n']}"
        if delay["n"]
        else "-",
        "in the recording, seen by no look": str(report.unseen),
        "a second monitor asks, anew": f"{report.second_submissions}, {report.second_new}",
        "ticks refused": ", ".join(f"{n} {why}" for why, n in report.refused.items()) or "none",
    }
    for what, found in rows.items():
        table.add_row(what, found)
    for trigger in report.told:
        table.add_row(trigger.kind, trigger.reason)
    table.caption = figures["rule"]
    return table


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 900:
        raise argparse.ArgumentTypeError(f"seconds from 1 to 900 are needed, was {text!r}")
    return seconds
