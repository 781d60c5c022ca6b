"""Connections to the desk's database, and the transactions that are its only way to change."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from db.column_types import dump_json
from db.tables import APPLICATION_ROLE
from fund.errors import ConfigError, LedgerError

T = TypeVar("T")

DRIVER = "postgresql+psycopg"
MONEY_STATES = {"DK001", "DK002"}
"""SQLSTATEs of our own triggers: an unbalanced transaction, a change to what was recorded."""
WAITS_SECONDS = (0.1, 0.4, 1.0, 2.0, 4.0)
"""How long to wait before each further attempt to reach a server that was there before."""
ATTEMPTS = 3
"""How often work is done over whose connection was lost on the way."""
GOING_AWAY = {"57P01", "57P02", "57P03"}
"""SQLSTATEs of a server that shuts down, crashes or starts."""
NO_ROOM = "53"
"""Class of SQLSTATEs of a server without disk, memory or connections."""

_SETTINGS = """
SELECT set_config('timezone', 'UTC', false),
       set_config('statement_timeout', %(timeout)s, false),
       set_config('lock_timeout', %(timeout)s, false),
       set_config('idle_in_transaction_session_timeout', '600s', false),
       set_config('cursor_tuple_fraction', '1', false),
       set_config('work_mem', '32MB', false),
       set_config('hnsw.iterative_scan', 'relaxed_order', false),
       set_config('hnsw.ef_search', '64', false)
"""
"""What is streamed is read to its end: a plan made for the first tenth of it takes twenty times as long.
The graph of neighbours is walked on until enough of what it finds is under the filter."""
_ROLE = """
SELECT set_config('role', rolname, false) FROM pg_roles
WHERE rolname = %(role)s AND pg_has_role(session_user, oid, 'SET')
"""


def connect(
    url: str, *, statement_timeout_seconds: int = 30, role: str | None = APPLICATION_ROLE, pool_size: int = 5
) -> Engine:
    """Return an engine whose connections work in UTC, within a time limit, as the application role.

    A server that was there once is waited for while it restarts. The role cannot update or delete what
    was recorded; a login that may not take it keeps its own rights, and the triggers still refuse. Raises
    `ConfigError` at once when the database cannot be reached; the message never holds the password.
    """
    target = parse_url(url)
    engine = create_engine(
        target,
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=15,
        json_serializer=dump_json,
        connect_args={"connect_timeout": 5},
    )
    timeout = f"{statement_timeout_seconds}s"
    waits: list[float] = []

    @event.listens_for(engine, "do_connect")
    def reach(dialect: Dialect, _record: object, arguments: Any, named: Any) -> DBAPIConnection:
        for seconds in waits:
            try:
                return dialect.connect(*arguments, **named)
            except psycopg.OperationalError:
                time.sleep(seconds)
        return dialect.connect(*arguments, **named)

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SETTINGS, {"timeout": timeout})
            if role is not None:
                cursor.execute(_ROLE, {"role": role})
        connection.commit()

    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        engine.dispose()
        raise unreachable(target, error) from None
    waits.extend(WAITS_SECONDS)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose work is committed whole, or not at all.

    Raises `LedgerError` where the database itself refuses: entries that do not sum to zero, a change
    to a record.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error) and error.orig.sqlstate in MONEY_STATES:
            raise LedgerError(f"the database refused a change of the books: {error.orig}") from error
        raise


def in_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do the work in one transaction, and again when the connection was lost on the way.

    The outcome of a commit whose answer was lost is unknown, so `work` must be idempotent, as every
    write of this room is but the confirmation of a command.
    """

    def attempt() -> T:
        with transaction(engine) as connection:
            return work(connection)

    return again_when_lost(attempt)


def again_when_lost(work: Callable[[], T]) -> T:
    """Do idempotent work, and again when a connection to the database was lost in the middle of it."""
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except (DBAPIError, psycopg.OperationalError) as error:
            if not is_lost(error):
                raise
    return work()


def is_lost(error: DBAPIError | psycopg.Error) -> bool:
    """Return whether a connection that was open is gone, rather than a statement refused or none made."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    state = error.sqlstate
    return type(error) is psycopg.OperationalError or state in GOING_AWAY


def trouble(error: DBAPIError | psycopg.Error) -> ConfigError:
    """Return in one sentence what the owner can do about a database that refuses its work."""
    said = error.orig if isinstance(error, DBAPIError) else error
    state = (said.sqlstate if isinstance(said, psycopg.Error) else None) or ""
    cause = " ".join(str(said).split())
    if state.startswith(NO_ROOM):
        return ConfigError(f"the database has no room to work ({cause}); free some and start again")
    return ConfigError(
        f"the database went away or refused its work ({cause}); what was not committed did not happen, "
        "start again once the server runs"
    )


def parse_url(url: str) -> URL:
    """Return the URL with the desk's driver; raises `ConfigError` without repeating what was given."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "DESK_DATABASE_URL must look like postgresql://user:password@host:5432/desk; what is set cannot "
            "be read (a password with special characters must be percent-encoded)"
        ) from None
    if parsed.drivername not in {"postgres", "postgresql", DRIVER}:
        raise ConfigError(f"DESK_DATABASE_URL must be of PostgreSQL, was of {parsed.drivername!r}")
    return parsed.set(drivername=DRIVER)


def unreachable(url: URL, error: DBAPIError) -> ConfigError:
    """Return the error that says which database gave no connection, and why, without its password."""
    said = " ".join(str(error.orig).split())
    if url.password:
        said = said.replace(str(url.password), "***")
    return ConfigError(
        f"the database {url.render_as_string(hide_password=True)} cannot be reached: {said}; "
        "check DESK_DATABASE_URL and that the server runs"
    )
