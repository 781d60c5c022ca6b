"""A disk that fills up in the middle: what cannot be kept is refused, and what was kept stays."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from db.embedded import EmbeddedPostgres
from db.embedded_watch import watched
from db.engine import connect
from db.migrate import migrate
from desk.cycle import SessionPlayer
from fund.errors import ConfigError
from support.database import DatabaseServer, own_database
from support.kept_records import Kept, kept_on
from support.players import SaidTargets, a_player, a_quiet_market

HISTORY = a_quiet_market()
DAYS = HISTORY.panel.sessions[5:17]
TARGETS = {day: {"AAA": f"0.{place % 3 + 1}", "BBB": "0.2"} for place, day in enumerate(DAYS)}
DISK = "160m"
FULL_AT = 4
"""The session in whose decision the disk fills up."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def calm(database_server: DatabaseServer) -> Iterator[Kept]:
    with own_database(database_server) as engine:
        with closing(a_player(engine, HISTORY)) as player:
            for day in DAYS:
                player.play(day, SaidTargets(TARGETS))
        yield kept_on(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))


def fill(disk: Path) -> Path:
    """Take all that is left of a disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 65536):
                pass
        except OSError:
            pass
    assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize < 65536
    return ballast


def played_until_refused(player: SessionPlayer) -> tuple[str, date]:
    """Play on until the desk says why it cannot; return that and the last session it kept."""
    last = DAYS[FULL_AT - 1]
    for day in DAYS[FULL_AT:]:
        try:
            player.play(day, SaidTargets(TARGETS))
        except ConfigError as refused:
            return str(refused), last
        last = day
    raise AssertionError("expected a full disk to stop the desk, it went on")


def test_a_full_disk_stops_the_desk_in_a_sentence_and_loses_nothing(small_disk: Path, calm: Kept) -> None:
    with EmbeddedPostgres(small_disk / "postgres") as server, watched(server):
        migrate(server.url)
        engine = connect(server.url)
        with closing(a_player(engine, HISTORY)) as player:
            for day in DAYS[:FULL_AT]:
                player.play(day, SaidTargets(TARGETS))
            ballast = fill(small_disk)
            said, last = played_until_refused(player)
        assert "no room to work" in said or "did not happen" in said
        engine.dispose()
        ballast.unlink()
        server.start()
        engine = connect(server.url)
        with closing(a_player(engine, HISTORY, owner="after")) as player:
            assert player.last_session() == last
            for day in [day for day in DAYS if day > last]:
                player.play(day, SaidTargets(TARGETS))
        kept = kept_on(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        engine.dispose()
    assert kept == calm
