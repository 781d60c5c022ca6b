"""The command line: what it knows, what it refuses, in which words and with which exit code."""

import json
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.cli import OK, REFUSED, main
from support.checkout import ROOT
from support.desk_process import DESK

pytestmark = pytest.mark.long

COMMANDS = ("up", "status", "advance", "deposit", "withdraw", "cycle", "backtest", "train", "ask")
COMMANDS += ("stress", "verify")
WITHOUT_LIMITS = (ROOT / "mandate.toml").read_text(encoding="utf-8").replace("[limits]", "[limit]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that does not exist."""
    return tmp_path / "desk"


@pytest.fixture
def bad_mandate(tmp_path: Path) -> Path:
    path = tmp_path / "mandate.toml"
    path.write_text("version = 1\n[account]\n[universe]\n[llm]\n[costs]\n", encoding="utf-8")
    return path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def refused_by_parser(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == REFUSED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Error: ")
    assert told.err.count("\n") == 1
    assert main([*arguments, "--json"]) == REFUSED
    answer = json_of(capsys)
    assert answer["kind"] == "ConfigError"
    return str(answer["error"])


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == OK
    told = capsys.readouterr().out
    assert all(f"\n    {command} " in told for command in COMMANDS)
    assert "Exit codes: 0 done, 1 failed, 2 refused." in told


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_json_and_the_folder(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == OK
    told = capsys.readouterr().out
    assert all(option in told for option in ("--json", "--data-dir", "--mandate"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("sell",), "invalid choice: 'sell'"),
        (("advance", "0"), "a number of sessions from 1 up is needed, was '0'"),
        (("advance", "-3"), "-3"),
        (("advance", "many"), "a number of sessions from 1 up is needed, was 'many'"),
        (("advance", "1.5"), "a number of sessions from 1 up is needed, was '1.5'"),
        (("backtest",), "the following arguments are required: strategy"),
        (("backtest", "astrology"), "invalid choice: 'astrology'"),
        (("backtest", "momentum", "--from", "soon"), "a day such as 2016-06-24 is needed, was 'soon'"),
        (("backtest", "momentum", "--to", "2016-13-01"), "a day such as 2016-06-24 is needed"),
        (("ask",), "the following arguments are required: question"),
        (("ask", ""), "a question is needed, was empty"),
        (("ask", "  "), "a question is needed, was empty"),
        (("up", "--port", "http"), "invalid int value: 'http'"),
        (("status", "--colour"), "unrecognized arguments: --colour"),
    ],
)
def test_what_is_no_command_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert says in refused_by_parser(capsys, *arguments)


@pytest.mark.parametrize("command", ["status", "verify"])
def test_looking_at_a_desk_that_was_never_started_makes_none(
    capsys: pytest.CaptureFixture[str], folder: Path, command: str
) -> None:
    assert main([command, "--data-dir", str(folder)]) == REFUSED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"Error: DESK_DATA_DIR {folder}: no desk has been started here; `make up` starts one\n"
    assert not folder.exists()


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    told = capsys.readouterr()
    assert told.err == ""
    return json.loads(told.out)


@pytest.mark.parametrize("arguments", [("advance",), ("ask", "how are we doing?"), ("train",), ("cycle",)])
def test_a_bad_mandate_ends_every_command_before_anything_is_written(
    capsys: pytest.CaptureFixture[str], folder: Path, bad_mandate: Path, arguments: tuple[str, ...]
) -> None:
    command = [*arguments, "--json", "--data-dir", str(folder), "--mandate", str(bad_mandate)]
    assert main(command) == REFUSED
    assert json_of(capsys) == {"error": f"{bad_mandate}: section [limits] is missing", "kind": "ConfigError"}
    assert not folder.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "expected a path inside the checkout or from the root"),
        ("~nobody-of-this-name/desk", "expected a path that leads somewhere"),
        ("/tmp/" + "x" * 300, "the folder cannot be used (File name too long"),
    ],
)
def test_a_path_that_cannot_be_one_is_refused(
    capsys: pytest.CaptureFixture[str], given: str, says: str
) -> None:
    assert main(["status", "--json", "--data-dir", given]) == REFUSED
    told = json_of(capsys)["error"]
    assert "DESK_DATA_DIR" in told
    assert says in told


def test_a_path_that_leads_round_in_a_circle_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert main(["status", "--json", "--data-dir", str(tmp_path / "round" / "desk")]) == REFUSED
    assert "DESK_DATA_DIR: expected a path that leads somewhere" in json_of(capsys)["error"]


def told_by(*arguments: str, shell: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command whose output goes where the shell says."""
    command = f"{shlex.join([sys.executable, *DESK, *arguments])} {shell}"
    return subprocess.run(
        ["bash", "-c", command],
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
            "PYTHONUTF8": "0",
            "LC_ALL": "C",
            "PYTHONCOERCECLOCALE": "0",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("shell", "code"),
    [("| true; exit ${PIPESTATUS[0]}", 2), ("> /dev/full", 1), (">&-", 2)],
)
def test_an_output_that_nobody_reads_is_no_traceback(shell: str, code: int, tmp_path: Path) -> None:
    run = told_by("status", "--json", "--data-dir", str(tmp_path / "désk"), shell=shell, folder=tmp_path)
    assert (run.returncode, run.stderr) == (code, "")


def test_a_terminal_without_our_letters_shows_question_marks(tmp_path: Path) -> None:
    run = told_by("status", "--data-dir", str(tmp_path / "désk"), shell="", folder=tmp_path)
    assert run.returncode == REFUSED
    assert re.search(r"/d\?+sk: no desk has been started here", run.stderr)


def test_brackets_in_a_message_are_shown_and_are_no_markup(
    capsys: pytest.CaptureFixture[str], folder: Path, bad_mandate: Path
) -> None:
    assert main(["advance", "--data-dir", str(folder), "--mandate", str(bad_mandate)]) == REFUSED
    assert capsys.readouterr().err == f"Error: {bad_mandate}: section [limits] is missing\n"


def test_a_long_message_stays_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "a folder whose name is longer than a terminal is wide" / ("x" * 100)
    assert main(["status", "--data-dir", str(folder)]) == REFUSED
    assert capsys.readouterr().err.count("\n") == 1


def test_a_port_that_is_taken_is_named_before_the_folder_is_made(
    capsys: pytest.CaptureFixture[str], folder: Path, taken_port: int
) -> None:
    command = ["up", "--json", "--host", "127.0.0.1", "--port", str(taken_port), "--data-dir", str(folder)]
    assert main(command) == REFUSED
    told = json_of(capsys)["error"]
    assert f"DESK_PORT {taken_port}: the address cannot be used (Address already in use)" in told
    assert "--port" in told
    assert not folder.exists()


def test_a_setting_that_is_unknown_or_wrong_is_named(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PROT", "8000")
    assert main(["status", "--data-dir", str(folder)]) == REFUSED
    assert "unknown setting 'DESK_PROT'" in capsys.readouterr().err
    monkeypatch.delenv("DESK_PROT")
    assert main(["up", "--json", "--port", "99999", "--data-dir", str(folder)]) == REFUSED
    assert "DESK_PORT" in json_of(capsys)["error"]
    assert not folder.exists()
