"""Whatever one changes, takes out, moves or puts in, `verify_ledger` names it (INV-18)."""

import pytest
from sqlalchemy import Engine, text

from db.session_pin import FILL_COLUMNS, MARK_COLUMNS
from db.tables import equity_daily, fills, metadata, orders
from db.verify import verify_ledger
from support.kept_books import intruder
from support.tampering import EDITS, undone, unfound

HOSTILE = {
    "date": ("'infinity'", "'-infinity'", "'4000-01-01 BC'"),
    "timestamp with time zone": ("'infinity'", "'-infinity'", "'20000-01-01'"),
    "numeric": ("'NaN'", "'Infinity'", "'1e4000'"),
    "double precision": ("'NaN'", "'-Infinity'"),
    "jsonb": ("'null'", "'5'", "'[[]]'", "'{\"x\": 1}'", "to_jsonb(10::numeric ^ 5000)"),
    "text": ("''", "chr(127)", "repeat('[', 20000)"),
}
STRIKES = 60


def test_sixty_random_strikes_are_all_named(engine: Engine) -> None:
    assert unfound(engine, STRIKES) == []


def test_the_strikes_reach_every_column_that_says_anything() -> None:
    outcome = {"status", "reason", "settled_session", "state"}
    for table, columns in EDITS.items():
        known = {column.name for column in metadata.tables[f"desk.{table}"].columns}
        assert set(columns) == known - (outcome if table == orders.name else set())


def test_what_pins_a_close_and_its_fills_covers_every_column() -> None:
    assert {column.name for column in equity_daily.columns} == set(MARK_COLUMNS)
    assert {column.name for column in fills.columns} == set(FILL_COLUMNS)


@pytest.mark.parametrize("table", sorted(EDITS))
def test_a_row_that_nobody_can_read_is_a_finding_and_not_an_error(engine: Engine, table: str) -> None:
    kinds = text(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'desk' AND table_name = :table"
    )
    with intruder(engine) as books:
        for constraint in books.execute(
            text(
                "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:name AS regclass)"
            ),
            {"name": f"desk.{table}"},
        ).scalars():
            books.execute(text(f"ALTER TABLE desk.{table} DROP CONSTRAINT {constraint}"))
        for column, kind in books.execute(kinds, {"table": table}).all():
            for value in HOSTILE.get(kind, ()) if column in EDITS[table] else ():
                with undone(books):
                    chosen = f"SELECT min(ctid) FROM desk.{table} WHERE {column} IS DISTINCT FROM {value}"
                    edit = f"UPDATE desk.{table} SET {column} = {value} WHERE ctid = ({chosen})"
                    if books.execute(text(edit)).rowcount:
                        assert verify_ledger(books), (column, value)
