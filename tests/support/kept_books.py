"""Books over a few sessions as the desk keeps them, and an intruder who may do anything to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, text

from db.decisions import Decisions
from db.events import Event, Events
from db.heads import chain_heads
from db.ledger import Ledger
from db.mandates import Mandates
from db.session_pin import session_pins
from fund.cycle import CycleRecord
from support.books import MONDAY, an_order, at_close
from support.records import a_cycle_record, a_deposit, a_session_mark, a_settlement

TICKERS = ("AAPL", "MSFT", "XOM")
MANDATES = ("max_position = 0.05", "max_position = 0.04")
"""Texts of the mandates that decisions take turns under."""


def session_of(number: int) -> date:
    """Return the day of a played session, the first one numbered 0."""
    return MONDAY + timedelta(days=number)


def keep_books(connection: Connection, sessions: int = 4) -> None:
    """Record sessions that buy, hold and sell, each settled, marked and decided."""
    ledger, decisions = Ledger(connection), Decisions(connection)
    ledger.append([a_deposit()])
    mark = None
    for number in range(sessions):
        session = session_of(number)
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
        mandate = MANDATES[number % 2]
        mandate_hash = sha256(mandate.encode()).hexdigest()
        inputs = {"data_version": "v1", "mandate_hash": mandate_hash}
        record = a_cycle_record(f"cycle-{number}", session, orders=orders, inputs=inputs)
        Mandates(connection).keep(mandate_hash, mandate, at=record.as_of)
        decisions.record_cycle(record, job="daily", slot=str(number), recorded_at=record.as_of)
        ledger.record_orders(orders)
        pins = session_pins(mark, settlement.fills)
        tell(connection, record, "cycle_decided", f"cycle-{record.cycle_id}", pins)
        summary = {"heads": chain_heads(connection).plain, "mandate_hash": mandate_hash}
        tell(connection, record, "daily_summary", f"summary-{record.cycle_id}", summary)


def tell(
    connection: Connection, record: CycleRecord, kind: str, event_id: str, data: Mapping[str, object]
) -> None:
    """Append what a session came to, as the desk does."""
    told = Event(
        event_id=event_id,
        at=record.as_of,
        kind=kind,
        severity="info",
        text=f"{len(record.orders)} orders",
        data=data,
        cycle_id=record.cycle_id,
    )
    Events(connection).append([told])


@contextmanager
def intruder(engine: Engine, sessions: int = 4) -> Iterator[Connection]:
    """Give books to somebody with every right, for whom no trigger fires; all is undone afterwards."""
    with engine.connect() as connection:
        keep_books(connection, sessions)
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()
