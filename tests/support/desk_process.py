"""The desk's command line as its owner runs it: a process of its own, its lines, its end, what it leaves."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.checkout import ROOT

PATIENCE_SECONDS = 90.0
DESK = ("-m", "support.plain_desk")
DYING_DESK = ("-m", "support.dying_desk")
SMALL_REPLAY = {"DESK_REPLAY__SESSIONS": "25", "DESK_REPLAY__UNPLAYED_SESSIONS": "40"}
LIBRARIES = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
    "HF_HUB_OFFLINE": "1",
}


def desk_environment(folder: Path, bundle: Path, **settings: str) -> dict[str, str]:
    """Return the whole environment of a desk on a folder; nothing of the caller's but the path and home."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}  # noqa: TID251
    return {
        **kept,
        **LIBRARIES,
        **SMALL_REPLAY,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
        "DESK_DATA_DIR": str(folder),
        "DESK_BUNDLE": str(bundle),
        "DESK_PROVIDER": "offline",
        "DESK_SEARCH_BY_MEANING": "false",
        "DESK_SCHEDULE__EVALS": "off",
        **settings,
    }


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return what was printed as the one JSON document it must be."""
        return json.loads(self.out)


def run_desk(
    environment: Mapping[str, str],
    *arguments: str,
    user: int | None = None,
    python: Path = Path(sys.executable),
) -> Finished:
    """Run one command to its end, as another operating-system user when one is given."""
    done = subprocess.run(
        [str(python), *DESK, *arguments],
        cwd="/",
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@dataclass
class DeskProcess:
    """A running command whose lines are read as they come."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _ended: bool = False

    def wait_for(self, text: str) -> str:
        """Return the first line that holds a text; fail when the process ends without saying it."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._line(text), PATIENCE_SECONDS)
            found = self._line(text)
        assert found is not None, f"expected a line with {text!r}, found {''.join(self.lines)!r}"
        return found

    def end(self, how: signal.Signals | None) -> int:
        """Send a signal, or none, and return the exit code once everything that was printed is read."""
        if how is not None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE_SECONDS)
        with self._changed:
            self._changed.wait_for(lambda: self._ended, PATIENCE_SECONDS)
        return code

    def read(self) -> None:
        """Take lines until there are no more."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _line(self, text: str) -> str | None:
        return next((line.strip() for line in self.lines if text in line), None)


@contextmanager
def started(
    environment: Mapping[str, str], *arguments: str, program: Sequence[str] = DESK
) -> Iterator[DeskProcess]:
    """Start a command; whatever is still running at the end is killed."""
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd="/",
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = DeskProcess(process)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join(PATIENCE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def free_port() -> int:
    """Return a loopback port that nobody has at this moment."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def database_processes(folder: Path) -> list[int]:
    """Return the processes whose working folder is the cluster of a desk's folder: its PostgreSQL server's.

    Read from the kernel's own list where there is one, else told by the lock the server holds.
    """
    cluster = (folder / "postgres" / "cluster").resolve()
    if not Path("/proc/self/cwd").exists():
        from db.embedded_keeper import SERVER_LOCK, is_held

        return [0] if is_held(folder / "postgres" / SERVER_LOCK) else []
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == cluster:
                found.append(int(process.name))
        except OSError:
            continue
    return found
