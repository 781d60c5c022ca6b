"""A process out of a nursery is like one of a fresh interpreter: its own streams, environment and end."""

import signal
from pathlib import Path

import pytest

from support.desk_process import DYING_DESK, FORKS, desk_environment, run_desk, started

pytestmark = pytest.mark.skipif(not FORKS, reason="processes are forked on Linux only")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return desk_environment(folder / "desk", folder / "bundle", **settings)


def test_its_streams_code_and_environment_are_its_own(tmp_path: Path) -> None:
    helped = run_desk(environment(tmp_path), "--help")
    assert (helped.code, helped.err) == (0, "")
    assert "python -m desk up" in helped.out
    refused = run_desk(environment(tmp_path, DESK_PROT="8000"), "status")
    assert (refused.code, refused.out) == (2, "")
    assert "unknown setting 'DESK_PROT'" in refused.err
    again = run_desk(environment(tmp_path), "status")
    assert "no desk has been started here" in again.err


def test_it_is_killed_where_it_is_told_and_its_lines_are_read(tmp_path: Path) -> None:
    words = ("desk.cli:main", "before", "1", "KILL", "status")
    with started(environment(tmp_path), *words, program=DYING_DESK) as dying:
        assert dying.end(None) == -signal.SIGKILL
        assert dying.process.poll() == -signal.SIGKILL
    with started(environment(tmp_path), "status") as refused:
        assert refused.end(None) == 2
    assert "no desk has been started here" in " ".join("".join(refused.lines).split())
