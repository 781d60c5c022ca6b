"""Fixtures: one real first start a run, and for every module its own copy of the folder it leaves.

A module that wants them says `pytest_plugins = ["support.desks"]`; nothing is imported from here.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desk.bootstrap import Desk, open_desk
from desk.cli import main
from support.desk_process import desk_environment, run_desk
from support.made_once import made_once
from support.small_bundle import make_small_bundle
from support.started_desks import REPLAYED, UNPLAYED, Run, Served, copy_folder, serving_desk, settings_for


@pytest.fixture(scope="session")
def small_bundle(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few dozen names of the real bundle."""
    return made_once(pytestconfig, tmp_path_factory, "small_bundle", make_small_bundle)


@pytest.fixture(scope="session")
def first_start(
    pytestconfig: pytest.Config, small_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a desk after its first start, its server stopped; copy it, never open it."""

    def start(folder: Path) -> None:
        done = run_desk(desk_environment(folder, small_bundle), "ask", "status", "--json")
        assert done.code == 0, done

    return made_once(pytestconfig, tmp_path_factory, "first_start", start)


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


@pytest.fixture(scope="module")
def served(started_folder: Path, small_bundle: Path) -> Iterator[Served]:
    """The module's desk, served to whoever has the link."""
    with serving_desk(started_folder, small_bundle) as running:
        yield running


@pytest.fixture
def run(
    started_folder: Path,
    small_bundle: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return what runs a command on the module's folder and gives its exit code and what it printed."""
    monkeypatch.setenv("DESK_BUNDLE", str(small_bundle))
    monkeypatch.setenv("DESK_PROVIDER", "offline")
    monkeypatch.setenv("DESK_REPLAY__SESSIONS", str(REPLAYED))
    monkeypatch.setenv("DESK_REPLAY__UNPLAYED_SESSIONS", str(UNPLAYED))
    monkeypatch.setenv("COLUMNS", "160")

    def run_command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, "--data-dir", str(started_folder)])
        told = capsys.readouterr()
        return code, " ".join(told.out.split()), " ".join(told.err.split())

    return run_command
