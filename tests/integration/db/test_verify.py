"""`verify_ledger` names the first row that does not hold, whatever was done to the books."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from db.decisions import Decisions
from db.finding import Finding
from db.ledger import Ledger
from db.verify import verify_ledger
from support.books import MONDAY
from support.kept_books import intruder
from support.records import a_cycle_record


@pytest.fixture
def books(engine: Engine) -> Iterator[Connection]:
    """Books over four sessions, open to an intruder who has every right; rolled back afterwards."""
    with intruder(engine) as connection:
        yield connection


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
        ("SET gross = -gross", "recorded gross"),
        ("SET net = net * 2", "recorded net"),
        ("SET unit_value = unit_value + 1e-12", "recorded unit_value"),
        ("SET peak = 2", "recorded peak"),
        ("SET drawdown = 0.5", "recorded drawdown"),
        ("SET positions = '[]'", "other quantities"),
        ("SET positions = jsonb_set(positions, '{0,quantity}', '\"11\"')", "other quantities"),
        ("SET positions = jsonb_set(positions, '{0,cost}', '\"1\"')", "recorded positions"),
        ("SET positions = jsonb_set(positions, '{0,price}', '\"900\"')", "recorded equity"),
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


@pytest.mark.parametrize(
    "change",
    [
        "ticker = 'MSFT'",
        "side = 'sell'",
        "quantity = quantity * 2, price = price / 2",
        "price = price + 0.01, commission = commission - 0.1",
        "commission = commission + 0.000001",
        "session = session + 1",
        "filled_at = filled_at + interval '1 second'",
    ],
)
def test_a_fill_that_tells_another_story_than_the_journal_is_found(books: Connection, change: str) -> None:
    chosen = "ticker = 'AAPL' AND session = '2016-03-08'"
    fill_id = books.execute(text(f"SELECT fill_id FROM desk.fills WHERE {chosen}")).scalar_one()
    books.execute(text(f"UPDATE desk.fills SET {change} WHERE {chosen}"))
    assert tables(verify_ledger(books)) == [("fills", fill_id)]


def test_a_fill_that_nobody_booked_is_found(books: Connection) -> None:
    columns = "order_id, ticker, side, quantity, price, commission, session, filled_at"
    books.execute(
        text(
            f"INSERT INTO desk.fills (fill_id, {columns}) SELECT 'made-up', {columns} FROM desk.fills LIMIT 1"
        )
    )
    (finding,) = verify_ledger(books)
    assert (finding.table, finding.row) == ("fills", "made-up")
    assert finding.problem == "the journal does not have it"


@pytest.mark.parametrize(
    "change",
    [
        "ticker = 'XOM'",
        "side = 'sell'",
        "quantity = quantity + 1",
        "reference_price = reference_price * 2",
        "decided_at = decided_at - interval '1 day'",
        "cycle_id = 'cycle-1'",
    ],
)
def test_an_order_that_its_decision_did_not_plan_is_found(books: Connection, change: str) -> None:
    books.execute(text(f"UPDATE desk.orders SET {change} WHERE order_id = 'ord-0-AAPL'"))
    assert tables(verify_ledger(books)) == [("orders", "ord-0-AAPL")]


def test_an_order_taken_out_or_put_in_is_found(books: Connection) -> None:
    books.execute(text("UPDATE desk.orders SET order_id = 'zzz' WHERE order_id = 'ord-0-AAPL'"))
    assert tables(verify_ledger(books)) == [("orders", "ord-0-AAPL")]
    books.execute(text("UPDATE desk.orders SET order_id = 'ord-0-AAPL' WHERE order_id = 'zzz'"))
    assert verify_ledger(books) == ()
    books.execute(text("DELETE FROM desk.orders WHERE order_id = 'ord-3-XOM'"))
    assert tables(verify_ledger(books)) == [("orders", "ord-3-XOM")]


def test_what_became_of_an_order_is_no_part_of_its_plan(books: Connection) -> None:
    books.execute(
        text("UPDATE desk.orders SET status = 'expired', reason = 'x' WHERE order_id = 'ord-3-XOM'")
    )
    assert verify_ledger(books) == ()


@pytest.mark.parametrize("column", ["ticker", "opened", "closed", "bought", "realised", "dividends", "fees"])
def test_every_figure_of_a_closed_trade_is_the_journals(books: Connection, column: str) -> None:
    change = "ticker || 'x'" if column == "ticker" else f"{column} + 1"
    chosen = "SELECT min(trade_id) FROM desk.closed_trades"
    trade_id = books.execute(text(chosen)).scalar_one()
    books.execute(text(f"UPDATE desk.closed_trades SET {column} = {change} WHERE trade_id = ({chosen})"))
    assert tables(verify_ledger(books)) == [("closed_trades", trade_id)]


def test_a_broken_chain_of_decisions_does_not_hide_a_wrong_book(books: Connection) -> None:
    books.execute(text("UPDATE desk.cycles SET strategy = 'luck' WHERE seq = 2"))
    books.execute(text("UPDATE desk.equity_daily SET cash = cash + 1 WHERE session = '2016-03-09'"))
    assert tables(verify_ledger(books)) == [("cycles", "cycle-1"), ("equity_daily", "2016-03-09")]


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
    for table in ("cycle_clamps", "cycles"):
        books.execute(text(f"DELETE FROM desk.{table} WHERE cycle_id = 'cycle-3'"))
    forged = a_cycle_record("cycle-3", MONDAY + timedelta(days=3), cause="forged")
    Decisions(books).record_cycle(forged, job="daily", slot="3", recorded_at=forged.as_of)
    assert Decisions(books).head() != head
