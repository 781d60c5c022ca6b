"""Brings a database to the present schema, or says why it cannot be."""

from functools import cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from db.engine import parse_url, unreachable
from fund.errors import ConfigError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x434F4E43
"""Advisory lock: two desks that start together migrate one after the other."""
OLDEST_SERVER = 16


def migrate(url: str) -> str:
    """Upgrade schemas desk and chat to the newest revision and return it; a second call changes nothing.

    Raises `ConfigError` for a database that a newer desk has migrated, that is too old, lacks pgvector
    or holds what is in the way, for a login that may not do it, or when it cannot be reached.
    """
    target = parse_url(url)
    engine = create_engine(target, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            check_server(int(connection.execute(text("SHOW server_version_num")).scalar_one()))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
            connection.commit()
            return _upgrade(connection)
    except OperationalError as error:
        raise unreachable(target, error) from None
    except (DBAPIError, psycopg.Error) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise ConfigError(f"the database cannot be prepared for the desk: {said}") from error
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """Return the revision a database is at; None for one that no desk has prepared."""
    if connection.execute(text("SELECT to_regclass('desk.alembic_version')")).scalar() is None:
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM desk.alembic_version")).scalar()
    return found


@cache
def newest_revision() -> str:
    """Return the revision this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def check_server(version_number: int) -> None:
    """Raise `ConfigError` for a server too old for the schema, given as PostgreSQL's own number (160004)."""
    if version_number < OLDEST_SERVER * 10_000:
        raise ConfigError(
            f"the database server must be PostgreSQL {OLDEST_SERVER} or newer, was "
            f"{version_number // 10_000}; upgrade it, or unset DESK_DATABASE_URL to use the embedded one"
        )


def _upgrade(connection: Connection) -> str:
    config = _config()
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    assert head is not None
    found = _revision(connection)
    if found == head:
        return head
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigError(
            f"the database is at revision {found!r}, this desk knows up to {head!r}; "
            "use the newer desk that migrated it, or another database"
        )
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS desk"))
    connection.commit()
    command.upgrade(config, "head")
    connection.commit()
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "desk"})
    found = context.get_current_revision()
    connection.rollback()
    return found
