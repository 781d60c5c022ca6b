"""One embedded server and one migrated database per test run; every test module gets its own copy of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from db.embedded import EmbeddedPostgres
from db.engine import connect
from db.migrate import migrate

HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""A test run survives nothing, so it need not wait for the disk."""


class DatabaseServer:
    """A running server whose migrated database serves as the template for others."""

    def __init__(self, url: str) -> None:
        self._template = make_url(url)
        self._numbers = count(1)

    def clone(self) -> str:
        """Return the URL of a fresh copy of the migrated, empty database (about 50 ms)."""
        name = f"test_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, str(self._template.database))
        return self._template.set(database=name).render_as_string(hide_password=False)

    def empty(self) -> str:
        """Return the URL of a fresh database that was never migrated."""
        name = f"test_{next(self._numbers)}"
        self._run("CREATE DATABASE {}", name)
        return self._template.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a copy, whoever is still connected to it."""
        self._run("DROP DATABASE {} WITH (FORCE)", str(make_url(url).database))

    def _run(self, statement: str, *names: str) -> None:
        folder = str(self._template.query["host"])
        with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as admin:
            admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def own_database(server: DatabaseServer) -> Iterator[Engine]:
    """Connections to a database of the context's own, dropped at its end."""
    url = server.clone()
    made = connect(url)
    yield made
    made.dispose()
    server.drop(url)


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """The run's server, stopped when the run ends in any way."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    with EmbeddedPostgres(folder, settings=HASTY) as server:
        migrate(server.url)
        yield DatabaseServer(server.url)


@pytest.fixture(scope="module")
def database_url(database_server: DatabaseServer) -> Iterator[str]:
    """The module's own migrated database."""
    url = database_server.clone()
    yield url
    database_server.drop(url)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    """Connections to the module's database, as the application role."""
    made = connect(database_url)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose work is rolled back after the test."""
    with engine.connect() as made:
        yield made
        made.rollback()
