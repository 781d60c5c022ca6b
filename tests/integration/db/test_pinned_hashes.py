"""Rows on record keep their hash: what was chained by an earlier version verifies for ever."""

import pytest
from sqlalchemy import Connection, Engine, text

from db.chain_check import Tally, check_chains
from db.decisions import Decisions
from db.events import Events
from db.ledger import Ledger
from db.verify import audit_books
from fund.portfolio.journal import Entry, Transaction
from support.books import MONDAY, at_open
from support.kept_books import keep_books
from support.long_books import keep_long_books
from support.records import a_cycle_record, a_deposit, an_event

JOURNAL = "395b7d5c9a883734ff4473e4c5536c1749292270b9f1706127421df1faf3ce7d"
DECISION = "9f794e98f069da124ab69f1490fc8b2cb5bcfd17d13cae2d98c9629c2dd1c855"
EVENT = "1bd660f634f186b9a02a545c0a1c8b55e75844ad7614e477ca08979cf324b430"


def test_a_row_of_each_chain_has_the_hash_it_always_had(connection: Connection) -> None:
    ledger, decisions, events = Ledger(connection), Decisions(connection), Events(connection)
    ledger.append([a_deposit()])
    record = a_cycle_record()
    decisions.record_cycle(record, job="daily", slot="1", recorded_at=record.as_of)
    events.append([an_event(text="Überschuss", data={"a": [1, 2.5, None], "b": {"c": "x"}})])
    assert (ledger.head(), decisions.head(), events.head()) == (JOURNAL, DECISION, EVENT)
    assert not any(check_chains(connection, Tally()).values())


def test_an_entry_of_a_lot_is_hashed_with_it(connection: Connection) -> None:
    entries = (Entry(account="cash", amount=a_deposit().entries[0].amount), a_deposit().entries[1])
    heads = []
    for lot in ("", "lot-1"):
        with connection.begin_nested() as savepoint:
            lots = (Entry(account="cash", amount=entries[0].amount, lot=lot), entries[1])
            booked = Transaction(
                transaction_id="t", kind="deposit", session=MONDAY, at=at_open(MONDAY), entries=lots
            )
            Ledger(connection).append([booked])
            assert list(Ledger(connection).journal()) == [booked]
            assert not any(check_chains(connection, Tally()).values())
            heads.append(Ledger(connection).head())
            savepoint.rollback()
    assert heads[0] != heads[1]


@pytest.mark.parametrize("figure", [-0.0, 0.0, 1e16, -1e22, 1e300, 1e-7, 5e-324, 5.0, 0.1, 10**20])
def test_any_figure_of_an_event_verifies_once_it_is_read_back(connection: Connection, figure: float) -> None:
    Events(connection).append([an_event(data={"figure": [figure, {"again": figure}]})])
    assert check_chains(connection, Tally())["events"] == ()
    assert Events(connection).latest()[0].event.data["figure"][0] == figure


@pytest.mark.parametrize("text_of", ["\x7f", "\u2028", "漢字", 'a\tb\n"\\', "\x01", "\U0001f600"])
def test_any_text_verifies_once_it_is_read_back(connection: Connection, text_of: str) -> None:
    Events(connection).append([an_event(text=text_of, data={text_of: text_of})])
    booked = Transaction(
        transaction_id=f"t{text_of}",
        kind="deposit",
        session=MONDAY,
        at=at_open(MONDAY),
        entries=a_deposit().entries,
        memo=text_of,
    )
    Ledger(connection).append([booked])
    record = a_cycle_record(cause=text_of)
    Decisions(connection).record_cycle(record, job=text_of, slot="1", recorded_at=record.as_of)
    assert not any(check_chains(connection, Tally()).values())


def test_the_rows_that_are_hashed_are_those_on_record(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = keep_long_books(connection, 3)
        audit = audit_books(connection)
        connection.rollback()
    assert (audit.findings, audit.hashed_rows) == ((), rows)


def executed(connection: Connection, action: str, at: str) -> None:
    connection.execute(
        text(
            "INSERT INTO desk.commands (command_id, action, args, args_hash, user_id, "
            "created_at, expires_at, status, settled_at) "
            "VALUES ('c', :action, '{}', '', 'owner', :at, :at, 'executed', :at)"
        ),
        {"action": action, "at": at},
    )


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"action": "pause", "args_hash": "", "by": "owner"}, []),
        ({"action": "resume", "args_hash": "", "by": "owner"}, ["commands"]),
        ({"action": "pause", "args_hash": "x", "by": "owner"}, ["commands"]),
        ({"action": "pause", "args_hash": "", "by": "somebody"}, ["commands"]),
        (None, ["commands"]),
    ],
)
def test_a_command_that_was_executed_needs_its_event(
    connection: Connection, told: dict[str, str] | None, found: list[str]
) -> None:
    keep_books(connection, 1)
    event = an_event("command-c", kind="command_executed", data=told or {})
    if told is not None:
        Events(connection).append([event])
    executed(connection, "pause", event.at.isoformat())
    assert [finding.table for finding in audit_books(connection).findings] == found


def test_a_command_that_only_its_event_tells_of_was_taken_out(connection: Connection) -> None:
    keep_books(connection, 1)
    Events(connection).append([an_event("command-c", kind="command_executed", data={"action": "kill"})])
    assert [finding.table for finding in audit_books(connection).findings] == ["commands"]
