"""The ledger on a real database: what was booked stays, adds up, and can be delivered twice."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, Table, select, text
from sqlalchemy.exc import DBAPIError

from db.decisions import Decisions
from db.engine import transaction
from db.ledger import Ledger
from db.tables import APPEND_ONLY, journal_entries, journal_transactions
from fund.errors import LedgerError
from fund.portfolio.book import Book, replay
from fund.portfolio.journal import Entry, Transaction
from support.books import MONDAY, TUESDAY, a_bar, an_order, at_close, at_open
from support.records import a_cycle_record, a_deposit, a_session_mark, a_settlement

WEDNESDAY = date(2016, 3, 9)


def decide_and_settle(connection: Connection, *tickers: str) -> Book:
    """Play one small session: a deposit, a decision on Monday, its fills on Tuesday."""
    ledger = Ledger(connection)
    ledger.append([a_deposit()])
    record = a_cycle_record(tickers=tickers)
    Decisions(connection).record_cycle(record, job="daily", slot="1", recorded_at=record.as_of)
    ledger.record_orders(record.orders)
    settlement = a_settlement(ledger.open_orders(), ledger.load_book())
    ledger.record_settlement(settlement)
    return settlement.book


def test_a_book_is_the_fold_of_its_journal(connection: Connection) -> None:
    book = decide_and_settle(connection, "AAPL", "XOM")
    ledger = Ledger(connection)
    assert ledger.load_book() == book == replay(ledger.journal())
    assert set(book.positions) == {"AAPL", "XOM"}


def test_the_journal_keeps_its_order_and_every_decimal(connection: Connection) -> None:
    odd = Decimal("0.123456789012345678")
    transactions = [
        Transaction(
            transaction_id=f"t{number}",
            kind="deposit",
            session=MONDAY,
            at=at_open(MONDAY),
            entries=(Entry(account="cash", amount=odd), Entry(account="deposits", amount=-odd)),
            memo="première — 100 %",
        )
        for number in (3, 1, 2)
    ]
    Ledger(connection).append(transactions)
    assert list(Ledger(connection).journal()) == transactions


def test_a_second_delivery_changes_nothing(connection: Connection) -> None:
    ledger = Ledger(connection)
    decide_and_settle(connection, "AAPL")
    before = (list(ledger.journal()), ledger.fills(), ledger.open_orders())
    settlement = a_settlement(a_cycle_record().orders, Book().apply(a_deposit()))
    assert ledger.append([a_deposit()]) == 0
    assert ledger.record_settlement(settlement) == 0
    assert ledger.record_orders(a_cycle_record().orders) == 0
    assert (list(ledger.journal()), ledger.fills(), ledger.open_orders()) == before


def test_the_same_id_with_other_content_is_refused(connection: Connection) -> None:
    ledger = Ledger(connection)
    decide_and_settle(connection, "AAPL")
    with pytest.raises(LedgerError, match="'deposit-initial' was delivered again with other content"):
        ledger.append([a_deposit(100_001)])
    order = a_cycle_record().orders[0]
    with pytest.raises(LedgerError, match="quantity"):
        ledger.record_orders([replace(order, quantity=Decimal(11))])


def test_one_batch_cannot_hold_two_meanings_of_an_id(connection: Connection) -> None:
    with pytest.raises(LedgerError, match="delivered again"):
        Ledger(connection).append([a_deposit(1), a_deposit(2)])


def test_a_batch_that_is_partly_known_appends_the_rest(connection: Connection) -> None:
    ledger = Ledger(connection)
    ledger.append([a_deposit(5, "first")])
    assert ledger.append([a_deposit(5, "first"), a_deposit(7, "second")]) == 1
    assert ledger.load_book().cash == 12


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    naive = replace(a_deposit(), at=datetime(2016, 3, 7, 14, 30))  # noqa: DTZ001 - the bad input itself
    with pytest.raises(LedgerError, match="timezone-aware"):
        Ledger(connection).append([naive])


def test_orders_stay_open_in_the_order_they_were_planned(connection: Connection) -> None:
    record = a_cycle_record(tickers=("XOM", "AAPL", "MSFT"))
    Decisions(connection).record_cycle(record, job="daily", slot="1", recorded_at=record.as_of)
    Ledger(connection).record_orders(record.orders)
    assert Ledger(connection).open_orders() == record.orders


def test_every_open_order_ends_with_its_session(connection: Connection) -> None:
    ledger = Ledger(connection)
    ledger.append([a_deposit(5_500)])
    names = {"FULL": 10, "CUT": 1000, "NOBAR": 10, "GONE": 1}
    orders = tuple(
        an_order(ticker, quantity=quantity, order_id=f"ord-{ticker}", cycle_id="cycle-1")
        for ticker, quantity in names.items()
    )
    record = a_cycle_record(orders=orders)
    Decisions(connection).record_cycle(record, job="daily", slot="1", recorded_at=record.as_of)
    ledger.record_orders(orders)
    bars = {ticker: a_bar(ticker) for ticker in ("FULL", "CUT")}
    settlement = a_settlement([o for o in orders if o.ticker != "GONE"], ledger.load_book(), bars=bars)
    ledger.record_settlement(settlement)
    assert ledger.open_orders() == ()
    assert [(o.ticker, status, why) for o, status, why in ledger.orders_of("cycle-1")] == [
        ("FULL", "filled", None),
        ("CUT", "expired", "insufficient_cash"),
        ("NOBAR", "expired", "no_bar"),
        ("GONE", "expired", "nothing_left"),
    ]


def test_an_order_that_has_ended_stays_ended(connection: Connection) -> None:
    ledger = Ledger(connection)
    book = decide_and_settle(connection, "AAPL")
    ledger.record_settlement(a_settlement((), book, session=WEDNESDAY))
    assert [status for _, status, _ in ledger.orders_of("cycle-1")] == ["filled"]


def test_a_settlement_delivered_again_leaves_the_orders_of_its_own_close_open(connection: Connection) -> None:
    ledger = Ledger(connection)
    decide_and_settle(connection, "AAPL")
    (first,) = a_cycle_record().orders
    later = an_order("XOM", order_id="ord-later", cycle_id="cycle-2", decided_at=at_close(TUESDAY))
    record = a_cycle_record("cycle-2", TUESDAY, orders=(later,))
    Decisions(connection).record_cycle(record, job="daily", slot="2", recorded_at=record.as_of)
    ledger.record_orders(record.orders)
    ledger.record_settlement(a_settlement([first], Book().apply(a_deposit())))
    assert ledger.open_orders() == (later,)


def test_a_closed_trade_is_found_by_ticker_and_day(connection: Connection) -> None:
    ledger = Ledger(connection)
    book = decide_and_settle(connection, "AAPL")
    sale = an_order(side="sell", order_id="ord-sale", cycle_id="cycle-2", decided_at=at_close(TUESDAY))
    record = a_cycle_record("cycle-2", TUESDAY, orders=(sale,))
    Decisions(connection).record_cycle(record, job="daily", slot="2", recorded_at=record.as_of)
    ledger.record_orders([sale])
    settlement = a_settlement([sale], book, session=WEDNESDAY)
    ledger.record_settlement(settlement)
    assert ledger.closed_trades() == settlement.closed
    assert len(settlement.closed) == 1
    assert ledger.closed_trades(ticker="AAPL", until=WEDNESDAY) == settlement.closed
    assert ledger.closed_trades(until=TUESDAY) == ledger.closed_trades(ticker="XOM") == ()


def test_fills_come_newest_first(connection: Connection) -> None:
    book = decide_and_settle(connection, "AAPL", "XOM")
    fills = Ledger(connection).fills()
    assert {fill.ticker for fill in fills} == set(book.positions)
    assert Ledger(connection).fills(ticker="XOM", limit=1)[0].quantity == 10


def test_the_equity_curve_is_what_was_marked(connection: Connection) -> None:
    ledger = Ledger(connection)
    book = decide_and_settle(connection, "AAPL", "XOM")
    first = a_session_mark(book)
    second = a_session_mark(book, first, session=WEDNESDAY, price=99)
    for mark in (first, second, second):
        ledger.mark_session(mark)
    assert ledger.equity_curve() == (first, second)
    assert ledger.equity_curve(since=WEDNESDAY) == (second,)
    assert ledger.last_mark() == second
    with pytest.raises(LedgerError, match="equity_daily"):
        ledger.mark_session(a_session_mark(book, first, session=WEDNESDAY, price=98))


def test_there_is_no_last_mark_before_the_first(connection: Connection) -> None:
    assert Ledger(connection).last_mark() is None
    assert Ledger(connection).equity_curve() == ()


def test_entries_that_do_not_sum_to_zero_never_commit(engine: Engine) -> None:
    def unbalanced() -> None:
        with transaction(engine) as connection:
            Ledger(connection).append([a_deposit(1, "unbalanced")])
            extra = {"transaction_id": "deposit-unbalanced", "line": 2, "account": "cash", "amount": 1}
            connection.execute(journal_entries.insert(), extra | {"quantity": 0})

    with pytest.raises(LedgerError, match="must sum to 0, was 1"):
        unbalanced()
    with transaction(engine) as connection:
        assert connection.execute(select(journal_transactions)).all() == []


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_history_cannot_be_rewritten_by_the_application(
    connection: Connection, table: Table, statement: str
) -> None:
    column = list(table.c)[1].name
    with pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(statement.format(table, column, column)))


@pytest.mark.parametrize("statement", ["UPDATE desk.events SET text = ''", "DELETE FROM desk.events"])
def test_nor_by_the_owner_of_the_tables(engine: Engine, statement: str) -> None:
    def rewrite() -> None:
        with transaction(engine) as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text(statement))

    with pytest.raises(LedgerError, match="append-only"):
        rewrite()
