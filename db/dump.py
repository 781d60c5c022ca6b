"""A database as one file, taken at one moment while it is in use, and put back into an empty one."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from db.embedded_binaries import Account, binaries
from db.engine import parse_url
from db.heads import ChainHeads, chain_heads
from db.migrate import migrate
from fund.errors import ConfigError

SCHEMAS = ("desk", "chat", "graph", "ask")
OURSELVES = Account(user=None, group=None)
"""Clients of the server need not be its user."""
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
"""Parts of a connection by libpq's name, and the variables libpq reads them from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumped:
    """What the file holds."""

    heads: ChainHeads
    """Of the three chains, at the very moment the file shows."""
    revision: str
    """Of the schema."""


def dump(url: str, target: Path) -> Dumped:
    """Write a database to a file as it stands now; who works on it is not disturbed.

    Raises `ConfigError` saying what PostgreSQL's own program said.
    """
    engine = create_engine(parse_url(url), poolclass=NullPool, isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        revision = connection.execute(text("SELECT version_num FROM desk.alembic_version")).scalar_one()
        found = Dumped(heads=chain_heads(connection), revision=revision)
        schemas = [f"--schema={name}" for name in SCHEMAS]
        _run(url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}", *schemas)
    return found


def load(url: str, source: Path) -> ChainHeads:
    """Put a dumped database into an empty one, bring it to this program's schema and return its heads.

    All of it is there afterwards, or nothing. Raises `ConfigError` for a database that is not empty, and
    for what PostgreSQL's own program refuses.
    """
    _require_empty(url)
    migrate(url)  # for the roles, which belong to the server and are in no dump
    clear(url)
    where = conninfo_to_dict(_conninfo(url)).get("dbname", "desk")
    _run(url, "pg_restore", "--single-transaction", "--no-owner", f"--dbname={where}", str(source))
    migrate(url)
    engine = create_engine(parse_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
        return chain_heads(connection)


def clear(url: str) -> None:
    """Take everything of a desk out of a database that was made for a restore."""
    with psycopg.connect(_conninfo(url), autocommit=True) as connection:
        for name in SCHEMAS:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))


def _require_empty(url: str) -> None:
    with psycopg.connect(_conninfo(url)) as connection:
        there = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(SCHEMAS)]
        ).fetchone()
    if there is not None:
        raise ConfigError(
            f"expected an empty database to restore into, found schema {there[0]!r}; make a new database, "
            "and set DESK_DATABASE_URL to it"
        )


def _run(url: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; the connection goes into its environment: others read command lines."""
    parts = conninfo_to_dict(_conninfo(url))
    told = {_VARIABLES[name]: str(value) for name, value in parts.items() if name in _VARIABLES}
    command = [str(binaries(OURSELVES) / program), *arguments]
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, and arguments of our own
        command, env={"PATH": os.defpath, **told}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigError(f"{program} gave up: {' '.join(done.stderr.split())[:600]}")


def _conninfo(url: str) -> str:
    return parse_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
