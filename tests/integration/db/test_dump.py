"""A database as one file: taken while it is written to, put back whole into an empty one, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.dump import clear, dump, load
from db.engine import connect, in_transaction, transaction
from db.events import Events
from db.heads import chain_heads
from fund.errors import ConfigError
from support.database import DatabaseServer
from support.records import an_event


@pytest.fixture
def empty_url(database_server: DatabaseServer) -> Iterator[str]:
    url = database_server.empty()
    yield url
    database_server.drop(url)


def test_what_was_dumped_is_put_back_with_its_chains_and_its_roles(
    engine: Engine, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    with transaction(engine) as connection:
        Events(connection).append([an_event("a"), an_event("b")])
    dumped = dump(database_url, tmp_path / "dump")
    with transaction(engine) as connection:
        Events(connection).append([an_event("later")])
    assert load(empty_url, tmp_path / "dump") == dumped.heads
    again = connect(empty_url)
    try:
        with transaction(again) as connection:
            assert [each.event.event_id for each in Events(connection).since(0)] == ["a", "b"]
            Events(connection).append([an_event("c")])
        assert in_transaction(again, chain_heads) != dumped.heads
    finally:
        again.dispose()


def test_a_database_that_holds_a_desk_is_not_restored_into(database_url: str, tmp_path: Path) -> None:
    dump(database_url, tmp_path / "dump")
    with pytest.raises(ConfigError, match=r"expected an empty database to restore into, found schema '\w+'"):
        load(database_url, tmp_path / "dump")


def test_a_dump_that_is_none_leaves_the_database_as_empty_as_it_was(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(b"hello")
    with pytest.raises(ConfigError, match=r"pg_restore gave up: .*not appear to be a valid archive"):
        load(empty_url, tmp_path / "dump")
    with pytest.raises(ConfigError, match="pg_restore gave up"):
        load(empty_url, tmp_path / "dump")


def test_a_database_is_cleared_for_another_try(database_url: str, empty_url: str, tmp_path: Path) -> None:
    dump(database_url, tmp_path / "dump")
    load(empty_url, tmp_path / "dump")
    clear(empty_url)
    load(empty_url, tmp_path / "dump")


def test_what_cannot_be_written_is_said_in_postgresqls_words(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pg_dump gave up: .*No such file or directory"):
        dump(database_url, tmp_path / "no" / "dump")
