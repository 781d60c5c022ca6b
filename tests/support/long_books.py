"""A journal long enough to measure how fast it is checked: many sessions of trades that add up."""

from datetime import timedelta

from sqlalchemy import Connection, text

from db.decisions import Decisions
from db.ledger import Ledger
from db.session_pin import session_pins
from fund.execution.orders import Order
from support.books import MONDAY, an_order, at_close
from support.kept_books import tell
from support.records import a_cycle_record, a_deposit, a_session_mark, a_settlement

NAMES = tuple(f"T{number:02d}" for number in range(40))


def keep_long_books(connection: Connection, sessions: int) -> int:
    """Keep books whose names are bought and sold in turn, and return how many rows the chains hash."""
    ledger, decisions = Ledger(connection), Decisions(connection)
    ledger.append([a_deposit(10_000_000)])
    book, mark = ledger.load_book(), None
    orders: tuple[Order, ...] = ()
    for number in range(sessions):
        session, cycle_id = MONDAY + timedelta(days=number), f"cycle-{number:05d}"
        settlement = a_settlement(orders, book, session=session)
        ledger.record_settlement(settlement)
        book, mark = settlement.book, a_session_mark(settlement.book, mark, session=session, price=100)
        ledger.mark_session(mark)
        orders = tuple(
            an_order(
                name,
                "buy" if number % 2 == 0 else "sell",
                order_id=f"ord-{number:05d}-{name}",
                cycle_id=cycle_id,
                decided_at=at_close(session),
            )
            for name in NAMES
        )
        record = a_cycle_record(cycle_id, session, orders=orders)
        decisions.record_cycle(record, job="daily", slot=str(number), recorded_at=record.as_of)
        ledger.record_orders(orders)
        tell(connection, record, "cycle_decided", f"cycle-{cycle_id}", session_pins(mark, settlement.fills))
    counted = text(
        "SELECT (SELECT count(*) FROM desk.journal_transactions) "
        "+ (SELECT count(*) FROM desk.journal_entries)"
        " + (SELECT count(*) FROM desk.cycles) + (SELECT count(*) FROM desk.events)"
    )
    return int(connection.execute(counted).scalar_one())
