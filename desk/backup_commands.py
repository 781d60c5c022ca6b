"""`desk backup` and `desk restore`."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from db.record_codec import to_plain
from desk.backup import Backup, back_up, restore
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from fund.clock import SystemClock

BACKUP = """Write the whole desk into one file: database, market data, forecasters, the owner's password.

It may run meanwhile: the file shows one moment. It appears when it is whole, and replaces nothing. Only you
can read it; keep it as you keep the password. Keys in .env and the mandate's file are not in it.

  desk backup                      conclave-2026-11-29T0930.tar.gz in this folder
  desk backup /mnt/safe/desk.tar.gz"""
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


def backup(options: argparse.Namespace, console: Console) -> Outcome:
    """Write a backup."""
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


def _settings(options: argparse.Namespace) -> Settings:
    return Settings.load(data_dir=options.data_dir, mandate=options.mandate)


def _told(said: str, where: Path, held: Backup) -> Outcome:
    heads = tuple(f"  {chain}: {head}" for chain, head in held.heads.items())
    return Outcome(data={"path": str(where), **to_plain(held)}, shown=(said, *heads))
