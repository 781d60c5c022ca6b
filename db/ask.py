"""Runs one SELECT over the views of schema `ask`: read-only, weighed first, in time, cut to size, undone."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.ask_powers import complaints
from db.ask_statement import MAX_ROWS, around, described, executed, read_rows, weigh
from db.ask_tables import ASK_ROLE, ASK_SCHEMA
from db.engine import parse_url
from fund.errors import QueryRefusedError

log = logging.getLogger("conclave.ask")
MAX_COLUMNS = 40
CELL_CHARACTERS = 1_000

_LIMITS = """
SET LOCAL statement_timeout = {patience};
SET LOCAL lock_timeout = '500ms';
SET LOCAL idle_in_transaction_session_timeout = '10s';
SET LOCAL work_mem = '8MB';
SET LOCAL hash_mem_multiplier = 1;
SET LOCAL search_path = ask;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL standard_conforming_strings = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL jit = off
"""
_TEMPORARY = "SET LOCAL temp_file_limit = '64MB'"
_KINDS = {16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "float", 701: "float"}
_KINDS |= {1700: "numeric", 1082: "date", 1114: "time", 1184: "time"}
_VIEWS = """
SELECT c.relname, obj_description(c.oid, 'pg_class'), a.attname, format_type(a.atttypid, a.atttypmod),
       col_description(c.oid, a.attnum)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskColumn:
    """A column a question may name."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """A view a question may read, as its comments document it."""

    name: str
    comment: str
    columns: tuple[AskColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRows:
    """What a statement returned: cells are the server's own text, cut to size."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    """boolean, integer, float, numeric, date, time or text, one a column."""
    rows: tuple[tuple[str | None, ...], ...]
    truncated: bool


class AskDatabase:
    """A small pool of connections that can read the views and do nothing else; close it at the end.

    Where the server lets the role in by itself (the desk's own does), the session is the role's; elsewhere
    the desk's login takes the role for each transaction. `checked=False` leaves out the check of the role's
    powers: for tests that take its protection away.
    """

    def __init__(
        self, url: str, *, role: str = ASK_ROLE, checked: bool = True, patience_ms: int = 3_000
    ) -> None:
        self._url = parse_url(url)
        self._role = role
        self._checked = checked
        self._limits = _LIMITS.format(patience=patience_ms)
        self._opening = Lock()
        self._engine: Engine | None = None
        self._is_own_session = False
        self._views: tuple[AskView, ...] = ()

    def views(self) -> tuple[AskView, ...]:
        """Return the views with their columns and comments, in alphabetical order."""
        if not self._views:
            with self._transaction() as connection:
                self._views = _gathered(connection.execute(_VIEWS, [ASK_SCHEMA]).fetchall())
        return self._views

    def run(self, sql: str) -> AskedRows:
        """Return the first rows of one SELECT; nothing it does outlives the call.

        Raises `QueryRefusedError` with a general sentence; the log has the server's own.
        """
        with self._transaction() as connection:
            shape = described(connection, around("*", sql, "answer"))
            names = [(shape.fname(i) or b"").decode() for i in range(shape.nfields)]
            if not 0 < len(names) <= MAX_COLUMNS:
                raise QueryRefusedError(f"an answer has 1 to {MAX_COLUMNS} columns, this has {len(names)}")
            cells = ", ".join(
                f"pg_catalog.left(c{i}::pg_catalog.text, {CELL_CHARACTERS})" for i in range(len(names))
            )
            aliases = ", ".join(f"c{i}" for i in range(len(names)))
            bounded = f"{around(cells, sql, f'answer({aliases})')} LIMIT {MAX_ROWS + 1}"
            weigh(executed(connection, f"EXPLAIN (FORMAT JSON) {bounded}"), sql)
            rows, truncated = read_rows(executed(connection, bounded))
            kinds = tuple(_KINDS.get(shape.ftype(i), "text") for i in range(len(names)))
        return AskedRows(columns=tuple(names), kinds=kinds, rows=rows, truncated=truncated)

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        if self._engine is not None:
            self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        """Give a connection inside a read-only, limited transaction as the role; nothing of it stays."""
        try:
            pooled = self._opened().raw_connection()
        except PoolTimeoutError:
            raise QueryRefusedError("too many questions over the records at once; ask again") from None
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        clean = False
        try:
            connection.execute("BEGIN READ ONLY")
            self._limit(connection)
            if self._checked and not pooled.info.get("checked"):
                self._require_harmless(connection)
                pooled.info["checked"] = True
            yield connection
            clean = True
        except QueryRefusedError:
            clean = True
            raise
        finally:
            if clean:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                    connection.execute("DISCARD ALL")
                    clean = False
            if clean or connection.closed or connection.info.transaction_status:
                pooled.invalidate()
            pooled.close()

    def _limit(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(self._limits)
        if self._is_own_session:
            return
        with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(_TEMPORARY)
        try:
            connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(self._role)))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue) as error:
            log.warning("the role %s cannot be taken: %s", self._role, error)
            raise _unsafe() from None

    def _require_harmless(self, connection: psycopg.Connection[Any]) -> None:
        found = complaints(connection, self._role, ASK_SCHEMA)
        if found:
            log.warning("SQL questions are refused: %s", "; ".join(found))
            raise _unsafe()

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine, self._is_own_session = self._open()
            return self._engine

    def _open(self) -> tuple[Engine, bool]:
        """Return a pool of the role's own sessions if the server lets it in, else of the login's."""
        if str(self._url.query.get("host", "")).startswith("/") and not self._url.password:
            own = _pool(self._url.set(username=self._role))
            try:
                own.raw_connection().close()
            except OperationalError:
                own.dispose()
            else:
                return own, True
        login = _pool(self._url)
        login.raw_connection().close()
        return login, False


def _pool(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=2,
        max_overflow=1,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_reset_on_return=None,
        connect_args={"connect_timeout": 5, "application_name": "desk-ask"},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.autocommit = True
        connection.prepare_threshold = None

    return engine


def _gathered(found: Sequence[tuple[Any, ...]]) -> tuple[AskView, ...]:
    columns: dict[str, list[AskColumn]] = {}
    comments: dict[str, str] = {}
    for view, about, name, kind, comment in found:
        comments[view] = about or ""
        columns.setdefault(view, []).append(AskColumn(name=name, type=kind, comment=comment or ""))
    return tuple(AskView(name=name, comment=comments[name], columns=tuple(columns[name])) for name in columns)


def _unsafe() -> QueryRefusedError:
    return QueryRefusedError(
        "SQL questions are switched off: the role they run as could do more than read on this database "
        "server (the log says what); the other questions work"
    )
