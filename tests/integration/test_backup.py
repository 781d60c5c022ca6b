"""A backup holds the whole desk at one moment; what is restored is that desk, or nothing is there."""

import io
import json
import re
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from db.embedded import EmbeddedPostgres
from db.engine import connect, in_transaction
from db.heads import chain_heads
from desk.backup import restore
from desk.cli import OK, REFUSED
from desk.owner import OwnerGate
from desk.progress import silent
from desk.settings import Settings
from fund.errors import ConfigError
from support.desk_process import Finished, desk_environment, run_desk
from support.kept_records import kept_in
from support.started_desks import Run, copy_folder

pytest_plugins = ["support.desks"]


@pytest.fixture(scope="module")
def backup(started_folder: Path, small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a started desk."""
    OwnerGate.open(started_folder / "secrets")
    target = tmp_path_factory.mktemp("backup") / "desk.tar.gz"
    done = run_desk(desk_environment(started_folder, small_bundle), "backup", str(target), "--json")
    assert done.code == OK, done
    return target


def restored(small_bundle: Path, source: Path, folder: Path) -> Finished:
    return run_desk(desk_environment(folder, small_bundle), "restore", str(source), "--json")


def heads_in(folder: Path) -> object:
    with EmbeddedPostgres(folder / "postgres") as server:
        engine = connect(server.url)
        try:
            return in_transaction(engine, chain_heads).plain
        finally:
            engine.dispose()


def repacked(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a backup anew after a change of its members."""
    with tarfile.open(source) as whole:
        members = {m.name: whole.extractfile(m).read() for m in whole}  # type: ignore[union-attr]
    change(members)
    with tarfile.open(target, "w:gz") as whole:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            whole.addfile(member, io.BytesIO(content))
    return target


def test_a_restored_desk_has_every_row_and_goes_on_alike(
    started_folder: Path, small_bundle: Path, backup: Path, tmp_path: Path
) -> None:
    again, original = tmp_path / "again", copy_folder(started_folder, tmp_path / "original")
    done = restored(small_bundle, backup, again)
    assert done.code == OK, done
    before = kept_in(original)
    assert kept_in(again).tables == before.tables
    assert sum(map(len, before.tables.values())) > 100
    for folder in (again, original):
        environment = desk_environment(folder, small_bundle)
        assert run_desk(environment, "verify").code == OK
        assert run_desk(environment, "advance", "2", "--json").code == OK
    decided = [kept_in(folder).tables["fills"] for folder in (again, original)]
    assert decided[0] == decided[1]
    assert len(decided[0]) >= len(before.tables["fills"])


def test_a_backup_says_what_it_holds_and_nobody_else_can_read_it(backup: Path, started_folder: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with tarfile.open(backup) as whole:
        first = whole.next()
        assert first is not None
        contents = json.loads(whole.extractfile(first).read())  # type: ignore[union-attr]
        names = set(whole.getnames())
    assert names == {"backup.json", *contents["files"]}
    assert {"database.dump", "version.json", "lake/manifest.json", "secrets/owner.json"} <= names
    assert contents["heads"] == heads_in(started_folder)


def test_a_backup_replaces_nothing(backup: Path, run: Run) -> None:
    code, _, err = run("backup", str(backup))
    assert (code, "is there already; a backup replaces nothing" in err) == (REFUSED, True)


def test_a_backup_into_a_folder_that_is_not_there_leaves_nothing(run: Run, tmp_path: Path) -> None:
    code, _, err = run("backup", str(tmp_path / "no" / "desk.tar.gz"))
    assert (code, "No such file or directory" in err) == (REFUSED, True)
    assert list(tmp_path.iterdir()) == []


def test_a_desk_that_runs_is_backed_up_without_being_disturbed(
    started_folder: Path, small_bundle: Path, run: Run, tmp_path: Path
) -> None:
    with EmbeddedPostgres(started_folder / "postgres"):
        assert run("backup", str(tmp_path / "desk.tar.gz"))[0] == OK
        assert run("status")[0] == OK
    assert [path.name for path in tmp_path.iterdir()] == ["desk.tar.gz"]


def test_nothing_that_exists_is_restored_over(backup: Path, run: Run, started_folder: Path) -> None:
    code, _, err = run("restore", str(backup))
    assert (code, "expected an empty folder to restore into" in err) == (REFUSED, True)
    assert (started_folder / "lake").exists()


def test_a_data_folder_that_is_a_file_is_said_to_be_none(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConfigError, match="Not a directory"):
        restore(Settings.load(data_dir=tmp_path / "file"), backup, silent)
    assert (tmp_path / "file").read_text() == "mine"


def damaged_database(members: dict[str, bytes]) -> None:
    members["database.dump"] = members["database.dump"][:-100] + bytes(100)


def lost_file(members: dict[str, bytes]) -> None:
    del members["lake/manifest.json"]


def stranger(members: dict[str, bytes]) -> None:
    members["../evil"] = b"x"


def stranger_of_the_contents(members: dict[str, bytes]) -> None:
    contents = json.loads(members["backup.json"])
    contents["files"]["lake/../../evil"] = "0" * 64
    members["backup.json"] = json.dumps(contents).encode()


def newer(members: dict[str, bytes]) -> None:
    members["backup.json"] = json.dumps({**json.loads(members["backup.json"]), "format": 99}).encode()


def other_heads(members: dict[str, bytes]) -> None:
    contents = json.loads(members["backup.json"])
    contents["heads"]["journal"] = "0" * 64
    members["backup.json"] = json.dumps(contents).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (damaged_database, "database.dump is not what it was"),
        (lost_file, "lake/manifest.json is missing"),
        (stranger, "'../evil' does not belong into a backup"),
        (stranger_of_the_contents, "'lake/../../evil' does not belong into a backup"),
        (newer, "it is of format 99, this program reads 1"),
        (other_heads, "the chains in the backup do not end where it says they do"),
    ],
)
def test_a_backup_that_is_not_right_is_refused_and_nothing_is_left(
    backup: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], told: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    wrong = repacked(backup, tmp_path / "wrong.tar.gz", change)
    with pytest.raises(ConfigError, match=re.escape(told)):
        restore(Settings.load(data_dir=folder / "desk"), wrong, silent)
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8b garbage"], ids=["empty", "text", "half"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "some.tar.gz"
    source.write_bytes(content)
    folder = tmp_path / "desk"
    with pytest.raises(ConfigError, match="this is no backup, or it is damaged"):
        restore(Settings.load(data_dir=folder), source, silent)
    assert not folder.exists()
