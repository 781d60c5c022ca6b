"""Locks on files: one alone or many together, and gone when nobody holds a copy."""

import os
from pathlib import Path

from db.embedded_keeper import is_held
from db.file_lock import FileLock


def test_one_owner_keeps_all_others_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path):
        assert is_held(path)
        other = FileLock(path)
        assert not other.take(wait=False)
        assert not other.take(shared=True, wait=False)
        other.close()
    assert not is_held(path)


def test_many_may_share_and_the_last_one_may_own(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take(shared=True, wait=False)
    assert second.take(shared=True, wait=False)
    assert not first.take(wait=False)
    first.close()
    assert second.take(wait=False)
    second.close()


def test_a_copy_of_the_descriptor_keeps_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    lock.take()
    copy = os.dup(lock.descriptor)
    lock.close()
    lock.close()
    assert is_held(path)
    os.close(copy)
    assert not is_held(path)


def test_the_file_is_closed_to_others(tmp_path: Path) -> None:
    FileLock(tmp_path / "lock").close()
    assert (tmp_path / "lock").stat().st_mode & 0o077 == 0
