"""Files that grow a line at a time and survive a kill in the middle of one."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from db.file_lock import FileLock
from db.record_codec import from_json, to_json
from fund.errors import ConfigError, DataError

T = TypeVar("T")


class JsonLines(Generic[T]):
    """Records of one kind, a line each, kept on disk before `append` returns; one process at a time."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))
        if not self._lock.take(wait=False):
            self._lock.close()
            raise ConfigError(f"{path.name} is in use by another process; wait for it, or stop it")
        self._path, self._kind = path, kind
        self._file: BinaryIO = path.open("a+b")
        self._drop_half_a_line()

    def __iter__(self) -> Iterator[T]:
        """Yield the records in the order they were kept; `DataError` names a line that is none."""
        yield from read_lines(self._path, self._kind)

    def append(self, record: T) -> None:
        """Keep a record; it is on disk when this returns."""
        self._file.write(f"{to_json(record)}\n".encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file and let others have it."""
        self._file.close()
        self._lock.close()

    def _drop_half_a_line(self) -> None:
        """Cut off what a kill has left of the last line."""
        text = self._path.read_bytes()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            self._file.truncate(whole)


def read_lines(path: Path, kind: type[T]) -> Iterator[T]:
    """Yield the records of a file; raises `DataError` naming the line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name}: expected a file of records, found {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            yield from_json(kind, line)
        except DataError as error:
            raise DataError(f"{path.name}, line {number}: {error}") from error
