"""Inserts of many rows in one statement, and those that may be delivered twice (INV-5)."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import Connection, RowMapping, Table, TextClause, select, text, tuple_

from db.column_types import is_storable, storable_within
from fund.errors import LedgerError

Row = Mapping[str, object]


def insert_all(connection: Connection, table: Table, rows: Sequence[Row]) -> set[tuple[object, ...]]:
    """Insert the rows whose key is not there yet and return the keys of those that were new.

    All rows have the same columns and travel as one JSON parameter, numbers as strings, so that they
    arrive exactly: the statement stays the same for any number of rows, and is prepared once.
    """
    if not rows:
        return set()
    try:
        sent = _sent(rows)
    except ValueError as error:
        raise LedgerError(
            f"a row of {table.name} must hold finite figures, was one of {rows!r:.400}"
        ) from error
    if not is_storable(sent):
        sent = _sent(storable_within(rows))
    return {tuple(row) for row in connection.execute(_statement(table, tuple(rows[0])), {"rows": sent})}


def insert_once(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows that are not there yet and return their number.

    A row that is there with the same content is left as it is; one with other content raises
    `LedgerError`: an id is a pure function of its cause, so the same id cannot mean two things.
    """
    inserted = insert_all(connection, table, rows)
    delivered_before = [row for row in rows if _key(table, row) not in inserted]
    if delivered_before:
        _require_same(connection, table, delivered_before)
    return len(inserted)


@cache
def _statement(table: Table, columns: tuple[str, ...]) -> TextClause:
    listed = ", ".join(f'"{column}"' for column in columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    return text(
        f"INSERT INTO {table.fullname} ({listed}) "  # noqa: S608 - names of our own tables
        f"SELECT {listed} FROM json_populate_recordset(NULL::{table.fullname}, CAST(:rows AS json)) "
        f"ON CONFLICT ({keys}) DO NOTHING RETURNING {keys}"
    )


def _sent(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=_spelled, ensure_ascii=False, allow_nan=False)


def _spelled(value: object) -> str:
    match value:
        case Decimal():
            return str(value)
        case date() | datetime():
            return value.isoformat()
        case _:
            raise TypeError(f"expected a value that a row can hold, found {value!r}")


def _key(table: Table, row: Row | RowMapping) -> tuple[object, ...]:
    return tuple(dict(row)[column.name] for column in table.primary_key.columns)


def _require_same(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    keys = list(table.primary_key.columns)
    found = connection.execute(select(table).where(tuple_(*keys).in_([_key(table, row) for row in rows])))
    stored = {_key(table, row): row for row in found.mappings()}
    for row in rows:
        existing = stored[_key(table, row)]
        for name, value in row.items():
            if existing[name] != value:
                raise LedgerError(
                    f"{table.name} {_key(table, row)!r} was recorded with {name} {existing[name]!r} and came "
                    f"again with {value!r}; the first stays, find out which of the two is wrong"
                )
