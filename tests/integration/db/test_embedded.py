"""The embedded server, with real processes: shared, restarted after any death, gone with its last user."""

import os
import pwd
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from db import embedded_keeper as keeper
from db.embedded import EmbeddedPostgres
from db.embedded_binaries import MAJOR_VERSION, binaries, is_reachable_by_others, server_account
from db.engine import connect, in_transaction
from db.file_lock import FileLock
from fund.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
PYTHONS = (Path(sys.executable), Path(f"/usr/bin/python3.{sys.version_info.minor}"))
PYTHON_FOR_ALL = next((p for p in PYTHONS if p.exists() and is_reachable_by_others(p)), None)
USER = """
import sys
from pathlib import Path
from db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
if sys.stdin.readline() == "release\\n":
    server.release()
    print("released", flush=True)
sys.stdin.readline()
"""
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


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def sockets_of(url: str) -> Path:
    return Path(str(make_url(url).query["host"]))


def server_pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split()[0])


def is_running(folder: Path) -> bool:
    return keeper.is_held(folder / keeper.SERVER_LOCK)


def wait_until_stopped(folder: Path) -> None:
    """Return when no process of the server is left; the kernel, not a clock, says when."""
    FileLock(folder / keeper.SERVER_LOCK).__enter__().close()


def query(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone() if statement.startswith("SELECT") else None
        if row is None:
            connection.execute(statement.encode())
    return row and row[0]


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
    assert server.start() == server.ensure() == server.url
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
    assert server.ensure() == server.url
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

    assert in_transaction(engine, work, recover=server.ensure) == 0
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


@pytest.mark.parametrize("version", ["19", "17", ""])
def test_a_folder_of_another_version_is_refused(fresh: Path, version: str) -> None:
    (fresh / "cluster").mkdir(parents=True)
    (fresh / "cluster" / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(ConfigError, match=f"should be of PostgreSQL {MAJOR_VERSION}, was of '{version}'"):
        EmbeddedPostgres(fresh).start()


def test_a_folder_that_is_no_cluster_is_refused(fresh: Path) -> None:
    (fresh / "cluster").mkdir(parents=True)
    with pytest.raises(ConfigError, match="was of 'no version'"):
        EmbeddedPostgres(fresh).start()


def test_a_full_disk_is_refused_before_anything_is_made(fresh: Path) -> None:
    with pytest.raises(ConfigError, match="MiB free"):
        EmbeddedPostgres(fresh, minimum_free_bytes=1 << 60).start()
    assert not (fresh / "cluster").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be used"):
        EmbeddedPostgres(tmp_path / "file" / "data").start()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    broken = EmbeddedPostgres(folder, settings={"shared_buffers": "a lot"})
    with pytest.raises(ConfigError, match='invalid value for parameter "shared_buffers"'):
        broken.start()
    with EmbeddedPostgres(folder) as server:
        assert server.is_healthy


def test_a_folder_held_by_a_server_out_of_reach_is_refused(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    with FileLock(folder / keeper.SERVER_LOCK), pytest.raises(ConfigError, match="gave no answer"):
        EmbeddedPostgres(folder, patience_seconds=0.05).start()
    with EmbeddedPostgres(folder) as server:
        assert server.is_healthy


def test_a_url_is_only_known_of_a_started_server(fresh: Path) -> None:
    with pytest.raises(ConfigError, match="before it was started"):
        _ = EmbeddedPostgres(fresh).url


def test_a_socket_folder_that_somebody_else_could_write_to_is_refused(
    folder: Path, server: EmbeddedPostgres
) -> None:
    home = Path((folder / "sockets").read_text())
    server.release()
    home.mkdir(mode=0o700)
    home.chmod(0o777)
    with pytest.raises(ConfigError, match="only we can write to"):
        EmbeddedPostgres(folder).start()
    home.rmdir()


def as_nobody(*command: str) -> "subprocess.CompletedProcess[str]":
    nobody = pwd.getpwnam("nobody")
    return subprocess.run(
        command,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": f"{ROOT}:{Path(psycopg.__file__).parents[1]}"},
        input="release\n",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(
    not AS_ROOT or PYTHON_FOR_ALL is None,
    reason="only root can become another user, who must be able to run a Python of this version",
)
def test_an_ordinary_user_runs_a_server_of_its_own() -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        done = as_nobody(str(PYTHON_FOR_ALL), "-c", USER, f"{home}/data")
        assert done.stdout.splitlines()[-1:] == ["released"], done.stderr
        assert (Path(home) / "data" / "cluster").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as somebody else")
def test_root_runs_the_server_as_nobody_in_a_folder_that_nobody_can_reach(
    server: EmbeddedPostgres, folder: Path
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    assert (folder / "cluster").stat().st_uid == nobody
    assert any(not parent.stat().st_mode & 0o001 for parent in folder.parents)
    assert query(server.url, "SELECT 1") == 1


@pytest.mark.skipif(not AS_ROOT, reason="only root shares a machine account with its server")
def test_the_servers_own_account_cannot_connect_to_it(server: EmbeddedPostgres) -> None:
    sockets = str(sockets_of(server.url))
    psql = binaries(server_account()) / "psql"
    refused = as_nobody(str(psql), "-h", sockets, "-U", "postgres", "-c", "SELECT 1", "desk")
    assert "Peer authentication failed" in refused.stderr
    assert refused.returncode != 0
