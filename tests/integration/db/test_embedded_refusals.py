"""What an embedded server refuses to start on, and as which user of the machine it runs."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import embedded_keeper as keeper
from db.embedded import EmbeddedPostgres
from db.embedded_binaries import MAJOR_VERSION, binaries, server_account
from db.file_lock import FileLock
from fund.errors import ConfigError
from support.checkout import ROOT
from support.embedded import USER, query, server_pid, sockets_of
from support.other_account import CAN_BE_NOBODY, PYTHON_FOR_ALL, SITE_PACKAGES, WHY_NOT

AS_ROOT = os.geteuid() == 0


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


def test_a_server_that_gives_no_answer_for_a_while_is_not_let_go(folder: Path) -> None:
    with EmbeddedPostgres(folder, patience_seconds=1.0) as server:
        pid, door = server_pid(folder), sockets_of(server.url) / ".s.PGSQL.5432"
        door.rename(door.with_name("shut"))
        with pytest.raises(ConfigError, match="gave no answer"):
            server.start()
        assert keeper.is_held(folder / keeper.USERS_LOCK)
        door.with_name("shut").rename(door)
        assert server.start() == server.url
        assert server_pid(folder) == pid


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
        env={"PYTHONPATH": f"{ROOT}:{SITE_PACKAGES}"},
        input="release\n",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not CAN_BE_NOBODY, reason=WHY_NOT)
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
