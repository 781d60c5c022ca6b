"""Backups in a folder: when the next is due, and what counts as one."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.backup_rota import back_up_into, due_in, name_of
from desk.progress import silent
from desk.settings import Settings
from fund.errors import ConfigError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def test_the_first_is_due_at_once_and_the_next_a_day_after_the_last(tmp_path: Path) -> None:
    assert due_in(tmp_path, DAY, NOW) == timedelta(0)
    for hours in (50, 5, 30):
        (tmp_path / name_of(NOW - timedelta(hours=hours))).touch()
    assert due_in(tmp_path, DAY, NOW) == timedelta(hours=19)
    assert due_in(tmp_path, timedelta(hours=5), NOW) == timedelta(0)


@pytest.mark.parametrize(
    "name", ["conclave-2026-03-02T1100.tar.gz.part", "conclave-x.tar.gz", "mine.tar.gz", ".backup-1"]
)
def test_what_is_not_named_as_a_backup_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert due_in(tmp_path, DAY, NOW) == timedelta(0)


def test_a_folder_of_that_name_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / name_of(NOW)).mkdir()
    assert due_in(tmp_path, DAY, NOW) == timedelta(0)


@given(st.integers(0, 4_000_000_000), st.timezones())
def test_a_name_is_the_minute_in_utc_and_sorts_as_time_does(seconds: int, zone: tzinfo) -> None:
    moment = datetime.fromtimestamp(seconds, zone)
    assert name_of(moment) == name_of(moment.astimezone(UTC))
    assert name_of(moment) < name_of(moment.astimezone(UTC) + timedelta(minutes=1))


def test_without_its_folder_nothing_is_written_and_nothing_removed(tmp_path: Path) -> None:
    settings = Settings.load(env_file=None, data_dir=tmp_path / "none")
    with pytest.raises(ConfigError, match="expected a folder for backups, found none"):
        back_up_into(settings, tmp_path / "nowhere", 1, NOW, silent)
    with pytest.raises(ConfigError, match="make it first"):
        due_in(tmp_path / "nowhere", DAY, NOW)
    kept = tmp_path / name_of(NOW - DAY)
    kept.touch()
    with pytest.raises(ConfigError, match="no desk has been started"):
        back_up_into(settings, tmp_path, 1, NOW, silent)
    assert kept.exists()
