"""The embedded server, with real processes: shared, restarted after any death, gone with its last user."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from db.embedded import EmbeddedPostgres
from db.embedded_binaries import MAJOR_VERSION
from db.embedded_watch import watched
from db.engine import connect, in_transaction
from support.checkout import ROOT
from support.embedded import (
    USER,
    is_running,
    query,
    said,
    server_pid,
    sockets_of,
    tell,
    wait_until_stopped,
)

FORKING = """
import os, sys
from pathlib import Path
from db.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    child = os.fork()
    if child == 0:
        server.release()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    print(server.is_healthy, flush=True)
"""
Spawn = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all, deeper than any socket path may be long; every test leaves it at rest."""
    return tmp_path_factory.mktemp("embedded") / ("deep" * 30) / "data"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A data folder that nothing was made in."""
    return tmp_path / "data"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server in use by this process; released in the end whatever happened to it."""
    with EmbeddedPostgres(folder) as made:
        yield made


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start another process that uses the server of a folder; it prints the URL when it does."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_a_first_start_gives_a_database_with_pgvector(server: EmbeddedPostgres, folder: Path) -> None:
    assert query(server.url, "SELECT current_setting('server_version_num')::int / 10000") == MAJOR_VERSION
    query(server.url, "CREATE EXTENSION vector")
    assert query(server.url, "SELECT current_database()") == "desk"
    assert server.is_healthy


def test_commits_wait_for_the_disk(server: EmbeddedPostgres) -> None:
    assert query(server.url, "SELECT current_setting('fsync')") == "on"
    assert query(server.url, "SELECT current_setting('synchronous_commit')") == "on"
    assert query(server.url, "SELECT current_setting('listen_addresses')") == ""


def test_the_socket_path_is_short_and_closed_to_others(server: EmbeddedPostgres) -> None:
    sockets = sockets_of(server.url)
    assert len(str(sockets / ".s.PGSQL.5432")) < 100
    assert sockets.stat().st_mode & 0o077 == 0
    assert sockets.parent.stat().st_mode & 0o066 == 0


def test_starting_twice_is_starting_once(server: EmbeddedPostgres, folder: Path) -> None:
    pid = server_pid(folder)
    assert server.start() == server.start() == server.url
    assert server_pid(folder) == pid


def test_the_last_one_out_stops_the_server_and_leaves_nothing_outside(folder: Path) -> None:
    with EmbeddedPostgres(folder) as first:
        sockets = sockets_of(first.url)
        with EmbeddedPostgres(folder) as second:
            assert second.url == first.url
        assert first.is_healthy
        assert not second.is_healthy
    assert not is_running(folder)
    assert not sockets.parent.exists()
    first.release()


def test_data_survives_a_restart(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        query(server.url, "CREATE TABLE kept (n int)")
    with EmbeddedPostgres(folder) as server:
        assert query(server.url, "SELECT count(*) FROM kept") == 0


def test_a_killed_server_is_started_again_with_everything_committed(
    server: EmbeddedPostgres, folder: Path
) -> None:
    query(server.url, "CREATE TABLE crashed (n int)")
    query(server.url, "INSERT INTO crashed VALUES (7)")
    os.kill(server_pid(folder), signal.SIGKILL)
    assert server.start() == server.url
    assert server.is_healthy
    assert query(server.url, "SELECT n FROM crashed") == 7


def test_work_goes_on_when_its_server_is_killed_in_the_middle(server: EmbeddedPostgres, folder: Path) -> None:
    engine = connect(server.url, role=None)
    victims = [server_pid(folder)]

    def work(connection: Connection) -> int:
        connection.execute(text("CREATE TABLE worked (n int)"))
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)
            wait_until_stopped(folder)
        return int(connection.execute(text("SELECT count(*) FROM worked")).scalar_one())

    with watched(server):
        assert in_transaction(engine, work) == 0
    assert victims == []
    engine.dispose()


def test_the_settings_of_other_servers_in_the_environment_do_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "5999")
    monkeypatch.setenv("PGHOST", "elsewhere")
    with EmbeddedPostgres(folder) as server:
        assert server.is_healthy
        assert query(server.url, "SELECT 1") == 1


def test_a_killed_server_is_noticed(server: EmbeddedPostgres, folder: Path) -> None:
    os.kill(server_pid(folder), signal.SIGKILL)
    wait_until_stopped(folder)
    assert not server.is_healthy


def test_a_server_whose_process_id_was_given_to_another_is_started_again(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        note = (folder / "cluster" / "postmaster.pid").read_text()
    stale = "\n".join([str(os.getpid()), *note.splitlines()[1:]])
    (folder / "cluster" / "postmaster.pid").write_text(stale)
    with EmbeddedPostgres(folder) as server:
        assert server_pid(folder) != os.getpid()
        assert server.is_healthy


def test_a_killed_desk_leaves_no_server_behind(folder: Path, spawn: Spawn) -> None:
    desk = spawn(folder)
    query(said(desk), "CREATE TABLE orphaned (n int)")
    desk.kill()
    wait_until_stopped(folder)
    with EmbeddedPostgres(folder) as server:
        assert query(server.url, "SELECT count(*) FROM orphaned") == 0


def test_a_killed_desk_does_not_disturb_the_others(
    server: EmbeddedPostgres, folder: Path, spawn: Spawn
) -> None:
    other = spawn(folder)
    assert said(other) == server.url
    other.kill()
    other.wait()
    assert server.is_healthy


def test_two_processes_share_a_server_and_the_last_one_stops_it(folder: Path, spawn: Spawn) -> None:
    first, second = spawn(folder), spawn(folder)
    urls = {said(first), said(second)}
    assert len(urls) == 1
    tell(first, "release")
    assert said(first) == "released"
    assert is_running(folder)
    assert query(urls.pop(), "SELECT 1") == 1
    tell(second, "release")
    assert said(second) == "released"
    assert not is_running(folder)


def test_four_processes_that_start_together_get_one_server(folder: Path, spawn: Spawn) -> None:
    with EmbeddedPostgres(folder):
        pass
    before = len(re.findall("database system is ready", (folder / "server.log").read_text()))
    desks = [spawn(folder) for _ in range(4)]
    assert len({said(desk) for desk in desks}) == 1
    launches = re.findall("database system is ready", (folder / "server.log").read_text())
    assert len(launches) == before + 1


def test_a_start_that_was_killed_halfway_is_taken_up_by_the_next(fresh: Path) -> None:
    half = fresh / "cluster-new" / "base"
    half.mkdir(parents=True)
    (half / "1").write_text("half a file")
    with EmbeddedPostgres(fresh) as server:
        assert server.is_healthy
    assert not (fresh / "cluster-new").exists()


def test_a_forked_child_does_not_take_the_server_along(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, str(folder)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr
    wait_until_stopped(folder)
