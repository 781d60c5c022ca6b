"""A desk that is started: cut off anywhere it goes on, and what it cannot do it refuses in a sentence."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support.checkout import ROOT
from support.desk_process import (
    DYING_DESK,
    Finished,
    database_processes,
    desk_environment,
    free_port,
    run_desk,
    started,
)
from support.embedded import wait_until_stopped
from support.kept_records import kept_in
from support.other_account import CAN_BE_NOBODY, NOBODY, PYTHON_FOR_ALL, SITE_PACKAGES, WHY_NOT
from support.rule_server import KEY, rule_server
from support.started_desks import REPLAYED, UNPLAYED, copy_folder, serving_desk

pytest_plugins = ["support.desks"]
pytestmark = pytest.mark.long

INITIALISED = ("subprocess:run", "before", "1")
LAUNCHED = ("db.embedded_cluster:Cluster.launch", "after", "1")
INGESTED = ("db.lake:Lake.append", "before", "1")
TRAINED = ("fund.forecasting.registry:Registry.register", "after", "2")
PLAYED = ("db.decisions:Decisions.record_cycle", "after", "10")
DEATHS = (
    (INITIALISED, "KILL"),
    (LAUNCHED, "TERM"),
    (INGESTED, "KILL"),
    (TRAINED, "KILL"),
    (PLAYED, "KILL"),
)
"""While the database is made, while it starts, before the data are written, between two forecasters, and
inside the commit of the tenth session."""
CODES = {"KILL": -signal.SIGKILL, "TERM": 130}


def test_a_first_start_cut_off_at_every_stage_ends_where_an_undisturbed_one_does(
    small_bundle: Path, first_start: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "desk"
    environment = desk_environment(folder, small_bundle)
    for moment, how in DEATHS:
        command = ("up", "--port", str(free_port()))
        with started(environment, *moment, how, *command, program=DYING_DESK) as run:
            assert run.end(None) == CODES[how], f"at {moment}: {''.join(run.lines)}"
        if how == "TERM":
            wait_until_stopped(folder / "postgres")
            assert database_processes(folder) == []
    with serving_desk(folder, small_bundle) as served:
        said = "".join(served.run.lines)
    assert f"Replaying the past: done ({REPLAYED - 9})" in said
    undisturbed = kept_in(copy_folder(first_start, tmp_path / "undisturbed"))
    assert kept_in(folder).tables == undisturbed.tables


def test_a_desk_killed_while_it_serves_leaves_no_server_and_starts_again(
    started_folder: Path, small_bundle: Path
) -> None:
    environment = desk_environment(started_folder, small_bundle)
    with started(environment, "up", "--port", str(free_port())) as run:
        run.wait_for("/enter?ticket=")
        assert run.end(signal.SIGKILL) == -signal.SIGKILL
    assert run_desk(environment, "verify").code == 0
    assert database_processes(started_folder) == []


def test_ctrl_c_ends_everything_and_says_that_the_next_start_goes_on(
    started_folder: Path, small_bundle: Path
) -> None:
    environment = desk_environment(started_folder, small_bundle)
    with started(environment, "up", "--port", str(free_port()), anew=True) as run:
        run.wait_for("Ctrl-C ends the desk")
        assert run.end(signal.SIGINT) == os.EX_OK
    assert "goes on from here" in run.lines[-1]
    assert "Traceback" not in "".join(run.lines)
    assert database_processes(started_folder) == []


def test_a_second_desk_on_the_folder_is_refused_by_the_name_of_the_first_and_looking_is_not(
    started_folder: Path, small_bundle: Path
) -> None:
    with serving_desk(started_folder, small_bundle) as first:
        environment = desk_environment(started_folder, small_bundle)
        second = run_desk(environment, "up", "--port", str(free_port()))
        sentence = refused(second)
        assert f"process {first.run.process.pid}, {first.address}" in sentence
        assert run_desk(environment, "status", "--json").json()["unplayed_sessions"] == UNPLAYED
        same_port = run_desk(
            environment, "up", "--port", first.address.rpartition(":")[2], "--data-dir", "/nonexistent/desk"
        )
        assert "choose another port" in refused(same_port)


def refused(run: Finished) -> str:
    """Return the one sentence of a command that was refused with exit code 2."""
    assert run.code == 2, f"{run.out}{run.err}"
    assert "Traceback" not in run.err
    errors = [line for line in run.err.splitlines() if not re.fullmatch(r".*: done \(\d+\)", line)]
    assert errors[0].startswith("Error: "), run.err
    return " ".join(errors)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files a desk would have written, by path; locks and logs say nothing."""
    files = (path for path in folder.rglob("*") if path.is_file() and "postgres" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.suffix != ".lock"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"DESK_PROT": "8000"},
            "unknown setting 'DESK_PROT' in the environment; the nearest one is",
        ),
        ({"DESK_PORT": "http"}, "DESK_PORT: expected a valid integer"),
        ({"DESK_PROVIDER": "openai"}, "DESK_PROVIDER=openai needs DESK_OPENAI_API_KEY, which is not set"),
        ({"DESK_DATA_DIR": "/dev/null/desk"}, "DESK_DATA_DIR /dev/null/desk: the folder cannot be used"),
        (
            {"DESK_DATABASE_URL": "mysql://desk:s3cret-word@127.0.0.1/desk"},
            "DESK_DATABASE_URL: expected a URL",
        ),
        (
            {"DESK_DATABASE_URL": "postgresql://desk:s3cret-word@127.0.0.1:1/desk?nonsense=1"},
            'the database cannot be prepared for the desk: invalid connection option "nonsense"',
        ),
        (
            {"DESK_DATABASE_URL": "postgresql://desk:s3cret-word@127.0.0.1:1/desk"},
            "postgresql+psycopg://desk:***@127.0.0.1:1/desk cannot be reached",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_that_cannot_work_is_named(
    settings: dict[str, str], says: str, small_bundle: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "desk"
    run = run_desk(desk_environment(folder, small_bundle, **settings), "up")
    assert says in refused(run)
    assert "s3cret-word" not in run.out + run.err
    assert not (folder / "forecasters").exists() or not contents(folder / "forecasters")
    assert database_processes(folder) == []


def edited(text: str, pattern: str, becomes: str) -> str:
    changed, count = re.subn(pattern, becomes, text, count=1, flags=re.MULTILINE | re.DOTALL)
    assert count == 1, pattern
    return changed


@pytest.mark.parametrize(
    ("pattern", "becomes", "says"),
    [
        (
            r"^max_position = ",
            "max_positon = ",
            "limits.max_positon is not a key of the mandate; did you",
        ),
        (
            r"^max_position = 0.10$",
            'max_position = "10 %"',
            "max_position must be a number, was '10 %'",
        ),
        (r"^\[costs\].*?(?=^\[llm\])", "", "section [costs] is missing"),
        (r"^version = 1$", "version = = 1", "the mandate cannot be read"),
    ],
)
def test_a_mandate_that_is_not_one_is_refused_before_anything_is_written(
    pattern: str, becomes: str, says: str, small_bundle: Path, tmp_path: Path
) -> None:
    mandate = tmp_path / "mandate.toml"
    mandate.write_text(edited((ROOT / "mandate.toml").read_text(encoding="utf-8"), pattern, becomes))
    folder = tmp_path / "desk"
    run = run_desk(desk_environment(folder, small_bundle), "up", "--mandate", str(mandate))
    sentence = refused(run)
    assert says in sentence
    assert str(mandate) in sentence
    assert not folder.exists()


def test_an_error_is_json_too_when_json_was_asked_for(small_bundle: Path, tmp_path: Path) -> None:
    run = run_desk(desk_environment(tmp_path / "desk", small_bundle), "status", "--json")
    assert (run.code, run.err) == (2, "")
    assert run.json()["kind"] == "ConfigError"
    assert "no desk has been started here" in run.json()["error"]


def cut_in_half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def one_column_less(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line.rpartition(",")[0] for line in lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("bars_daily.parquet", cut_in_half),
        ("membership.csv", one_column_less),
    ],
)
def test_a_damaged_file_of_the_bundle_is_named_and_nothing_of_it_is_kept(
    name: str, damage: Callable[[Path], None], small_bundle: Path, tmp_path: Path
) -> None:
    bundle = Path(shutil.copytree(small_bundle, tmp_path / "bundle"))
    damage(bundle / name)
    folder = tmp_path / "desk"
    run = run_desk(desk_environment(folder, bundle), "up", "--port", str(free_port()))
    assert str(bundle / name) in refused(run)
    assert contents(folder / "lake") == {}
    assert database_processes(folder) == []


def test_a_folder_of_a_newer_desk_is_left_as_it_is(small_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "version.json").write_text('{"format": 2}')
    run = run_desk(desk_environment(folder, small_bundle), "up", "--port", str(free_port()))
    assert "has format 2, this program reads format 1" in refused(run)
    assert contents(folder) == {"version.json": b'{"format": 2}'}


def test_a_port_that_is_taken_is_refused_before_the_folder_is_made(
    small_bundle: Path, tmp_path: Path
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        port = str(holder.getsockname()[1])
        run = run_desk(desk_environment(tmp_path / "desk", small_bundle), "up", "--port", port)
    assert f"DESK_PORT {port}: the address cannot be used" in refused(run)
    assert not (tmp_path / "desk").exists()


def test_a_budget_that_cannot_pay_the_committee_is_refused_before_anybody_is_asked(
    started_folder: Path, small_bundle: Path
) -> None:
    unlisted = {"DESK_OPENAI_API_KEY": KEY, "DESK_OPENAI_LLM": "gpt-99", "DESK_PROVIDER": "openai"}
    run = run_desk(
        desk_environment(started_folder, small_bundle, **unlisted), "up", "--port", str(free_port())
    )
    assert "llm.daily_budget_usd is 2.00, but the two researchers" in refused(run)
    assert database_processes(started_folder) == []


def test_a_key_that_is_refused_is_said_at_the_start_and_never_shown(
    started_folder: Path, small_bundle: Path
) -> None:
    with rule_server() as server:
        server.refused_key = True
        environment = desk_environment(started_folder, small_bundle, **server.settings)
        run = run_desk(environment, "up", "--port", str(free_port()))
    assert "key" in refused(run)
    assert KEY not in run.out + run.err
    assert server.asked == []
    assert database_processes(started_folder) == []


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of a given size; skips where that is not allowed."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this machine does not allow a small disk to be mounted")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_without_room_is_refused_before_anything_is_written(
    small_bundle: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 50) as disk:
        run = run_desk(desk_environment(disk / "desk", small_bundle), "up", "--port", str(free_port()))
        assert re.search(r"400 MB of free space are needed, \d+ MB are left", refused(run))
        assert contents(disk) == {}


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (["status"], {"mode", "session", "equity", "positions", "trading", "provider", "record"}),
        (["verify"], {"findings"}),
        (["ask", "how are we doing?"], {"answer", "tables", "tickets", "failures"}),
        (["cycle"], {"cycle_id", "status", "proposal", "review", "orders", "inputs"}),
        (["backtest", "buy-and-hold"], {"strategy", "net", "benchmark", "fill_rule", "doubts"}),
        (["advance", "2"], {"played", "unplayed", "stopped"}),
        (["train"], {"cards", "trained", "last_session"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_command_answers_in_json_and_prints_nothing_else(
    command: list[str], keys: set[str], started_folder: Path, small_bundle: Path
) -> None:
    run = run_desk(desk_environment(started_folder, small_bundle), *command, "--json")
    assert (run.code, run.err) == (0, ""), run
    assert keys <= run.json().keys()


@pytest.mark.skipif(not CAN_BE_NOBODY, reason=WHY_NOT)
def test_an_ordinary_account_starts_a_desk_of_its_own(small_bundle: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="conclave-") as place:
        home = Path(place)
        home.chmod(0o755)
        bundle = Path(shutil.copytree(small_bundle, home / "bundle"))
        folder = home / "own" / ("deep" * 30) / "desk"
        (home / "own").mkdir()
        shutil.chown(home / "own", NOBODY, NOBODY)
        environment = desk_environment(folder, bundle, HOME=str(home / "own"))
        environment["PYTHONPATH"] += f":{SITE_PACKAGES}"
        assert PYTHON_FOR_ALL is not None
        run = run_desk(environment, "advance", "1", "--json", user=NOBODY, python=PYTHON_FOR_ALL)
        assert run.code == 0, run
        assert run.json()["unplayed"] == UNPLAYED - 1
        assert {path.stat().st_uid for path in folder.rglob("*")} == {NOBODY}
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / "postgres" / "cluster").stat().st_mode & 0o077 == 0
        assert database_processes(folder) == []
        # Who watched the server tidies up after it, and the folder is removed next.
        wait_until_stopped(folder / "postgres")
