"""The files of an embedded server: its cluster, its socket, its log, and how it is started on them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from db import embedded_keeper as keeper
from db.embedded_binaries import (
    MAJOR_VERSION,
    binaries,
    client_name,
    is_reachable_by_others,
    own_folder,
    server_account,
    temporary_root,
)
from db.file_lock import FileLock
from fund.errors import ConfigError

MIB = 1024 * 1024
OWNER = "postgres"
PORT = 5432
"""Part of the socket's name; said everywhere, because a user's PGPORT would change it."""
LOG_LIMIT_BYTES = MIB
ENVIRONMENT = {"LC_ALL": "C"}
INITIAL = ("-U", OWNER, "--auth=peer", "--no-locale", "--encoding=UTF8", "--no-instructions", "--no-sync")
"""Not synced while its owner waits: the keeper does that once the server is up."""
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "on",
    "synchronous_commit": "on",
    "io_method": "sync",
    "autovacuum_worker_slots": "2",
    "autovacuum_max_workers": "1",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "unix_socket_permissions": "0700",
}
"""For a small machine that must not lose a commit."""


class Cluster:
    """One data folder's cluster; whoever starts or makes it holds the folder's start lock."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._settings = {**SETTINGS, **settings}
        self._is_new = False
        self.path = folder / "cluster"
        self._log = folder / "server.log"
        self._account = server_account()

    def check(self, minimum_free_bytes: int) -> None:
        """Make the folder, or raise `ConfigError`: not writable, no space, or of another version."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
            FileLock(self.folder / keeper.START_LOCK).close()
            found = self._version()
        except OSError as error:
            raise ConfigError(
                f"the database folder {str(self.folder)!r} cannot be used ({error.strerror}); "
                "choose one that this user may write to"
            ) from None
        if found not in (None, str(MAJOR_VERSION)):
            raise ConfigError(
                f"the data folder {str(self.folder)!r} should be of PostgreSQL {MAJOR_VERSION}, was of "
                f"{found!r}; use the desk that wrote it, or another data folder"
            )
        if free < minimum_free_bytes:
            raise ConfigError(
                f"the database needs {minimum_free_bytes // MIB} MiB free in {str(self.folder)!r}, found "
                f"{free // MIB} MiB; free some space or choose another data folder"
            )

    def initialise(self) -> None:
        """Make the cluster where there is none, beside its place and then moved: a kill leaves no half."""
        if self.path.exists():
            return
        client = client_name()
        staging = self.folder / "cluster-new"
        if staging.exists():
            shutil.rmtree(staging)
        staging.mkdir(mode=0o700)
        self._give(staging)
        with self._opened(staging) as descriptor:
            made = subprocess.run(  # noqa: S603 - our own command, no shell
                [str(self._programs / "initdb"), "-D", self._seen_as(staging, descriptor), *INITIAL],
                user=self._account.user,
                group=self._account.group,
                extra_groups=[] if self._account.is_other else None,
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=(descriptor,),
                capture_output=True,
                text=True,
                check=False,
            )
        if made.returncode != 0:
            shutil.rmtree(staging, ignore_errors=True)
            raise ConfigError(f"the database could not be made; it says: {made.stderr.strip()[-600:]}")
        (staging / "pg_hba.conf").write_text("local all all peer map=desk\n")
        (staging / "pg_ident.conf").write_text(f'desk "{client}" all\n')
        staging.rename(self.path)
        self._is_new = True

    def launch(self, sockets: Path, lock: FileLock) -> None:
        """Start the keeper, which starts the server; both outlive us, and the lock lives on in the server."""
        (self.path / "postmaster.pid").unlink(missing_ok=True)
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._opened(self.path) as descriptor, self._log.open("ab") as log:
            settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
            data = self._seen_as(self.path, descriptor)
            launch = keeper.Launch(
                folder=str(self.folder),
                command=[
                    str(self._programs / "postgres"),
                    "-D",
                    data,
                    "-k",
                    str(sockets),
                    "-p",
                    str(PORT),
                    *settings,
                ],
                user=self._account.user,
                group=self._account.group,
                server_lock=lock.descriptor,
                inherited=[descriptor],
                flush=self._is_new and self._settings["fsync"] == "on",
            )
            subprocess.run(  # noqa: S603 - our own command, no shell
                [sys.executable, "-I", "-S", keeper.__file__, json.dumps(launch)],
                pass_fds=(lock.descriptor, descriptor),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                check=True,
            )

    def socket_folder(self) -> Path:
        """Return a short folder for the socket, the same for one data folder, open to its users only."""
        record = self.folder / "sockets"
        home = Path(record.read_text()) if record.is_file() else None
        if home is None or not home.is_dir() or home.stat().st_uid != os.geteuid():
            key = sha256(f"{os.geteuid()}|{self.folder.resolve()}".encode()).hexdigest()[:12]
            home = temporary_root() / f"conclave-{key}"
        own_folder(home, 0o711 if self._account.is_other else 0o700)
        sockets = home / "sockets"
        sockets.mkdir(mode=0o700, exist_ok=True)
        self._give(sockets)
        record.write_text(str(home))
        return sockets

    def says_ready(self) -> bool:
        """Read the server's own note of its state, which spares a starting one refused connections."""
        try:
            return self._note()[7].strip() == "ready"
        except (OSError, IndexError):
            return False

    def server_pid(self) -> int:
        """Return the process id the running server has noted."""
        return int(self._note()[0])

    def last_words(self) -> str:
        """Return the end of the server's log."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()
        except OSError:
            return "nothing"
        return " | ".join(lines[-4:])[-600:] or "nothing"

    @property
    def _programs(self) -> Path:
        return binaries(self._account)

    def _version(self) -> str | None:
        if not self.path.exists():
            return None
        noted = self.path / "PG_VERSION"
        return noted.read_text().strip() if noted.is_file() else "no version"

    def _note(self) -> list[str]:
        return (self.path / "postmaster.pid").read_text().splitlines()

    def _give(self, path: Path) -> None:
        if self._account.user is not None and self._account.group is not None:
            os.chown(path, self._account.user, self._account.group)

    @staticmethod
    @contextmanager
    def _opened(path: Path) -> Iterator[int]:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _seen_as(self, path: Path, descriptor: int) -> str:
        """Name a folder for the server's user, who may not be able to walk down to it.

        The folder is the server's own; what is closed to it is the way there (a home folder, say).
        An open descriptor is a way that changes no permission.
        """
        if not self._account.is_other or is_reachable_by_others(path):
            return str(path)
        return f"/proc/self/fd/{descriptor}"
