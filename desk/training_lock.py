"""Who is training in a data folder: any number on somebody's word, or alone what trains by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.file_lock import FileLock
from fund.errors import DataError, TradingHaltedError

LOCK = "training.lock"


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """Keep what trains by itself from beginning; nobody waits for it, and two results of one data are one."""
    lock = _opened(folder)
    try:
        lock.take(shared=True, wait=False)
        yield
    finally:
        lock.close()


@contextmanager
def training_alone(folder: Path) -> Iterator[None]:
    """Train by itself; `TradingHaltedError` while anybody else trains, `DataError` for a folder of no use."""
    lock = _opened(folder)
    try:
        if not lock.take(wait=False):
            raise TradingHaltedError(
                "somebody is training in this folder; it is looked at again when they end"
            )
        yield
    finally:
        lock.close()


def is_training(folder: Path) -> bool:
    """Tell whether anybody trains in a folder now; one that cannot be written says it to whoever trains."""
    try:
        lock = _opened(folder)
    except DataError:
        return False
    try:
        return not lock.take(wait=False)
    finally:
        lock.close()


def _opened(folder: Path) -> FileLock:
    try:
        return FileLock(folder / LOCK)
    except OSError as error:
        raise DataError(
            f"expected to write {LOCK!r} into the data folder, found {error.strerror!r}; "
            "free space or fix its permissions"
        ) from error
