"""Backups one after the other in one folder: the newest are kept, and none is made before it is due."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk.backup import Backup, back_up
from desk.progress import ProgressSink
from desk.settings import Settings
from fund.errors import ConfigError

_NAME = re.compile(r"conclave-(\d{4}-\d\d-\d\dT\d{4})\.tar\.gz")
_FORM = "%Y-%m-%dT%H%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A backup that was made, and those that made room for it."""

    path: Path
    made: Backup
    removed: tuple[Path, ...]


def name_of(now: datetime) -> str:
    """Return the name a backup of that minute has."""
    return f"conclave-{now.astimezone(UTC):{_FORM}}.tar.gz"


def due_in(folder: Path, every: timedelta, now: datetime) -> timedelta:
    """Return how long the next backup can wait: nothing where there is none, or the last is old enough."""
    made = [moment for moment, _ in _there(folder)]
    return timedelta(0) if not made else max(timedelta(0), max(made) + every - now)


def back_up_into(settings: Settings, folder: Path, keep: int, now: datetime, progress: ProgressSink) -> Kept:
    """Write a backup into a folder, then remove all but the newest `keep`; what fails removes nothing.

    Only files that carry a backup's name are ever removed. Raises `ConfigError` as `back_up` does.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: expected a folder for backups, found none; make it first")
    path = folder / name_of(now)
    made = back_up(settings, path, now, progress)
    old = [found for _, found in sorted(_there(folder), reverse=True)][keep:]
    for each in old:
        each.unlink(missing_ok=True)
    return Kept(path=path, made=made, removed=tuple(old))


def _there(folder: Path) -> Iterator[tuple[datetime, Path]]:
    try:
        paths = list(folder.iterdir())
    except OSError as error:
        raise ConfigError(
            f"{folder}: expected a folder for backups ({error.strerror}); make it first"
        ) from None
    for path in paths:
        found = _NAME.fullmatch(path.name)
        if found is not None and path.is_file():
            yield datetime.strptime(found[1], _FORM).replace(tzinfo=UTC), path
