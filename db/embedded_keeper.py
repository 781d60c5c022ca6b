"""The parent of an embedded PostgreSQL server: a small daemon that stops it when nobody is left to use it.

Run as a script, by its path: it needs nothing but the standard library, so it stays small and keeps
working while the desk that started it is killed, upgraded or removed.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TypedDict

START_LOCK, USERS_LOCK, SERVER_LOCK = "start.lock", "users.lock", "server.lock"
STOP_SECONDS = 20.0
POLL_SECONDS = 0.005


class Launch(TypedDict):
    """What to start, and as whom."""

    folder: str
    command: list[str]
    user: int | None
    group: int | None
    server_lock: int
    """Descriptor of the held lock that the server inherits and so holds for as long as it lives."""
    inherited: list[int]
    flush: bool
    """Whether the cluster was just made and is not yet safe from a power cut."""


def is_held(path: Path) -> bool:
    """Return whether any process holds the lock on `path`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def stop_server(folder: Path, pid: int) -> bool:
    """Stop the server and wait until its last process has gone; False when it outlived even that."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not is_held(folder / SERVER_LOCK):
                return True
            time.sleep(POLL_SECONDS)
    return False


def keep(folder: Path, pid: int) -> None:
    """Wait until no process holds the users' lock, whatever way they ended, then stop the server."""
    users = os.open(folder / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    start = os.open(folder / START_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        fcntl.flock(start, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(start, fcntl.LOCK_UN)
            continue
        stop_server(folder, pid)
        return


def main(launch: Launch) -> None:
    """Start the server as a child of a detached process and stay with it until its end."""
    if os.fork():
        os._exit(0)
    server = subprocess.Popen(  # noqa: S603 - our own command, no shell
        launch["command"],
        user=launch["user"],
        group=launch["group"],
        extra_groups=[] if launch["user"] is not None else None,
        pass_fds=(launch["server_lock"], *launch["inherited"]),
        stdin=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    for descriptor in (launch["server_lock"], *launch["inherited"]):
        os.close(descriptor)

    def end_with_server() -> None:
        server.wait()
        os._exit(0)

    threading.Thread(target=end_with_server, daemon=True).start()
    if launch["flush"]:
        threading.Thread(target=os.sync, daemon=True).start()
    keep(Path(launch["folder"]), server.pid)
    server.wait()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
