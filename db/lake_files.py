"""The files of the lake: immutable data files, and the one manifest that says which of them count.

A data file carries its own digest in its name and is never written twice; the manifest is replaced in
one rename. So a process killed at any moment leaves the lake as it was before or as it is after, and
a reader never meets half a change.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from fund.errors import ConfigError, DataError

FORMAT = 1
MANIFEST = "manifest.json"
REPAIR = "move the lake's folder away and ingest again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One data file: where it lies under the root, its digest and how many rows it holds."""

    path: str
    sha256: str
    rows: int


Manifest = Mapping[str, Entry]
"""Table name, or `bars/<frequency>/<year>`, to its data file."""


class LakeFiles:
    """Reads and commits data files under one root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def manifest(self) -> Manifest:
        """Return what the lake holds, nothing if it was never written.

        Raises `DataError` naming a damaged manifest, `ConfigError` for a lake of a newer version.
        """
        path = self.root / MANIFEST
        try:
            found: Any = json.loads(path.read_bytes())
            version = found["format"]
            if version == FORMAT:
                return {name: Entry(**entry) for name, entry in found["files"].items()}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"expected a manifest in {path}, found it damaged ({error}); {REPAIR}") from error
        raise ConfigError(
            f"expected a lake of format {FORMAT} in {self.root}, found format {version!r}; start the version "
            f"of the desk that wrote it, or {REPAIR}"
        )

    def read(self, entry: Entry) -> bytes:
        """Return a data file's bytes, checked against its digest; `DataError` names a damaged file."""
        path = self.root / entry.path
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"expected a readable file {path}, found {error.strerror!r}; {REPAIR}") from error
        digest = sha256(content).hexdigest()
        if digest != entry.sha256:
            raise DataError(
                f"expected {path} with sha256 {entry.sha256[:12]}, found {digest[:12]}: the file is damaged; "
                f"{REPAIR}"
            )
        return content

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lake for one writer; another process waits. Readers are not disturbed."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unwritable(self.root, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def stage(self, name: str, content: bytes, rows: int) -> Entry:
        """Write one data file that counts for nothing until it is committed."""
        digest = sha256(content).hexdigest()
        entry = Entry(path=f"{name}.{digest[:12]}.parquet", sha256=digest, rows=rows)
        self._write(self.root / entry.path, content)
        return entry

    def commit(self, before: Manifest, staged: Manifest) -> None:
        """Make staged files count, all at once; files two commits old are removed."""
        after = {**before, **staged}
        found = {"format": FORMAT, "files": {name: asdict(after[name]) for name in sorted(after)}}
        self._write(self.root / MANIFEST, json.dumps(found, indent=1).encode())
        needed = {entry.path for manifest in (before, after) for entry in manifest.values()}
        for path in self.root.rglob("*.parquet*"):
            if str(path.relative_to(self.root)) not in needed:
                path.unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes) -> None:
        draft = path.with_name(f"{path.name}.draft")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"expected to write {path}, found {error.strerror!r}; free some space or make the folder writable"
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
