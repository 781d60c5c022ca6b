"""Desks that have really been started: one first start a run, and every module its own copy of its folder.

A module that uses these fixtures says `pytest_plugins = ["support.desks"]`.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from desk.bootstrap import Desk, open_desk
from desk.replay import replay_past
from desk.settings import Replay, Settings
from support.desk_process import DeskProcess, database_processes, desk_environment, free_port, started
from support.small_bundle import make_small_bundle

REPLAYED, UNPLAYED = 25, 40


def settings_for(folder: Path, bundle: Path, **changes: object) -> Settings:
    """Return the settings of a desk on a folder, whatever this machine's environment says."""
    plain: dict[str, object] = {
        "data_dir": folder,
        "bundle": bundle,
        "provider": "offline",
        "replay": Replay(sessions=REPLAYED, unplayed_sessions=UNPLAYED),
    }
    return Settings.load(env_file=None, **{**plain, **changes})


def copy_folder(source: Path, target: Path) -> Path:
    """Copy a desk's folder whose server is stopped; as root its cluster belongs to another account."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return target


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few dozen names of the real bundle, readable by every account."""
    folder = tmp_path_factory.mktemp("bundle") / "small"
    return make_small_bundle(folder)


@pytest.fixture(scope="session")
def first_start(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk after its first start, its server stopped; copy it, never open it."""
    folder = tmp_path_factory.mktemp("first") / "desk"
    with closing(open_desk(settings_for(folder, small_bundle))) as desk:
        assert replay_past(desk) == REPLAYED
    return folder


@pytest.fixture(scope="module")
def started_folder(first_start: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The module's own copy of a started desk's folder."""
    folder = copy_folder(first_start, tmp_path_factory.mktemp("desk") / "desk")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def desk(started_folder: Path, small_bundle: Path) -> Iterator[Desk]:
    """The module's desk, opened in this process."""
    with closing(open_desk(settings_for(started_folder, small_bundle))) as opened:
        yield opened


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


@pytest.fixture(scope="module")
def served(started_folder: Path, small_bundle: Path) -> Iterator[Served]:
    """The module's desk, served to whoever has the link."""
    with serving_desk(started_folder, small_bundle) as running:
        yield running
