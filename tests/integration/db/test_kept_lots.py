"""Lots, fees, endings and refusals on a real database: kept as they were, verified like all the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import Connection, Engine, select, text

from db.chain import GENESIS, link
from db.decisions import Decisions
from db.finding import Finding
from db.ledger import Ledger
from db.quarantine import Quarantine
from db.tables import journal_entries, journal_transactions
from db.verify import verify_ledger
from fund.errors import LedgerError
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book
from fund.portfolio.postings import post_borrow, post_withdrawal
from fund.settlement import Settlement, settle
from support.books import MONDAY, a_bar, a_change, a_dividend, an_ending, an_order, at_close, at_open
from support.mandates import a_mandate
from support.random_books import RandomLife
from support.records import a_cycle_record, a_deposit, a_session_mark

DAYS = tuple(date(2016, 3, day) for day in (7, 8, 9, 10, 11))
FIFO = a_mandate(lots="fifo")


def wrong(connection: Connection) -> list[Finding]:
    """Return what is wrong with the books; closes and events of decisions are not kept here."""
    return [each for each in verify_ledger(connection) if each.table not in {"equity_daily", "events"}]


def settled(
    connection: Connection, session: date, *, price: int = 100, actions: Sequence[CorporateAction] = ()
) -> Settlement:
    ledger = Ledger(connection)
    orders = ledger.open_orders()
    settlement = settle(
        orders,
        ledger.load_book(),
        FIFO,
        session=session,
        opened_at=at_open(session),
        bars={order.ticker: a_bar(order.ticker, session, price) for order in orders},
        suspect_opens=set(),
        actions=actions,
    )
    ledger.record_settlement(settlement)
    ledger.mark_session(a_session_mark(settlement.book, ledger.last_mark(), session=session, price=price))
    return settlement


def decided(connection: Connection, number: int, side: str, quantity: int) -> None:
    session = DAYS[number]
    order = an_order(
        "AAPL",
        side,
        quantity,
        order_id=f"ord-{number}",
        cycle_id=f"cycle-{number}",
        decided_at=at_close(session),
    )
    record = a_cycle_record(f"cycle-{number}", session, orders=(order,))
    Decisions(connection).record_cycle(record, job="daily", slot=str(number), recorded_at=record.as_of)
    Ledger(connection).record_orders((order,))


def keep_lots(connection: Connection) -> Book:
    """Buy two lots and sell one and a half of them."""
    Ledger(connection).append([a_deposit()])
    settled(connection, DAYS[0])
    for number, (side, quantity) in enumerate((("buy", 10), ("buy", 10), ("sell", 15))):
        decided(connection, number, side, quantity)
        book = settled(connection, DAYS[number + 1], price=100 + 10 * number).book
    return book


def test_lots_come_back_as_they_were_and_verify(connection: Connection) -> None:
    book = keep_lots(connection)
    assert Ledger(connection).load_book() == book
    (lot,) = book.positions["AAPL"].lots
    assert (lot.quantity, lot.cost, lot.opened) == (5, 550, DAYS[2])
    assert lot.lot_id.startswith("fil-")
    assert wrong(connection) == []


def test_a_life_with_everything_in_it_comes_back_from_the_journal(connection: Connection) -> None:
    life = RandomLife(seed=4, chance=Random(4))
    for _ in range(150):
        life.live()
    kinds = {each.kind for each in life.journal}
    assert {"borrow", "withdrawal", "ticker_change", "merger", "delisting"} <= kinds
    assert life.naive.fifo
    ledger = Ledger(connection)
    assert ledger.append(life.journal) == len(life.journal)
    assert list(ledger.journal()) == life.journal
    assert ledger.load_book() == life.book
    assert ledger.append(life.journal) == 0


def test_an_entry_without_a_lot_is_hashed_as_it_always_was(connection: Connection) -> None:
    Ledger(connection).append([a_deposit()])
    (head,) = connection.execute(select(journal_transactions)).mappings()
    lines = connection.execute(select(journal_entries).order_by(journal_entries.c.line)).mappings()
    names = ("transaction_id", "seq", "kind", "session", "at", "memo")
    plain = {name: head[name] for name in names}
    plain["entries"] = [[e["account"], e["ticker"], e["amount"], e["quantity"]] for e in lines]
    assert head["hash"] == link(GENESIS, plain)


@pytest.mark.parametrize("change", ["lot || 'x'", "''", "'fil-another'"])
def test_a_changed_lot_is_found_where_it_was_changed(engine: Engine, change: str) -> None:
    with engine.connect() as connection:
        keep_lots(connection)
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        where = "SELECT min(transaction_id) FROM desk.journal_entries WHERE lot <> ''"
        row = connection.execute(text(where)).scalar_one()
        connection.execute(
            text(
                f"UPDATE desk.journal_entries SET lot = {change} WHERE transaction_id = '{row}' AND lot <> ''"
            )
        )
        (finding,) = wrong(connection)
        assert (finding.table, finding.row) == ("journal_transactions", row)
        connection.rollback()


def test_what_was_refused_is_kept_once_and_is_in_no_book(connection: Connection) -> None:
    keep_lots(connection)
    before = Ledger(connection).load_book()
    lies = [a_dividend("NaN", ex_date=DAYS[4]), a_change(into="", ex_date=DAYS[4]), a_dividend(1)]
    settlement = settled(connection, DAYS[4], price=120, actions=lies)
    Ledger(connection).record_settlement(settlement)
    kept = Quarantine(connection).latest()
    assert sorted(kept, key=lambda each: each.refusal_id) == sorted(
        settlement.refused, key=lambda each: each.refusal_id
    )
    assert {each.reason for each in kept} == {"bad_figure", "unknown_ticker", "other_day"}
    assert Ledger(connection).load_book() == before
    assert wrong(connection) == []


def test_an_ending_is_a_closed_trade_and_verifies(connection: Connection) -> None:
    keep_lots(connection)
    settled(connection, DAYS[4], price=120, actions=[an_ending(0, kind="delisting", ex_date=DAYS[4])])
    (trade,) = Ledger(connection).closed_trades()
    assert (trade.profit, trade.borrow) == (250 - 550, 0)
    assert Ledger(connection).load_book().ended == {"AAPL": "delisting"}
    assert wrong(connection) == []


def test_money_taken_out_and_fees_for_shorts_verify(connection: Connection) -> None:
    ledger = Ledger(connection)
    ledger.append([a_deposit()])
    settled(connection, DAYS[0])
    decided(connection, 0, "sell", 10)
    book = settled(connection, DAYS[1]).book
    held = book.positions["AAPL"]
    fee = post_borrow(held, Decimal(100), Decimal("0.03"), 1, DAYS[2], at_open(DAYS[2]))
    taken = post_withdrawal(book.apply(fee), Decimal(500), DAYS[2], at_open(DAYS[2]), "w1")
    ledger.append([fee, taken])
    decided(connection, 1, "buy", 10)
    closed = settled(connection, DAYS[2]).closed
    assert [(trade.borrow, trade.profit) for trade in closed] == [(fee.entries[0].amount, -closed[0].borrow)]
    assert ledger.closed_trades() == closed
    mark = ledger.last_mark()
    assert mark is not None
    assert mark.deposits == ledger.load_book().net_deposits
    assert wrong(connection) == []


def test_a_withdrawal_told_again_with_another_amount_is_refused(connection: Connection) -> None:
    ledger = Ledger(connection)
    ledger.append([a_deposit()])
    book = ledger.load_book()
    first = post_withdrawal(book, Decimal(500), MONDAY, at_open(MONDAY), "w1")
    assert (ledger.append([first]), ledger.append([first])) == (1, 0)
    other = replace(first, entries=post_withdrawal(book, Decimal(600), MONDAY, first.at, "w1").entries)
    with pytest.raises(LedgerError, match="delivered again with other content"):
        ledger.append([other])
