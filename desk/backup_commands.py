"""`desk backup` and `desk restore`."""

import argparse
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from rich.console import Console

from db.record_codec import to_plain
from desk.backup import Backup, back_up, restore
from desk.backup_rota import back_up_into, due_in
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.serving import ended_by_sigterm
from desk.settings import Settings
from fund.clock import SystemClock
from fund.errors import ConfigError

BACKUP = """Write the whole desk into one file: database, market data, forecasters, the owner's password.

It may run meanwhile: the file shows one moment. It appears when it is whole, and replaces nothing. Only you
can read it; keep it as you keep the password. Keys in .env and the mandate's file are not in it.

  desk backup                      conclave-2026-11-29T0930.tar.gz in this folder
  desk backup /mnt/safe/desk.tar.gz
  desk backup --folder /mnt/safe --keep 14
                                   one more in that folder, all but the newest fourteen are removed
  desk backup --folder /mnt/safe --keep 14 --every-hours 24
                                   the same, again and again, until it is ended"""
RESTORE = """Put a backup back into an empty data folder, and check the books and the chains in it.

Nothing that exists is touched: choose a new folder, look at the desk in it, and use it from then on. With
DESK_DATABASE_URL the database has to be a new one, too.

  desk restore conclave-2026-11-29T0930.tar.gz --data-dir restored"""


def add_backup(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add both commands."""
    raw = argparse.RawDescriptionHelpFormatter
    for name, run, text in (("backup", backup, BACKUP), ("restore", restored, RESTORE)):
        made = sub.add_parser(
            name, parents=[shared], help=text.partition("\n")[0], description=text, formatter_class=raw
        )
        made.set_defaults(run=run)
        made.add_argument("file", type=Path, nargs="?" if name == "backup" else None, help="the backup")
        if name == "backup":
            made.add_argument("--folder", type=Path, help="a folder of backups, instead of a file")
            made.add_argument("--keep", type=_count, default=14, help="how many stay in it (default 14)")
            made.add_argument("--every-hours", type=_count, help="go on making one every so many hours")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"a number from 1 to 10,000 is needed, was {text!r}")
    return int(text)


def backup(options: argparse.Namespace, console: Console) -> Outcome:
    """Write a backup, or one after the other."""
    if options.folder is not None:
        return _into_folder(options, console)
    if options.every_hours is not None:
        raise ConfigError("--every-hours needs --folder: one file holds one backup")
    now = SystemClock().now()
    target = options.file or Path(f"conclave-{now:%Y-%m-%dT%H%M}.tar.gz")
    with progress_beside(console) as progress:
        made = back_up(_settings(options), target.absolute(), now, progress)
    said = f"{target} holds the desk: {made.files} files, {made.size / 2**20:,.1f} MB. Heads of its chains:"
    return _told(said, target, made)


def restored(options: argparse.Namespace, console: Console) -> Outcome:
    """Put a backup back."""
    settings = _settings(options)
    with progress_beside(console) as progress:
        found = restore(settings, options.file.absolute(), progress)
    said = (
        f"The desk of {found.made_at:%Y-%m-%d %H:%M} UTC is in {settings.data_dir}; its books add up, and "
        "its chains end as they did:"
    )
    return _told(said, settings.data_dir, found)


def _into_folder(options: argparse.Namespace, console: Console) -> Outcome:
    if options.file is not None:
        raise ConfigError(f"a backup goes into {options.file} or into --folder {options.folder}: choose one")
    settings, folder, clock = _settings(options), options.folder.absolute(), SystemClock()
    if options.every_hours is None:
        return _one_more(settings, folder, options, console)
    every = timedelta(hours=options.every_hours)
    with ended_by_sigterm():
        while True:
            Event().wait(due_in(folder, every, clock.now()).total_seconds())
            for line in _one_more(settings, folder, options, console).shown:
                console.print(line)


def _one_more(settings: Settings, folder: Path, options: argparse.Namespace, console: Console) -> Outcome:
    with progress_beside(console) as progress:
        kept = back_up_into(settings, folder, options.keep, SystemClock().now(), progress)
    removed = f" {len(kept.removed)} older removed." if kept.removed else ""
    said = f"{kept.path} holds the desk: {kept.made.files} files.{removed} Heads of its chains:"
    return _told(said, kept.path, kept.made)


def _settings(options: argparse.Namespace) -> Settings:
    return Settings.load(data_dir=options.data_dir, mandate=options.mandate)


def _told(said: str, where: Path, held: Backup) -> Outcome:
    heads = tuple(f"  {chain}: {head}" for chain, head in held.heads.items())
    return Outcome(data={"path": str(where), **to_plain(held)}, shown=(said, *heads))
