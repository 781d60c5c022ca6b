"""No row of the two chains is edited, taken out, moved or slipped in without being named (INV-18)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, text

from db.chain import link
from db.decisions import CHAINED, Decisions
from db.tables import cycles, journal_transactions
from db.verify import verify_ledger
from support.kept_books import intruder

TEXT, DAY, MOMENT = "{} || 'x'", "{} + 1", "{} + interval '1 microsecond'"
ANOTHER_HASH = "translate({}, '0123456789abcdef', '123456789abcdef0')"
CYCLES: Mapping[str, str] = {
    "cycle_id": TEXT,
    "job": TEXT,
    "slot": TEXT,
    "session": DAY,
    "as_of": MOMENT,
    "strategy": TEXT,
    "status": "CASE {} WHEN 'held' THEN 'decided' ELSE 'held' END",
    "cause": "coalesce({}, '') || 'x'",
    "record": "replace({}, 'cheap', 'dear')",
    "inputs": """{} || '{{"data_version": "v2"}}'""",
    "recorded_at": MOMENT,
    "previous_hash": ANOTHER_HASH,
    "hash": ANOTHER_HASH,
}
TRANSACTIONS: Mapping[str, str] = {
    "kind": TEXT,
    "session": DAY,
    "at": MOMENT,
    "memo": TEXT,
    "previous_hash": ANOTHER_HASH,
    "hash": ANOTHER_HASH,
}
ENTRIES: Mapping[str, str] = {
    "account": "CASE {} WHEN 'cash' THEN 'fees' ELSE 'cash' END",
    "ticker": "coalesce({}, '') || 'x'",
    "amount": "{} + 0.000000000001",
    "quantity": "{} - 0.000000000001",
    "lot": "{} || 'x'",
}
KEYS: Mapping[str, tuple[Table, str]] = {
    "cycles": (cycles, "cycle_id"),
    "journal_transactions": (journal_transactions, "transaction_id"),
}
places = st.integers(0, 1_000)


@pytest.fixture(scope="module")
def books(engine: Engine) -> Iterator[Connection]:
    """Books that every example works on within a savepoint."""
    with intruder(engine) as connection:
        yield connection


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Take back whatever is done inside."""
    with connection.begin_nested() as savepoint:
        yield
        savepoint.rollback()


def ids(connection: Connection, table: str) -> list[str]:
    """The names of a chain's rows in their order."""
    return list(connection.execute(text(f"SELECT {KEYS[table][1]} FROM desk.{table} ORDER BY seq")).scalars())


def named(connection: Connection) -> list[tuple[str, str]]:
    return [(finding.table, finding.row) for finding in verify_ledger(connection)]


def test_the_columns_tried_here_are_all_that_are_chained() -> None:
    assert {*CYCLES, "seq"} == {*CHAINED, "previous_hash", "hash"} == {column.name for column in cycles.c}
    assert {*TRANSACTIONS, "transaction_id", "seq"} == {column.name for column in journal_transactions.c}


@pytest.mark.parametrize("column", sorted(CYCLES))
def test_any_edit_of_any_decision_is_named(books: Connection, column: str) -> None:
    for place, cycle_id in enumerate(ids(books, "cycles")):
        with undone(books):
            edit = f"UPDATE desk.cycles SET {column} = {CYCLES[column].format(column)} WHERE cycle_id = :id"
            assert books.execute(text(edit), {"id": cycle_id}).rowcount == 1
            assert named(books) == [("cycles", ids(books, "cycles")[place])]


@pytest.mark.parametrize("column", sorted(TRANSACTIONS))
def test_any_edit_of_any_transaction_is_named(books: Connection, column: str) -> None:
    for transaction_id in ids(books, "journal_transactions"):
        with undone(books):
            change = TRANSACTIONS[column].format(column)
            edit = f"UPDATE desk.journal_transactions SET {column} = {change} WHERE transaction_id = :id"
            books.execute(text(edit), {"id": transaction_id})
            assert named(books) == [("journal_transactions", transaction_id)]


@pytest.mark.parametrize("column", sorted(ENTRIES))
def test_any_edit_of_any_entry_is_named(books: Connection, column: str) -> None:
    for transaction_id in ids(books, "journal_transactions"):
        with undone(books):
            edit = (
                f"UPDATE desk.journal_entries SET {column} = {ENTRIES[column].format(column)} "
                "WHERE transaction_id = :id AND line = 1"
            )
            assert books.execute(text(edit), {"id": transaction_id}).rowcount == 1
            assert named(books) == [("journal_transactions", transaction_id)]


def test_entries_that_cancel_out_are_not_slipped_into_a_transaction_of_the_past(books: Connection) -> None:
    for transaction_id in ids(books, "journal_transactions"):
        with undone(books):
            slip = (
                "INSERT INTO desk.journal_entries (transaction_id, line, account, ticker, amount, quantity) "
                "VALUES (:id, 98, 'cash', NULL, 5, 0), (:id, 99, 'fees', NULL, -5, 0)"
            )
            books.execute(text(slip), {"id": transaction_id})
            assert named(books) == [("journal_transactions", transaction_id)]


def test_an_amount_moved_from_one_entry_to_the_other_is_named(books: Connection) -> None:
    for transaction_id in ids(books, "journal_transactions"):
        with undone(books):
            move = (
                "UPDATE desk.journal_entries SET amount = amount + CASE line WHEN 0 THEN 1 ELSE -1 END "
                "WHERE transaction_id = :id AND line IN (0, 1)"
            )
            books.execute(text(move), {"id": transaction_id})
            assert named(books) == [("journal_transactions", transaction_id)]


def take_out(connection: Connection, table: str, row_id: str) -> None:
    key = KEYS[table][1]
    if table == "journal_transactions":
        connection.execute(
            text("DELETE FROM desk.journal_entries WHERE transaction_id = :id"), {"id": row_id}
        )
    connection.execute(text(f"DELETE FROM desk.{table} WHERE {key} = :id"), {"id": row_id})


@pytest.mark.parametrize("table", sorted(KEYS))
def test_a_row_taken_out_is_missed_where_the_next_one_stands(books: Connection, table: str) -> None:
    rows = ids(books, table)
    for gone, after in pairwise(rows):
        with undone(books):
            take_out(books, table, gone)
            assert named(books) == [(table, after)]


@pytest.mark.parametrize("table", sorted(KEYS))
@given(place=places, other=places)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_rows_that_change_places_are_named_at_the_first_place(
    books: Connection, table: str, place: int, other: int
) -> None:
    rows = ids(books, table)
    first, second = sorted((place % len(rows), other % len(rows)))
    if first == second:
        return
    with undone(books):
        for seq in (
            f"CASE seq WHEN {first + 1} THEN {-second - 1} WHEN {second + 1} THEN {-first - 1} ELSE seq END",
            "abs(seq)",
        ):
            books.execute(text(f"UPDATE desk.{table} SET seq = {seq}"))
        assert named(books) == [(table, rows[second])]


@pytest.mark.parametrize("table", sorted(KEYS))
@given(start=places, length=st.integers(1, 5))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_taken_out_with_the_numbers_closed_up_are_still_missed(
    books: Connection, table: str, start: int, length: int
) -> None:
    rows = ids(books, table)
    first = start % (len(rows) - 1)
    last = min(first + length, len(rows) - 1)
    with undone(books):
        for gone in rows[first:last]:
            take_out(books, table, gone)
        books.execute(text(f"UPDATE desk.{table} SET seq = -seq WHERE seq > {last}"))
        books.execute(text(f"UPDATE desk.{table} SET seq = -seq - {last - first} WHERE seq < 0"))
        assert named(books) == [(table, rows[last])]


def slip_in(connection: Connection, place: int, *, honest: bool) -> None:
    """Put a copy of a decision under another name at a place; an honest forger gives it its proper hash."""
    connection.execute(text(f"UPDATE desk.cycles SET seq = -seq - 1 WHERE seq > {place}"))
    connection.execute(text("UPDATE desk.cycles SET seq = -seq WHERE seq < 0"))
    source = connection.execute(text("SELECT * FROM desk.cycles WHERE seq = 1")).mappings().one()
    before = connection.execute(text(f"SELECT hash FROM desk.cycles WHERE seq = {place}")).scalar_one()
    forged = {**source, "cycle_id": "forged", "slot": "forged", "seq": place + 1}
    proper = link(before, {name: forged[name] for name in CHAINED})
    connection.execute(
        cycles.insert(),
        {**forged, "previous_hash": before, "hash": proper if honest else "0" * 64},
    )


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_decision_slipped_in_is_named(books: Connection, place: int) -> None:
    with undone(books):
        slip_in(books, place, honest=False)
        assert named(books) == [("cycles", "forged")]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_decision_slipped_in_with_a_proper_hash_breaks_the_chain_behind_it(
    books: Connection, place: int
) -> None:
    after = ids(books, "cycles")[place]
    with undone(books):
        slip_in(books, place, honest=True)
        assert named(books) == [("cycles", after)]


def test_the_head_tells_apart_what_only_its_end_differs_in(books: Connection) -> None:
    head = Decisions(books).head()
    with undone(books):
        take_out(books, "cycles", "cycle-3")
        assert Decisions(books).head() != head
    with undone(books):
        slip_in(books, 4, honest=True)
        assert Decisions(books).head() != head
    assert Decisions(books).head() == head
    assert named(books) == []


def test_a_chain_rewritten_to_its_end_is_not_the_one_whose_head_was_told(books: Connection) -> None:
    head = Decisions(books).head()
    with undone(books):
        books.execute(text("UPDATE desk.cycles SET strategy = 'luck' WHERE seq = 2"))
        previous = books.execute(text("SELECT hash FROM desk.cycles WHERE seq = 1")).scalar_one()
        for seq in (2, 3, 4):
            row = books.execute(text(f"SELECT * FROM desk.cycles WHERE seq = {seq}")).mappings().one()
            proper = link(previous, {name: row[name] for name in CHAINED})
            change = cycles.update().where(cycles.c.seq == seq).values(previous_hash=previous, hash=proper)
            books.execute(change)
            previous = proper
        assert Decisions(books).head() != head
        assert named(books) == [("cycles", head)], "the last summary names the head of before"


def test_a_session_is_one_day_of_the_calendar_wherever_the_server_stands(books: Connection) -> None:
    with undone(books):
        books.execute(text("SET LOCAL timezone = 'Pacific/Kiritimati'"))
        assert named(books) == []
        moved = books.execute(text("SELECT max(as_of) FROM desk.cycles")).scalar_one()
        assert moved.utcoffset() == timedelta(hours=14)
