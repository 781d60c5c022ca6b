"""What was recorded stays: the application's role cannot rewrite it, and finds no way round that."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import DBAPIError

from db import chat_tables
from db import tables as desk_tables
from db.ask_tables import ASK_APPEND_ONLY
from db.discovery_tables import APPEND_ONLY_OF_DISCOVERY
from db.engine import transaction
from db.eval_tables import APPEND_ONLY_OF_EVALS
from db.events import Events
from db.forecaster_tables import APPEND_ONLY_OF_FORECASTERS
from db.mandates import Mandates
from db.owner_tables import APPEND_ONLY_OF_THE_OWNER
from db.quarantine import Quarantine
from db.record_tables import record_texts
from db.shadow_tables import APPEND_ONLY_OF_SHADOWS
from db.tables import APPEND_ONLY, cycle_leases, memories
from fund.errors import LedgerError
from support.kept_books import keep_books
from support.records import NOON, a_refusal, an_event

APPEND_ONLY_NAMES = sorted(table.fullname for table in APPEND_ONLY)
APPENDED = (
    *APPEND_ONLY,
    *ASK_APPEND_ONLY,
    *APPEND_ONLY_OF_THE_OWNER,
    *APPEND_ONLY_OF_DISCOVERY,
    *APPEND_ONLY_OF_SHADOWS,
    *APPEND_ONLY_OF_EVALS,
    *APPEND_ONLY_OF_FORECASTERS,
)
"""Those of every file of tables, whichever of them a run has imported."""
DENIED = ("permission denied", "must be owner")


@pytest.fixture(scope="module")
def books(engine: Engine) -> Iterator[Connection]:
    """Books with a row in every append-only table, over the application's own connection; not committed."""
    with engine.connect() as connection:
        keep_books(connection, sessions=3)
        Events(connection).append([an_event()])
        Mandates(connection).keep("0" * 64, "version = 1", at=NOON)
        Quarantine(connection).keep([a_refusal()], at=NOON)
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        yield connection
        connection.rollback()


@pytest.fixture
def kept(books: Connection) -> Iterator[Connection]:
    """The books; whatever a test does to them or to its rights is undone."""
    with books.begin_nested() as savepoint:
        yield books
        savepoint.rollback()


def rows_of(connection: Connection) -> dict[str, list[object]]:
    return {
        name: sorted(map(str, connection.execute(text(f"SELECT t::text FROM {name} AS t")).scalars()))
        for name in APPEND_ONLY_NAMES
    }


def refused(connection: Connection, statement: str) -> str:
    """Run a statement that must be refused and return what the server said."""
    with connection.begin_nested() as savepoint:
        with pytest.raises(DBAPIError) as error:
            connection.execute(text(statement))
        savepoint.rollback()
    return str(error.value.orig)


def test_every_append_only_table_has_a_row_here(kept: Connection) -> None:
    assert [name for name, rows in rows_of(kept).items() if not rows] == []


@pytest.mark.parametrize("name", APPEND_ONLY_NAMES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {name} SET {column} = {column}",
        "UPDATE ONLY {name} SET {column} = DEFAULT WHERE false",
        "DELETE FROM {name}",
        "DELETE FROM {name} WHERE false",
        "TRUNCATE {name} CASCADE",
        "MERGE INTO {name} AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM {name} RETURNING 1) SELECT count(*) FROM gone",
        "DROP TABLE {name} CASCADE",
        "ALTER TABLE {name} DISABLE TRIGGER ALL",
        "ALTER TABLE {name} RENAME TO elsewhere",
        "DROP TRIGGER append_only ON {name}",
        "CREATE RULE r AS ON INSERT TO {name} DO INSTEAD NOTHING",
        "CREATE TRIGGER t BEFORE INSERT ON {name} EXECUTE FUNCTION desk.refuse_change()",
    ],
    ids=lambda statement: statement.split("{")[0].strip(),
)
def test_the_application_finds_no_way_to_rewrite_it(kept: Connection, name: str, statement: str) -> None:
    column = desk_tables.metadata.tables[name].c.values()[-1].name
    before = rows_of(kept)
    if statement.startswith("GRANT"):
        with kept.begin_nested():
            kept.execute(text(statement.format(name=name)))
        assert "permission denied" in refused(kept, f"DELETE FROM {name}"), (
            "a grant of nothing changes nothing"
        )
    else:
        said = refused(kept, statement.format(name=name, column=column))
        assert any(word in said for word in DENIED), said
    assert rows_of(kept) == before


@pytest.mark.parametrize("name", APPEND_ONLY_NAMES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {} = {} WHERE false", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
def test_nor_does_the_owner_of_the_tables(kept: Connection, name: str, statement: str) -> None:
    column = desk_tables.metadata.tables[name].c.values()[-1].name
    kept.execute(text("RESET ROLE"))
    assert "is append-only" in refused(kept, statement.format(name, column, column))


@pytest.mark.parametrize("name", APPEND_ONLY_NAMES)
def test_an_insert_cannot_be_turned_into_an_update(kept: Connection, name: str) -> None:
    table = desk_tables.metadata.tables[name]
    key = ", ".join(column.name for column in table.primary_key.columns)
    column = table.c.values()[-1].name
    upsert = (
        f"INSERT INTO {name} SELECT * FROM {name} LIMIT 1 "
        f"ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}"
    )
    assert "permission denied" in refused(kept, upsert)
    kept.execute(text("RESET ROLE"))
    assert "is append-only" in refused(kept, upsert)


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SELECT set_config('session_replication_role', 'replica', false)",
        "ALTER ROLE desk_app SUPERUSER",
        "CREATE ROLE helper SUPERUSER",
        "ALTER FUNCTION desk.refuse_change() RENAME TO allow_change",
        "DROP FUNCTION desk.require_balance() CASCADE",
        "CREATE OR REPLACE FUNCTION desk.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "DROP SCHEMA desk CASCADE",
        "CREATE TABLE desk.mine (n int)",
        "ALTER TABLE desk.journal_entries DROP CONSTRAINT pk_journal_entries",
        "COPY desk.events TO PROGRAM 'cat'",
    ],
)
def test_the_application_cannot_lift_its_own_limits(kept: Connection, statement: str) -> None:
    said = refused(kept, statement)
    assert any(word in said for word in DENIED), said


@pytest.mark.parametrize(
    "table",
    [
        table
        for table in (*desk_tables.metadata.sorted_tables, *chat_tables.metadata.sorted_tables)
        if table not in APPENDED
    ],
    ids=lambda table: table.fullname,
)
def test_what_changes_by_its_nature_can_be_changed(connection: Connection, table: Table) -> None:
    column = next(column.name for column in table.c if not column.identity)
    connection.execute(text(f"UPDATE {table.fullname} SET {column} = {column}"))


@pytest.mark.parametrize(
    ("name", "erasable"),
    [
        (memories.fullname, True),
        ("chat.threads", True),
        (cycle_leases.fullname, False),
        ("desk.commands", False),
        ("desk.orders", False),
        ("desk.llm_calls", False),
        ("desk.forecasters", False),
        ("desk.breaker", False),
        (record_texts.fullname, False),
    ],
)
def test_only_memories_and_chats_can_be_erased(connection: Connection, name: str, erasable: bool) -> None:
    delete = f"DELETE FROM {name}"
    if erasable:
        connection.execute(text(delete))
    else:
        assert "permission denied" in refused(connection, delete)


def test_no_record_is_changed_in_passing_by_a_deleted_parent(kept: Connection) -> None:
    cascades = text(
        "SELECT conrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND confdeltype <> 'a' AND connamespace = 'desk'::regnamespace"
    )
    assert kept.execute(cascades).scalars().all() == []


@pytest.mark.parametrize("amounts", [(5,), (5, -4), (1, 1), (0.000001, 0)])
def test_no_transaction_commits_out_of_balance_however_its_entries_arrive(
    engine: Engine, amounts: tuple[float, ...]
) -> None:
    def book() -> None:
        with transaction(engine) as connection:
            connection.execute(
                text(
                    "INSERT INTO desk.journal_transactions "
                    "VALUES ('odd', 99, 'deposit', '2016-03-07', '2016-03-07 14:30Z', '', 'before', 'own')"
                )
            )
            for line, amount in enumerate(amounts):
                entry = "INSERT INTO desk.journal_entries VALUES ('odd', :line, 'cash', NULL, :amount, 0)"
                connection.execute(text(entry), {"line": line, "amount": amount})

    with pytest.raises(LedgerError, match="entries must sum to 0"):
        book()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM desk.journal_transactions")).scalar_one() == 0
