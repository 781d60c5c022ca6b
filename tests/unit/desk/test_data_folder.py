"""The desk's folder: made once, of one format, one desk at a time, and refused before anything is written."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import desk.data_folder
from desk.data_folder import FORMAT_VERSION, DataFolder, Mode
from fund.errors import ConfigError
from support.checkout import ROOT


def test_a_new_folder_is_made_with_its_parents_and_closed_to_others(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "b")
    folder.open("replay")
    written = json.loads((folder.root / "version.json").read_text())
    assert written == {"format": FORMAT_VERSION, "mode": "replay"}
    for made in (folder.root, folder.lake, folder.forecasters, folder.secrets):
        assert made.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in folder.root.iterdir()) == [
        "forecasters",
        "lake",
        "secrets",
        "version.json",
    ]


def test_a_folder_is_opened_again_as_it_was(tmp_path: Path) -> None:
    DataFolder(tmp_path).open("replay")
    (tmp_path / "secrets" / "owner.json").write_text("{}")
    DataFolder(tmp_path).open("replay")
    assert (tmp_path / "secrets" / "owner.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (json.dumps({"format": FORMAT_VERSION + 1}), str(FORMAT_VERSION + 1)),
        (json.dumps({"format": "1"}), "'1'"),
        (json.dumps({"format": FORMAT_VERSION, "mode": "backwards"}), "None"),
        (json.dumps({"version": 1}), "None"),
        ("[1]", "None"),
        ("", "None"),
        ("\x00\x01", "None"),
    ],
)
def test_a_folder_of_another_format_is_refused_and_left_alone(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "version.json").write_text(text)
    with pytest.raises(ConfigError, match=f"the folder has format {found}, this program reads format 1"):
        DataFolder(tmp_path).open("replay")
    assert [path.name for path in tmp_path.iterdir()] == ["version.json"]


LIVE_IS_MEANT = "this desk runs on the real clock: set DESK_FEED to its feed, or DESK_FEEDS__LIVE"
REPLAY_IS_MEANT = "this desk was begun in replay mode: start a live one in a new DESK_DATA_DIR"


@pytest.mark.parametrize(
    ("begun", "other", "says"), [("live", "replay", LIVE_IS_MEANT), ("replay", "live", REPLAY_IS_MEANT)]
)
def test_a_folder_remembers_its_mode_and_refuses_the_other(
    tmp_path: Path, begun: Mode, other: Mode, says: str
) -> None:
    DataFolder(tmp_path).open(begun)
    DataFolder(tmp_path).open(begun)
    DataFolder(tmp_path).require(begun)
    for refuse in (DataFolder(tmp_path).open, DataFolder(tmp_path).require):
        with pytest.raises(ConfigError) as refused:
            refuse(other)
        assert str(refused.value) == f"DESK_DATA_DIR {tmp_path}: {says}"


def test_a_folder_that_does_not_say_its_mode_is_a_replay(tmp_path: Path) -> None:
    (tmp_path / "version.json").write_text(json.dumps({"format": FORMAT_VERSION}))
    DataFolder(tmp_path).open("replay")
    with pytest.raises(ConfigError, match=REPLAY_IS_MEANT):
        DataFolder(tmp_path).open("live")


def test_a_folder_that_was_never_started_has_no_mode_yet(tmp_path: Path) -> None:
    DataFolder(tmp_path / "desk").require("live")
    assert not (tmp_path / "desk").exists()


def test_without_room_nothing_is_made_but_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.data_folder, "ROOM_NEEDED", 1 << 60)
    with pytest.raises(ConfigError, match=r"\d+ MB of free space are needed, \d+ MB are left"):
        DataFolder(tmp_path / "desk").open("replay")
    assert list((tmp_path / "desk").iterdir()) == []


@pytest.mark.parametrize("inside", ["", "desk", "desk/deeper"])
def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path, inside: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConfigError, match=r"DESK_DATA_DIR .*file.*the folder cannot be used \("):
        DataFolder(tmp_path / "file" / inside).open("replay")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_part_of_the_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("mine")
    with pytest.raises(ConfigError, match=r"the folder cannot be used \(File exists: .*lake\)"):
        DataFolder(tmp_path).open("replay")


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "desk.lock").mkdir()
    with pytest.raises(ConfigError, match=r"the folder cannot be used \(Is a directory: .*desk\.lock\)"):
        DataFolder(tmp_path).lock({})


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(tmp_path)
    made.open("replay")
    yield made
    made.release()


def test_a_second_desk_is_told_who_is_there_and_where(folder: DataFolder) -> None:
    folder.lock({"address": "http://127.0.0.1:8000"})
    message = rf"another desk is running on this folder \(process {os.getpid()}, http://127.0.0.1:8000\)"
    with pytest.raises(ConfigError, match=message):
        DataFolder(folder.root).lock({"address": "http://127.0.0.1:9000"})
    assert folder.holder() == {"address": "http://127.0.0.1:8000", "pid": os.getpid()}


def test_a_note_that_cannot_be_read_refuses_all_the_same(folder: DataFolder) -> None:
    folder.lock({})
    for text in ("", "[1, 2]", "{"):
        (folder.root / "desk.lock").write_text(text)
        with pytest.raises(ConfigError, match=r"\(process unknown, no address\)"):
            DataFolder(folder.root).lock({})


def test_a_folder_that_was_let_go_is_free_and_its_note_is_gone(folder: DataFolder) -> None:
    folder.lock({"address": "here"})
    folder.release()
    folder.release()
    assert folder.holder() == {}
    other = DataFolder(folder.root)
    other.lock({"address": "there"})
    assert other.holder()["address"] == "there"
    other.release()


def test_who_holds_the_folder_may_set_it_up_and_keeps_its_note(folder: DataFolder) -> None:
    folder.lock({"address": "http://127.0.0.1:8000"})
    folder.set_up_alone()
    assert folder.holder()["address"] == "http://127.0.0.1:8000"


def test_a_folder_that_is_being_set_up_is_nobody_elses(folder: DataFolder) -> None:
    folder.set_up_alone()
    with pytest.raises(ConfigError, match=rf"\(process {os.getpid()}, which is setting it up\)"):
        DataFolder(folder.root).set_up_alone()


@contextmanager
def a_desk_in_another_process(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold a folder's lock in a process of its own until the context ends."""
    program = f"""
import sys
from pathlib import Path
from desk.data_folder import DataFolder
folder = DataFolder(Path({str(root)!r}))
folder.lock({{"address": "elsewhere"}})
print("locked", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_desk_that_was_killed_keeps_nobody_out(folder: DataFolder) -> None:
    with a_desk_in_another_process(folder.root) as other:
        with pytest.raises(ConfigError, match=rf"\(process {other.pid}, elsewhere\)"):
            folder.lock({})
        other.kill()
        other.wait()
        folder.lock({"address": "here"})
        assert folder.holder()["address"] == "here"
