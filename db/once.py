"""Inserts that may be delivered twice (INV-5)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, Table, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from fund.errors import LedgerError

Row = Mapping[str, object]


def insert_once(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows that are not there yet and return their number.

    A row that is there with the same content is left as it is; one with other content raises
    `LedgerError`: an id is a pure function of its cause, so the same id cannot mean two things.
    """
    if not rows:
        return 0
    keys = list(table.primary_key.columns)
    statement = insert(table).on_conflict_do_nothing(index_elements=keys).returning(*keys)
    inserted = {tuple(row) for row in connection.execute(statement, list(rows))}
    delivered_before = [row for row in rows if _key(table, row) not in inserted]
    if delivered_before:
        _require_same(connection, table, delivered_before)
    return len(inserted)


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
