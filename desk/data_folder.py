"""The desk's folder on disk: made, checked and locked before anything is written into it."""

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Literal

from fund.errors import ConfigError

FORMAT_VERSION = 1
Mode = Literal["replay", "live"]
OTHER_MODE: Mapping[str, str] = {
    "live": "this desk runs on the real clock: set DESK_FEED to its feed, or DESK_FEEDS__LIVE",
    "replay": "this desk was begun in replay mode: start a live one in a new DESK_DATA_DIR",
}
"""The mode a folder was begun in, to what is said to who opens it in the other one."""
ROOM_NEEDED = 400 * 1024 * 1024
"""Bytes that must be free: the database, the lake, artifacts and room to grow."""


class DataFolder:
    """Paths of one desk, and the lock that keeps a second desk out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "postgres"
        self.lake = root / "lake"
        self.forecasters = root / "forecasters"
        self.features = root / "features"
        self.checkpoints = root / "checkpoints"
        self.secrets = root / "secrets"
        self.log = root / "desk.log"
        self._version = root / "version.json"
        self._lock_file = root / "desk.lock"
        self._lock: IO[str] | None = None

    def is_started(self) -> bool:
        """Return whether a desk has been here; raises `ConfigError` when that cannot be told."""
        try:
            return self.lake.exists()
        except OSError as error:
            raise self._unusable(error) from None

    def require_started(self) -> None:
        """Raise `ConfigError` where no desk has been: there is nothing to look at."""
        if not self.is_started():
            raise ConfigError(
                f"DESK_DATA_DIR {self.root}: no desk has been started here; `make up` starts one"
            )

    def open(self, mode: Mode) -> None:
        """Make the folder of a desk in `mode`, or check that this program can read it.

        Raises `ConfigError` naming the folder when it cannot be used, is of another format, was begun in
        the other mode or has no room.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self.root).free
            if free < ROOM_NEEDED:
                raise ConfigError(
                    f"DESK_DATA_DIR {self.root}: {ROOM_NEEDED >> 20} MB of free space are needed, "
                    f"{free >> 20} MB are left; free some or choose another folder"
                )
            self._check_version(mode)
            for folder in (self.lake, self.forecasters, self.secrets):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from None

    def require(self, mode: Mode) -> None:
        """Raise `ConfigError` for a folder begun in the other mode; without an entry it was a replay."""
        if self.is_started():
            self._refuse_another(mode)

    def lock(self, note: Mapping[str, str | int]) -> None:
        """Keep other desks off this folder until `release`; the note tells them who holds it.

        Raises `ConfigError` naming the holder. Who holds it already keeps it, and its note.
        """
        if self._lock is not None:
            return
        try:
            lock = self._lock_file.open("a+", encoding="utf-8")
        except OSError as error:
            raise self._unusable(error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self.holder()
            lock.close()
            raise ConfigError(
                f"DESK_DATA_DIR {self.root}: another desk is running on this folder "
                f"(process {holder.get('pid', 'unknown')}, {holder.get('address', 'no address')}); "
                "use that one, end it, or set DESK_DATA_DIR to another folder"
            ) from None
        lock.seek(0)
        lock.truncate()
        json.dump({**note, "pid": os.getpid()}, lock)
        lock.flush()
        self._lock = lock

    def set_up_alone(self) -> None:
        """Keep other desks off until `release` while something is made that only one of them may make."""
        self.lock({"address": "which is setting it up"})

    def holder(self) -> dict[str, str | int]:
        """Return what the last holder of the lock wrote about itself; empty when it has let go of it."""
        try:
            note = json.loads(self._lock_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def release(self) -> None:
        """Let other desks in; releasing twice is allowed."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def _unusable(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"DESK_DATA_DIR {self.root}: the folder cannot be used ({error.strerror}: {error.filename}); "
            "choose one that can be written"
        )

    def _check_version(self, mode: Mode) -> None:
        if not self._version.exists():
            draft = self._version.with_suffix(f".{os.getpid()}")
            draft.write_text(json.dumps({"format": FORMAT_VERSION, "mode": mode}), encoding="utf-8")
            draft.replace(self._version)
        self._refuse_another(mode)

    def _refuse_another(self, mode: Mode) -> None:
        found: object = None
        begun = ""
        try:
            note = json.loads(self._version.read_text(encoding="utf-8"))
            begun = note.get("mode", "replay")
            found = note["format"] if begun in OTHER_MODE else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        if found != FORMAT_VERSION:
            raise ConfigError(
                f"DESK_DATA_DIR {self.root}: the folder has format {found!r}, this program reads format "
                f"{FORMAT_VERSION}; use the program that made it, or set DESK_DATA_DIR to another folder"
            )
        if begun != mode:
            raise ConfigError(f"DESK_DATA_DIR {self.root}: {OTHER_MODE[begun]}")
