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
from tempfile import TemporaryFile
from typing import IO, Any

from support.checkout import ROOT
from support.nursery import Born, born

PATIENCE_SECONDS = 90.0
DESK = ("-m", "support.plain_desk")
DYING_DESK = ("-m", "support.dying_desk")
FORKS = sys.platform == "linux"
"""Elsewhere a process that has loaded system libraries is not safely forked, and each begins anew."""
SMALL_REPLAY = {"DESK_REPLAY__SESSIONS": "25", "DESK_REPLAY__UNPLAYED_SESSIONS": "40"}
LIBRARIES = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
    "HF_HUB_OFFLINE": "1",
}


def kept() -> dict[str, str]:
    """Return what every process needs of our own environment."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}  # noqa: TID251


def desk_environment(folder: Path, bundle: Path, **settings: str) -> dict[str, str]:
    """Return the whole environment of a desk on a folder; nothing of the caller's but the path and home."""
    return {
        **kept(),
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
    if FORKS and user is None and python == Path(sys.executable):
        return _run_born(environment, *arguments)
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


def _run_born(environment: Mapping[str, str], *arguments: str) -> Finished:
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        process = born(DESK[-1], arguments, environment, out.fileno(), err.fileno())
        try:
            code = process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()
        return Finished(code, _read(out), _read(err))


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


@dataclass
class DeskProcess:
    """A running command whose lines are read as they come."""

    process: "subprocess.Popen[str] | Born"
    output: IO[str]
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
        for line in self.output:
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
    environment: Mapping[str, str], *arguments: str, program: Sequence[str] = DESK, anew: bool = False
) -> Iterator[DeskProcess]:
    """Start a command; whatever is still running at the end is killed.

    `anew` begins it in a fresh interpreter, as a terminal does.
    """
    begin = _begun_anew if anew or not FORKS else _born
    running = begin(environment, program, arguments)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()
        reader.join(PATIENCE_SECONDS)
        running.output.close()


def _begun_anew(
    environment: Mapping[str, str], program: Sequence[str], arguments: Sequence[str]
) -> DeskProcess:
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd="/",
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    return DeskProcess(process, process.stdout)


def _born(environment: Mapping[str, str], program: Sequence[str], arguments: Sequence[str]) -> DeskProcess:
    read, write = os.pipe()
    try:
        process = born(program[-1], arguments, environment, write, write)
    finally:
        os.close(write)
    return DeskProcess(process, os.fdopen(read, "r"))


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
