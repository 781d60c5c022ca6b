"""`verify_ledger` names the first row that does not hold, whatever was done to the books."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from db.decisions import Decisions
from db.ledger import Ledger
from db.verify import Finding, verify_ledger
from support.books import MONDAY, an_order, at_close
from support.records import a_cycle_record, a_deposit, a_session_mark, a_settlement

TICKERS = ("AAPL", "MSFT", "XOM")


def play(connection: Connection, sessions: int = 4) -> None:
    """Record a few sessions that buy, hold and sell, each settled, marked and decided."""
    ledger, decisions = Ledger(connection), Decisions(connection)
    ledger.append([a_deposit()])
    mark = None
    for number in range(sessions):
        session = MONDAY + timedelta(days=number)
        settlement = a_settlement(ledger.open_orders(), ledger.load_book(), session=session)
        ledger.record_settlement(settlement)
        mark = a_session_mark(settlement.book, mark, session=session, price=100 + number)
        ledger.mark_session(mark)
        side = "buy" if number % 2 == 0 else "sell"
        orders = tuple(
            an_order(
                ticker,
                side,
                order_id=f"ord-{number}-{ticker}",
                cycle_id=f"cycle-{number}",
                decided_at=at_close(session),
            )
            for ticker in TICKERS
        )
        record = a_cycle_record(f"cycle-{number}", session, orders=orders)
        decisions.record_cycle(record, job="daily", slot=str(number), recorded_at=record.as_of)
        ledger.record_orders(orders)


@pytest.fixture
def books(engine: Engine) -> Connection:
    """Books over four sessions, open to an intruder who has every right; rolled back afterwards."""
    with engine.connect() as connection:
        play(connection)
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def tables(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.table, finding.row) for finding in findings]


def test_books_that_were_kept_add_up(books: Connection) -> None:
    assert verify_ledger(books) == ()
    assert len(Ledger(books).closed_trades()) == 3


def test_empty_books_add_up(connection: Connection) -> None:
    assert verify_ledger(connection) == ()


FIRST_FILL = "(SELECT transaction_id FROM desk.journal_transactions WHERE seq = 2)"


@pytest.mark.parametrize(
    "intrusion",
    [
        f"UPDATE desk.journal_entries SET amount = -amount WHERE transaction_id = {FIRST_FILL}",
        f"UPDATE desk.journal_entries SET amount = 1 WHERE transaction_id = {FIRST_FILL} AND line = 0",
        f"UPDATE desk.journal_entries SET quantity = quantity * 2 WHERE transaction_id = {FIRST_FILL}",
        f"UPDATE desk.journal_entries SET ticker = 'GE' WHERE transaction_id = {FIRST_FILL} AND line = 0",
        f"DELETE FROM desk.journal_entries WHERE transaction_id = {FIRST_FILL}",
        "UPDATE desk.journal_transactions SET memo = 'nothing to see' WHERE seq = 2",
        "UPDATE desk.journal_transactions SET session = session - 1 WHERE seq = 2",
        "UPDATE desk.journal_transactions SET hash = repeat('0', 64) WHERE seq = 2",
    ],
)
def test_an_edit_of_the_journal_is_found_where_it_was_made(books: Connection, intrusion: str) -> None:
    edited = books.execute(text(FIRST_FILL)).scalar_one()
    books.execute(text(intrusion))
    assert tables(verify_ledger(books)) == [("journal_transactions", edited)]


def test_a_deleted_transaction_is_missed_where_the_next_one_stands(books: Connection) -> None:
    after = books.execute(
        text("SELECT transaction_id FROM desk.journal_transactions WHERE seq = 3")
    ).scalar_one()
    books.execute(text(f"DELETE FROM desk.journal_entries WHERE transaction_id = {FIRST_FILL}"))
    books.execute(text("DELETE FROM desk.journal_transactions WHERE seq = 2"))
    findings = verify_ledger(books)
    assert tables(findings) == [("journal_transactions", after)]
    assert "rows are missing or moved" in findings[0].problem


def test_two_swapped_transactions_are_found(books: Connection) -> None:
    swap = (
        "UPDATE desk.journal_transactions SET seq = CASE seq WHEN 3 THEN -2 ELSE -3 END WHERE seq IN (2, 3)"
    )
    books.execute(text(swap))
    books.execute(text("UPDATE desk.journal_transactions SET seq = -seq WHERE seq < 0"))
    first = books.execute(text(FIRST_FILL)).scalar_one()
    assert tables(verify_ledger(books)) == [("journal_transactions", first)]


@pytest.mark.parametrize(
    ("intrusion", "problem"),
    [
        ("SET equity = equity + 1", "recorded equity"),
        ("SET cash = cash - 1", "recorded cash"),
        ("SET deposits = 0", "deposits 0"),
        ("SET positions = '[]'", "other quantities"),
    ],
)
def test_a_close_that_the_journal_does_not_give_is_found(
    books: Connection, intrusion: str, problem: str
) -> None:
    session = date(2016, 3, 8)
    books.execute(
        text(f"UPDATE desk.equity_daily {intrusion} WHERE session = :session"), {"session": session}
    )
    findings = verify_ledger(books)
    assert tables(findings) == [("equity_daily", "2016-03-08")]
    assert problem in findings[0].problem


def test_a_trade_or_a_fill_that_the_journal_does_not_explain_is_found(books: Connection) -> None:
    books.execute(text("UPDATE desk.closed_trades SET realised = realised + 1000 WHERE ticker = 'MSFT'"))
    books.execute(text("UPDATE desk.fills SET price = price - 1 WHERE ticker = 'XOM' AND side = 'buy'"))
    findings = verify_ledger(books)
    assert [finding.table for finding in findings] == ["closed_trades", "fills"]
    assert "MSFT" in findings[0].row
    assert "not what the journal booked" in findings[1].problem


def test_a_fill_that_was_taken_out_is_found(books: Connection) -> None:
    books.execute(text("DELETE FROM desk.fills WHERE ticker = 'AAPL' AND side = 'buy'"))
    findings = verify_ledger(books)
    assert [(finding.table, finding.problem) for finding in findings] == [
        ("fills", "only the journal has it")
    ]


@pytest.mark.parametrize(
    ("intrusion", "row"),
    [
        ("UPDATE desk.cycles SET cause = 'the LLM wished it' WHERE seq = 2", "cycle-1"),
        ("UPDATE desk.cycles SET record = replace(record, 'cheap', 'dear') WHERE seq = 2", "cycle-1"),
        ("UPDATE desk.cycles SET inputs = '{}' WHERE seq = 2", "cycle-1"),
        ("UPDATE desk.cycles SET recorded_at = recorded_at + interval '1 us' WHERE seq = 2", "cycle-1"),
        ("DELETE FROM desk.cycles WHERE seq = 2", "cycle-2"),
        ("DELETE FROM desk.cycles WHERE seq = 1", "cycle-1"),
    ],
)
def test_a_change_to_a_decision_is_found_at_its_first_wrong_row(
    books: Connection, intrusion: str, row: str
) -> None:
    books.execute(text(intrusion))
    assert tables(verify_ledger(books)) == [("cycles", row)]


def test_a_chain_that_was_recomputed_from_the_middle_gives_another_head(books: Connection) -> None:
    head = Decisions(books).head()
    books.execute(text("DELETE FROM desk.cycles WHERE seq = 4"))
    forged = a_cycle_record("cycle-3", MONDAY + timedelta(days=3), cause="forged")
    Decisions(books).record_cycle(forged, job="daily", slot="3", recorded_at=forged.as_of)
    assert Decisions(books).head() != head
