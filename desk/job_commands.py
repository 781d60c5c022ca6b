"""`desk jobs`: what the desk does by itself, run now, paused, and let go on."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from db.engine import in_transaction
from db.events import Event, Events
from db.jobs import Jobs
from db.record_codec import to_plain
from desk.bootstrap import Desk, open_desk
from desk.consent import account_name
from desk.data_folder import DataFolder
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.talk import job_tools
from desk.worker import DeskWorker
from fund.errors import ConfigError
from tools.jobs import DAILY, JobReport

JOBS = """Show what the desk does by itself, run a job now, pause one, or let it go on.

Every slot of a job is run once, by one process, and settled: done, failed, skipped or missed. What nobody
was there for is caught up or left out, as each job says. When and how often is set by DESK_SCHEDULE__...

  desk jobs list                 when each comes next, and what came of it last
  desk jobs run verify           run it now, beside its slots
  desk jobs pause before_open    leave its slots out until further notice
  desk jobs resume before_open   let it go on with its next slot"""

NEW_YORK = ZoneInfo("America/New_York")


def add_jobs(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command with everything below it."""
    raw = argparse.RawDescriptionHelpFormatter
    jobs = sub.add_parser("jobs", help="See what runs by itself", description=JOBS, formatter_class=raw)
    below = jobs.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("list", listed, "Show every job: when it comes next, and what came of it last."),
        ("run", run_now, "Run a job now, beside its slots."),
        ("pause", pause, "Leave the slots of a job out until further notice."),
        ("resume", resume, "Let a paused job go on with its next slot."),
    ):
        made = below.add_parser(name, parents=[shared], help=text, description=text)
        made.set_defaults(run=run)
        if name != "list":
            made.add_argument("job", help="its name, as `desk jobs list` shows it")


def listed(options: argparse.Namespace, console: Console) -> Outcome:
    """Show every job."""
    with _desk(options, console) as (desk, worker):
        report = job_tools(desk, worker).jobs()
    return Outcome(data=to_plain(report), shown=(_table(report),))


def run_now(options: argparse.Namespace, console: Console) -> Outcome:
    """Run a job now."""
    if options.job == DAILY:
        raise ConfigError("the daily decision is not run by hand: `desk advance` plays a replay on")
    with _desk(options, console, trained=True) as (_, worker):
        said = worker.runner.run_now(options.job)
    return Outcome(data={"job": options.job, "said": said}, shown=(f"{options.job}: {said}.",))


def pause(options: argparse.Namespace, console: Console) -> Outcome:
    """Leave the slots of a job out."""
    return _paused(options, console, paused=True)


def resume(options: argparse.Namespace, console: Console) -> Outcome:
    """Let a job go on."""
    return _paused(options, console, paused=False)


def _paused(options: argparse.Namespace, console: Console, *, paused: bool) -> Outcome:
    if options.job == DAILY:
        raise ConfigError("the daily decision is paused by `desk halt`, and goes on by `desk resume`")
    with _desk(options, console) as (desk, worker):
        job, now, by = worker.runner.job(options.job), desk.clock.now(), account_name()
        word = "paused" if paused else "resumed"
        event = Event(
            event_id=f"job-{word}-{job.name}-{now.isoformat()}",
            at=now,
            kind=f"job_{word}",
            severity="info",
            text=f"{job.name} was {word} by {by}",
            data={"job": job.name, "by": by},
        )

        def change(connection: Any) -> bool:
            Jobs(connection).know([job.name], now=now)
            changed = Jobs(connection).pause(job.name, paused=paused, by=by, at=now)
            Events(connection).append([event] if changed else [])
            return changed

        changed = in_transaction(desk.engine, change)
    said = f"{job.name} is {word}." if changed else f"{job.name} was {word} already."
    return Outcome(data={"job": job.name, "paused": paused, "changed": changed}, shown=(said,))


def _table(report: JobReport) -> Table:
    table = Table("Job", "What it does", "Next (New York)", "Last slot", "Became", "What came of it")
    for each in report.jobs:
        due = f"paused by {each.paused_by}" if each.paused_by else _local(each.next_at)
        row = (each.last_slot or "", each.last_status or "", each.last_said)
        table.add_row(each.name, each.what, due, *row)
    return table


def _local(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"


@contextmanager
def _desk(
    options: argparse.Namespace, console: Console, *, trained: bool = False
) -> Iterator[tuple[Desk, DeskWorker]]:
    """Open a desk that was started, beside one that runs."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with ExitStack() as exits:
        with progress_beside(console) as progress:
            desk = exits.enter_context(closing(open_desk(settings, progress, trained=trained)))
        yield desk, exits.enter_context(closing(DeskWorker(desk)))
