"""A database that goes away in the middle: what was being done is done over, and everything is there once."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from db.embedded import EmbeddedPostgres
from db.embedded_watch import watched
from db.engine import connect
from db.migrate import migrate
from desk.bootstrap import Desk, open_desk
from desk.worker import DeskWorker
from fund.errors import ConfigError
from graph.chat_events import ChatEvent, StepFinished, StepStarted
from support.database import DatabaseServer, own_database
from support.embedded import server_pid, wait_until_stopped
from support.kept_records import Kept, kept_in, kept_on
from support.players import SaidTargets, a_player, a_quiet_market
from support.started_desks import copy_folder, settings_for

pytest_plugins = ["support.desks"]

HISTORY = a_quiet_market()
DAYS = HISTORY.panel.sessions[5:13]
TARGETS = {
    DAYS[0]: {"AAA": "0.3", "BBB": "0.2"},
    DAYS[2]: {"BBB": "0", "CCC": "0.2"},
    DAYS[4]: {"AAA": "0.1"},
    DAYS[5]: {"CCC": "0", "BBB": "0.3"},
}
Disturb = Callable[[Engine], None]


def play(engine: Engine, disturb: Disturb | None = None) -> None:
    """Play every session; `disturb` strikes in the middle of each decision."""
    strategy = SaidTargets(TARGETS, meanwhile=lambda: disturb(engine) if disturb else None)
    with closing(a_player(engine, HISTORY)) as player:
        for session in DAYS:
            player.play(session, strategy)


def libpq(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def terminate_all(engine: Engine) -> None:
    """End every connection to the engine's database but our own."""
    with psycopg.connect(libpq(engine), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(database_server: DatabaseServer) -> Iterator[Kept]:
    """What the sessions come to when nothing goes wrong."""
    with own_database(database_server) as made:
        play(made)
        yield kept_on(libpq(made))


def test_connections_ended_in_every_decision_change_nothing(engine: Engine, undisturbed: Kept) -> None:
    play(engine, terminate_all)
    assert kept_on(libpq(engine)) == undisturbed
    assert len(undisturbed.tables["fills"]) == 7


@pytest.mark.parametrize("moment", ["before", "after"])
def test_connections_ended_at_every_third_commit_change_nothing(
    moment: str, engine: Engine, undisturbed: Kept
) -> None:
    """After the commit its answer is lost; what was done has to be found, and not done again."""
    seen: list[int] = []

    def strike(connection: Connection) -> None:
        seen.append(1)
        if len(seen) % 3 == 0:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            if moment == "after":
                driver.commit()
            driver.close()

    event.listen(engine, "commit", strike)
    play(engine)
    event.remove(engine, "commit", strike)
    assert len(seen) > 3 * len(DAYS)
    assert kept_on(libpq(engine)) == undisturbed


def test_a_server_killed_in_every_other_decision_changes_nothing(tmp_path: Path, undisturbed: Kept) -> None:
    folder = tmp_path / "postgres"
    struck: list[int] = []

    def kill(_engine: Engine) -> None:
        struck.append(1)
        if len(struck) % 2:
            os.kill(server_pid(folder), signal.SIGKILL)

    with EmbeddedPostgres(folder) as server, watched(server):
        migrate(server.url)
        engine = connect(server.url)
        play(engine, kill)
        assert kept_on(libpq(engine)) == undisturbed
        engine.dispose()
    assert len(struck) == len(DAYS)


def test_a_database_that_stays_away_is_said_in_a_sentence_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.engine.WAITS_SECONDS", (0.0,))
    folder = tmp_path / "postgres"
    with EmbeddedPostgres(folder) as server:
        migrate(server.url)
        engine = connect(server.url)

        def stop(_engine: Engine) -> None:
            os.kill(server_pid(folder), signal.SIGKILL)
            wait_until_stopped(folder)

        strategy = SaidTargets(meanwhile=lambda: stop(engine))
        with closing(a_player(engine, HISTORY)) as player:
            with pytest.raises(ConfigError, match=r"database went away .* did not happen"):
                player.play(DAYS[0], strategy)
            server.start()
            assert player.last_session() is None
            assert player.play(DAYS[0], SaidTargets(TARGETS)).record.status == "decided"
        engine.dispose()


def advanced(folder: Path, bundle: Path, disturb: Callable[[Desk, ChatEvent], None]) -> Kept:
    """Advance a copy of a started desk by three sessions, disturbed at its steps; return what it keeps."""
    with closing(open_desk(settings_for(folder, bundle))) as desk, closing(DeskWorker(desk)) as worker:
        due = desk.unplayed()[:3]
        summary = asyncio.run(worker.advance(3, lambda told: disturb(desk, told)))
        assert [played.session for played in summary.played] == list(due), summary.stopped
    return kept_in(folder)


def test_an_advance_of_the_whole_desk_outlives_its_database(
    first_start: Path, small_bundle: Path, tmp_path: Path
) -> None:
    left = copy_folder(first_start, tmp_path / "left")
    expected = advanced(left, small_bundle, lambda _desk, _told: None)
    struck: list[str] = []

    def strike(desk: Desk, told: ChatEvent) -> None:
        """Kill the server before the first role speaks, end every connection at some later steps."""
        if not isinstance(told, StepStarted | StepFinished) or told.step_id.count("/") != 1:
            return
        struck.append(told.step_id)
        if len(struck) == 1:
            os.kill(server_pid(folder / "postgres"), signal.SIGKILL)
        elif len(struck) in (5, 10, 15):
            terminate_all(desk.engine)

    folder = copy_folder(first_start, tmp_path / "struck")
    kept = advanced(folder, small_bundle, strike)
    assert len({date.fromisoformat(step.partition("/")[0].removeprefix("daily-")) for step in struck}) == 3
    assert kept.tables == expected.tables
