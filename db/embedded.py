"""A PostgreSQL server of the desk's own, in its data folder, shared by every process that opens it."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from db import embedded_keeper as keeper
from db.embedded_cluster import MIB, OWNER, PORT, Cluster
from db.file_lock import FileLock
from fund.errors import ConfigError

DATABASE = "desk"


class EmbeddedPostgres:
    """The server of one data folder.

    Every process that uses it holds a lock, which the kernel drops when the process ends in any way;
    the last one out stops the server. Whoever finds it dead starts it again. Only the operating-system
    user who made it can connect, over a Unix socket. `settings` go over the server's own ones.
    """

    def __init__(
        self,
        folder: Path,
        *,
        minimum_free_bytes: int = 128 * MIB,
        patience_seconds: float = 30.0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._cluster = Cluster(folder.absolute(), settings or {})
        self._minimum_free_bytes = minimum_free_bytes
        self._patience_seconds = patience_seconds
        self._guard = threading.RLock()
        self._users: FileLock | None = None
        self._started_by = 0
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """Return the SQLAlchemy URL of the desk's database on this server."""
        if self._sockets is None:
            raise ConfigError("the embedded database was asked for its URL before it was started")
        return f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={quote(str(self._sockets))}&port={PORT}"

    @property
    def is_healthy(self) -> bool:
        """Return whether this process uses the server and it answers."""
        with self._guard:
            return self._users is not None and self._answers()

    @property
    def is_running(self) -> bool:
        """Return whether any process of the server lives, answering or not."""
        return keeper.is_held(self._lock_file(keeper.SERVER_LOCK))

    def start(self) -> str:
        """Bring the server up, or join the one that runs, and return its URL; a second call changes nothing.

        Raises `ConfigError` when the folder, its version, the disk or the machine do not allow it.
        """
        try:
            return self._started()
        except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
            raise ConfigError(
                f"the database in {str(self._cluster.folder)!r} could not be started: {error}"
            ) from error

    def _started(self) -> str:
        with self._guard:
            if self.is_healthy:
                return self.url
            self._cluster.check(self._minimum_free_bytes)
            with FileLock(self._lock_file(keeper.START_LOCK)):
                users = self._users or FileLock(self._lock_file(keeper.USERS_LOCK))
                users.take(shared=True)
                try:
                    self._bring_up()
                except BaseException:
                    if self._users is None:
                        users.close()
                        self._clear_up()
                    raise
                self._users = users
                self._started_by = os.getpid()
            return self.url

    def release(self) -> None:
        """Stop using the server; the last user stops it and waits until it has gone.

        A forked child shares its parent's lock, so it only lets go of its copy.
        """
        with self._guard:
            if self._users is None:
                return
            with FileLock(self._lock_file(keeper.START_LOCK)):
                if self._started_by == os.getpid() and self._is_last_user():
                    self._stop()
                self._users.close()
                self._users = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _lock_file(self, name: str) -> Path:
        return self._cluster.folder / name

    def _bring_up(self) -> None:
        self._cluster.initialise()
        self._sockets = self._cluster.socket_folder()
        deadline = time.monotonic() + self._patience_seconds
        launched = False
        while not (self._cluster.says_ready() and self._answers()):
            lock = FileLock(self._lock_file(keeper.SERVER_LOCK))
            try:
                if lock.take(wait=False):
                    if launched:
                        words = self._cluster.last_words()
                        raise ConfigError(f"the database did not start; it says: {words}")
                    self._cluster.launch(self._sockets, lock)
                    launched = True
            finally:
                lock.close()
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"a database server holds {str(self._cluster.folder)!r} but gave "
                    f"no answer for {self._patience_seconds:g} s (another container, or a hung one?); "
                    "stop it and start again"
                )
            time.sleep(keeper.POLL_SECONDS)
        self._create_database()

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._sockets),
            port=PORT,
            user=OWNER,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _answers(self) -> bool:
        try:
            with self._connect("template1") as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with self._connect("template1") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            with self._connect("postgres") as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _is_last_user(self) -> bool:
        """Turn the shared lock into the only one; the keeper holds it for moments, so ask again."""
        assert self._users is not None
        for _ in range(3):
            if self._users.take(wait=False):
                return True
            time.sleep(keeper.POLL_SECONDS)
        return False

    def _stop(self) -> None:
        if self.is_running:
            keeper.stop_server(self._cluster.folder, self._cluster.server_pid())
        self._clear_up()

    def _clear_up(self) -> None:
        if self._sockets is not None and not self.is_running:
            shutil.rmtree(self._sockets.parent, ignore_errors=True)
