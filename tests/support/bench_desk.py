"""A desk for benchmarks: really started from a fresh checkout, its past really played, once a run."""

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter

from desk.bootstrap import Desk, open_desk
from desk.progress import ProgressSink, silent
from desk.settings import Settings
from support.checkout import ROOT, tracked_files

ENTRY = "/enter?ticket="
PATIENCE_SECONDS = 120.0
_STAGE = re.compile(r"(?P<label>.+): done \((?P<count>\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One line of a start: what was done, how many steps it had, and the seconds since the line before."""

    label: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A desk that serves: its address, how to get in, and how long it took to say so."""

    address: str
    link: str
    seconds: float
    stages: tuple[Stage, ...]
    end: Callable[[], float]
    """Ends the desk as Ctrl-C does, and returns the seconds that took."""
    process_id: int


@cache
def scratch() -> Path:
    """A folder of this run, removed when it ends; open to others, as the database may run as one of them."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def fresh_checkout() -> Path:
    """The tracked files alone, as a clone has them, nothing compiled or cached, beside our environment."""
    folder = scratch() / "checkout"
    for path in tracked_files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """What a first start came to, and the folder it left behind."""

    folder: Path
    seconds: float
    stages: tuple[Stage, ...]


@cache
def first_start() -> FirstStart:
    """Start a desk for the first time, in a fresh checkout with cold caches, and end it."""
    folder = scratch() / "desk"
    with serving_desk(folder) as served:
        return FirstStart(folder=folder, seconds=served.seconds, stages=served.stages)


def is_installed() -> bool:
    """Tell whether `make up` finds everything installed, as it does after the first time."""
    asked = ("make", "-q", ".venv/.runtime")
    return subprocess.run(asked, cwd=fresh_checkout(), capture_output=True, check=False).returncode == 0


@contextmanager
def serving_desk(folder: Path, program: Sequence[str] | None = None) -> Iterator[Served]:
    """Run `desk up` on a data folder, from the fresh checkout, until the context ends."""
    port = _free_port()
    command = [*(program or (sys.executable, "-m", "desk", "up"))]
    environment = {
        **{
            name: value
            for name, value in os.environ.items()  # noqa: TID251
            if not name.startswith(("DESK_", "MAKE", "MFLAGS"))
        },
        "PYTHONPATH": str(fresh_checkout()),
        "PYTHONUNBUFFERED": "1",
        "DESK_PROVIDER": "offline",
        "DESK_DATA_DIR": str(folder),
        "DESK_PORT": str(port),
        "DESK_ACCESS__CHAT_PER_MINUTE": "10000",  # what is measured is an answer, not "that was quick"
    }
    started = perf_counter()
    with subprocess.Popen(
        command,
        cwd=fresh_checkout(),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield _served(process, f"http://127.0.0.1:{port}", started)
        finally:
            _end(process)


@contextmanager
def open_bench_desk(folder: Path, progress: ProgressSink = silent) -> Iterator[Desk]:
    """Open a desk of a data folder in this process, speaking by the offline rules."""
    settings = Settings.load(env_file=None, data_dir=folder, provider="offline")
    desk = open_desk(settings, progress)
    try:
        yield desk
    finally:
        desk.close()


def _served(process: "subprocess.Popen[str]", address: str, started: float) -> Served:
    assert process.stdout is not None
    stages: list[Stage] = []
    said: list[str] = []
    before = started
    for line in process.stdout:
        now = perf_counter()
        said.append(line)
        if found := _STAGE.fullmatch(line.strip()):
            stages.append(
                Stage(label=found["label"], count=int(found["count"]), seconds=now - before),
            )
            before = now
        if ENTRY in line:
            return Served(
                address=address,
                link=line.strip(),
                seconds=now - started,
                stages=tuple(stages),
                end=lambda: _end(process),
                process_id=process.pid,
            )
    raise RuntimeError(f"expected the desk to serve, found it ended:\n{''.join(said)}")


def _end(process: "subprocess.Popen[str]") -> float:
    """Interrupt the whole group, so that it reaches the desk through `make` too."""
    started = perf_counter()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    return perf_counter() - started


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
