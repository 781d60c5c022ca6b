"""`desk migrate`, backups one after the other, and keys that follow one another, on a real desk."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import connect
from db.migrate import newest_revision, revision_of
from desk.backup_rota import back_up_into, due_in, name_of
from desk.cli import FAILED, OK, REFUSED, main
from desk.progress import silent
from desk.settings import Settings
from fund.clock import SystemClock
from support.database import DatabaseServer
from support.started_desks import Run, settings_for

pytest_plugins = ["support.desks"]


def test_a_started_desk_is_at_the_newest_schema(run: Run) -> None:
    code, out, _ = run("migrate")
    assert (code, out) == (OK, f"The database is at {newest_revision()}.")
    assert json.loads(run("migrate", "--json")[1]) == {"revision": newest_revision()}


def test_an_empty_database_of_ones_own_is_made_ready_without_a_folder(
    database_server: DatabaseServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = database_server.empty()
    monkeypatch.setenv("DESK_DATABASE_URL", url)
    assert main(["migrate", "--data-dir", str(tmp_path / "none")]) == OK
    assert newest_revision() in capsys.readouterr().out
    assert not (tmp_path / "none").exists()
    engine = connect(url)
    with engine.connect() as connection:
        assert revision_of(connection) == newest_revision()
    engine.dispose()
    database_server.drop(url)


def test_a_database_that_cannot_be_reached_is_named_and_its_password_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", "postgresql://desk:hunter22@127.0.0.1:9/desk")
    assert main(["migrate", "--data-dir", str(tmp_path)]) == REFUSED
    said = capsys.readouterr().err
    assert "127.0.0.1:9" in said
    assert "hunter22" not in said


def test_only_the_newest_backups_stay(run: Run, tmp_path: Path) -> None:
    now = SystemClock().now()
    old = [tmp_path / name_of(now - timedelta(days=days)) for days in (1, 2, 3)]
    stranger = tmp_path / "conclave-of-my-own.tar.gz"
    for path in (*old, stranger):
        path.touch()
    code, out, err = run("backup", "--folder", str(tmp_path), "--keep", "2")
    assert code == OK, err
    assert "2 older removed" in out
    found = sorted(path.name for path in tmp_path.iterdir())
    assert old[0].name in found
    assert stranger.name in found
    assert len(found) == 3
    assert due_in(tmp_path, timedelta(hours=24), now) > timedelta(hours=23)


def test_a_backup_of_a_folder_is_whole(
    started_folder: Path, small_bundle: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "kept").mkdir()
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    kept = back_up_into(settings_for(started_folder, small_bundle), tmp_path / "kept", 3, moment, silent)
    assert kept.path.name == "conclave-2026-03-02T1200.tar.gz"
    arguments = ["restore", str(kept.path), "--data-dir", str(tmp_path / "again"), "--json"]
    assert main(arguments) == OK


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x.tar.gz", "--folder", "y"), "choose one"),
        (("--every-hours", "2"), "--every-hours needs --folder"),
        (("--folder", "nowhere", "--keep", "0"), "a number from 1"),
        (("--folder", "nowhere-at-all"), "expected a folder for backups"),
    ],
)
def test_a_backup_that_makes_no_sense_is_refused(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run("backup", *arguments)
    assert code == REFUSED
    assert said in err


def test_a_key_is_made_with_scopes_listed_and_rotated(run: Run) -> None:
    made = json.loads(
        run("account", "key", "create", "owner", "--label", "prom", "--scope", "metrics", "--json")[1]
    )
    assert made["scopes"] == ["metrics"]
    code, out, _ = run("account", "key", "rotate", made["key_id"], "--overlap-hours", "2")
    assert code == OK
    assert f"{made['key_id']} admits until" in out
    assert "follows it; shown only now: desk_" in out
    keys = json.loads(run("account", "key", "list", "--json")[1])["keys"]
    old, new = (each for each in keys if each["label"] == "prom")
    assert (old["followed_by"], new["scopes"]) == (new["key_id"], ["metrics"])
    code, _, err = run("account", "key", "rotate", made["key_id"])
    assert (code, "was followed by" in err) == (FAILED, True)
    assert run("account", "key", "create", "owner", "--label", "x", "--scope", "everything")[0] == REFUSED
    assert run("account", "key", "rotate", new["key_id"], "--overlap-hours", "721")[0] == REFUSED


def test_a_viewers_key_gets_no_scope_beyond_the_viewer(run: Run) -> None:
    assert run("account", "add", "vito")[0] == OK
    code, _, err = run("account", "key", "create", "vito", "--label", "x", "--scope", "commands")
    assert (code, "no key may do more than its account" in err) == (FAILED, True)


def test_settings_name_the_hosts_the_desk_answers_to() -> None:
    from desk.setting_groups import Access

    assert Access(hosts=" desk, Desk.example.org ,").more_hosts == {"desk", "desk.example.org"}
    assert Settings.load(env_file=None).access.more_hosts == frozenset()
