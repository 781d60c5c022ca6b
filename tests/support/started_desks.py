"""Desks on a folder of their own: their settings, copies of a started folder, and one that is served."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desk.setting_groups import Replay, Schedule
from desk.settings import Settings
from support.desk_process import DeskProcess, database_processes, desk_environment, free_port, started

REPLAYED, UNPLAYED = 25, 40
Run = Callable[..., tuple[int, str, str]]
"""Runs a command; returns its exit code, output and errors, spaces joined."""


def settings_for(folder: Path, bundle: Path, **changes: object) -> Settings:
    """Return the settings of a desk on a folder that is not evaluated, without the checkout's own `.env`."""
    plain: dict[str, object] = {
        "data_dir": folder,
        "bundle": bundle,
        "provider": "offline",
        "replay": Replay(sessions=REPLAYED, unplayed_sessions=UNPLAYED),
        "schedule": Schedule(evals="off"),
    }
    return Settings.load(env_file=None, **{**plain, **changes})


def copy_folder(source: Path, target: Path) -> Path:
    """Copy a desk's folder whose server is stopped; as root its cluster belongs to another account."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return target


@dataclass(frozen=True)
class Served:
    """A desk served by a process of its own."""

    run: DeskProcess
    folder: Path
    link: str
    address: str
    password: str | None
    """Shown by the first start on a folder only."""


@contextmanager
def serving_desk(folder: Path, bundle: Path, *arguments: str, **settings: str) -> Iterator[Served]:
    """Serve a desk, and end it by SIGTERM: with exit code 0 and no server of its database left."""
    port = free_port()
    command = ("up", "--port", str(port), *arguments)
    with started(desk_environment(folder, bundle, **settings), *command) as run:
        link = run.wait_for("/enter?ticket=")
        address = f"http://127.0.0.1:{port}"
        assert link.startswith(address), link
        run.wait_for("Ctrl-C ends the desk")
        shown = next((line for line in run.lines if "shown only now" in line), "")
        password = shown.partition("owner with ")[2].partition(" ")[0] or None
        yield Served(run, folder, link, address, password)
        assert run.end(signal.SIGTERM) == os.EX_OK, "".join(run.lines)
    assert database_processes(folder) == []
