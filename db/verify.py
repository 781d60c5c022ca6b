"""Reads the books from their first row and says where they stop adding up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from db import ledger_rows as rows
from db.chain import GENESIS, link
from db.decisions import CHAINED
from db.ledger import journal_statement
from db.record_codec import from_json
from db.tables import closed_trades, cycles, equity_daily, fills, journal_transactions, orders
from fund.cycle import CycleRecord
from fund.errors import DeskError
from fund.market.bars import Mark
from fund.portfolio.book import Book, ClosedTrade, closed_by
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.position import LOT_METHODS
from fund.portfolio.postings import post_fill
from fund.portfolio.session_mark import SessionMark, mark_book


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first row of a table that does not hold, and what is wrong with it."""

    table: str
    row: str
    problem: str


def verify_ledger(connection: Connection) -> tuple[Finding, ...]:
    """Return the first wrong row of every table of the books; empty when all of them add up.

    First the two chains, of the journal and of the decisions. A whole journal is then replayed from
    nothing and compared with every close, trade and fill on record, and whole decisions with the orders; then
    the status of every order is held against its fills.
    """
    journal, decisions = tuple(_journal_chain(connection)), tuple(_decision_chain(connection))
    books = () if journal else tuple(_replayed_books(connection))
    planned = () if decisions else tuple(_orders(connection))
    doubted = journal or planned or any(finding.table == fills.name for finding in books)
    ended = () if doubted else tuple(_statuses(connection))
    return (*journal, *decisions, *books, *planned, *ended)


def _journal_chain(connection: Connection) -> Iterator[Finding]:
    """The hash chain over transactions and their entries."""
    previous, expected = GENESIS, 1
    found = connection.execute(journal_statement())
    for transaction_id, group in groupby(found, key=lambda row: row.transaction_id):
        lines = list(group)
        head = lines[0]
        problem = None
        if head.seq != expected:
            problem = f"expected number {expected} in the journal, was {head.seq}: rows are missing or moved"
        elif sum(line.amount or 0 for line in lines) != 0:
            problem = "its entries do not sum to 0"
        elif (head.previous_hash, head.hash) != (previous, rows.joined_hash(lines, previous)):
            problem = "its content is not what was recorded: the hash chain breaks here"
        if problem is not None:
            yield Finding(table=journal_transactions.name, row=transaction_id, problem=problem)
            return
        previous, expected = head.hash, expected + 1


def _replayed_books(connection: Connection) -> Iterator[Finding]:
    """Every recorded close, closed trade and fill against a replay of the journal."""
    marks = connection.execute(select(equity_daily).order_by(equity_daily.c.session)).mappings()
    recorded = {row["fill_id"]: rows.fill_of(row) for row in _all(connection, fills)}
    stored = {row["trade_id"]: rows.closed_trade_of(row) for row in _all(connection, closed_trades)}
    replay = _Replay(rows.transactions_of(connection.execute(journal_statement())), recorded)
    previous: SessionMark | None = None
    try:
        for row in marks:
            mark = rows.mark_of(row)
            replay.run_to(mark.session)
            problem = _mark_problem(mark, previous, replay.book)
            if problem is not None:
                yield Finding(table=equity_daily.name, row=mark.session.isoformat(), problem=problem)
                break
            previous = mark
        replay.run_to(date.max)
    except DeskError as error:
        yield Finding(table=journal_transactions.name, row=replay.last_id, problem=str(error))
        return
    yield from _first_difference(closed_trades, stored, replay.closed)
    for fill_id in sorted(recorded.keys() - replay.booked):
        replay.wrong_fills[fill_id] = "the journal does not have it"
    if replay.wrong_fills:
        fill_id = min(replay.wrong_fills)
        yield Finding(table=fills.name, row=fill_id, problem=replay.wrong_fills[fill_id])


class _Replay:
    """A book that follows the journal session by session, beside the fills on record."""

    def __init__(self, transactions: Iterator[Transaction], recorded: Mapping[str, Fill]) -> None:
        self.book = Book()
        self.closed: dict[str, ClosedTrade] = {}
        self.booked: set[str] = set()
        self.wrong_fills: dict[str, str] = {}
        self.last_id = ""
        self._recorded = recorded
        self._waiting = transactions
        self._next = next(transactions, None)

    def run_to(self, session: date) -> None:
        """Apply every transaction up to the close of a session."""
        while self._next is not None and self._next.session <= session:
            self.last_id = self._next.transaction_id
            before, self.book = self.book, self.book.apply(self._next)
            if self._next.kind == "fill":
                self._compare_fill(before, self._next)
            if (trade := closed_by(before, self._next, self.book)) is not None:
                self.closed[trade.trade_id] = trade
            self._next = next(self._waiting, None)

    def _compare_fill(self, before: Book, transaction: Transaction) -> None:
        fill_id = transaction.transaction_id.removeprefix("fill-")
        self.booked.add(fill_id)
        fill = self._recorded.get(fill_id)
        if fill is None:
            self.wrong_fills[fill_id] = "only the journal has it"
        elif all(post_fill(before, fill, lots=method) != transaction for method in LOT_METHODS):
            self.wrong_fills[fill_id] = f"recorded as {fill!r}, which is not what the journal booked"


def _mark_problem(mark: SessionMark, previous: SessionMark | None, book: Book) -> str | None:
    held = {position.ticker: position.quantity for position in mark.positions}
    replayed = {ticker: position.quantity for ticker, position in book.positions.items()}
    if held != replayed:
        differing = sorted(t for t in held.keys() | replayed.keys() if held.get(t) != replayed.get(t))
        return f"recorded other quantities than the journal gives for {', '.join(differing)}"
    marks = {
        position.ticker: Mark(price=position.price, session=position.priced_on, stale=position.stale)
        for position in mark.positions
    }
    given = mark_book(
        previous, book, marks, session=mark.session, at=mark.at, benchmark_index=mark.benchmark_index
    )
    for field in fields(SessionMark):
        was, should = getattr(mark, field.name), getattr(given, field.name)
        if was != should:
            return f"recorded {field.name} {was}, the journal at these prices gives {should}"
    return None


def _orders(connection: Connection) -> Iterator[Finding]:
    """Every order as its decision planned it."""
    planned = {
        order.order_id: order
        for record in connection.execute(select(cycles.c.record)).scalars()
        for order in from_json(CycleRecord, record).orders
    }
    recorded = {row.order_id: rows.order_of(row) for row in connection.execute(select(orders))}
    yield from _first_difference(orders, recorded, planned)


def _statuses(connection: Connection) -> Iterator[Finding]:
    """Every order's status against its fills."""
    filled: dict[str, list[Fill]] = {}
    for row in _all(connection, fills):
        filled.setdefault(row["order_id"], []).append(rows.fill_of(row))
    for order in connection.execute(select(orders).order_by(orders.c.order_id)):
        problem = _status_problem(order, filled.get(order.order_id, []))
        if problem is not None:
            yield Finding(table=orders.name, row=order.order_id, problem=problem)
            return


def _status_problem(row: Any, traded: Sequence[Fill]) -> str | None:
    total = sum((fill.quantity for fill in traded), Decimal(0))
    if row.state is None:
        untouched = row.status in ("pending", "accepted", "rejected", "unknown")
        wrong = bool(traded) if untouched else row.status == "filled" and not traded
        return f"recorded {row.status}, but its fills come to {total}" if wrong else None
    try:
        state = rows.state_of(row)
    except DeskError as error:
        return f"its state does not hold: {error}"
    if (state.status, state.reason) != (row.status, row.reason):
        return f"recorded {row.status} ({row.reason}), its state says {state.status} ({state.reason})"
    if total != state.filled:
        return f"recorded {state.filled} filled, but its fills come to {total}"
    return None


def _first_difference(
    table: Table, recorded: Mapping[str, object], derived: Mapping[str, object]
) -> Iterator[Finding]:
    for key in sorted(recorded.keys() | derived.keys()):
        if recorded.get(key) != derived.get(key):
            problem = f"recorded {recorded.get(key)!r}, the chained records give {derived.get(key)!r}"
            yield Finding(table=table.name, row=key, problem=problem)
            return


def _all(connection: Connection, table: Table) -> Iterable[RowMapping]:
    return connection.execute(select(table)).mappings()


def _decision_chain(connection: Connection) -> Iterator[Finding]:
    previous, expected = GENESIS, 1
    for row in connection.execute(select(cycles).order_by(cycles.c.seq)).mappings():
        problem = None
        if row["seq"] != expected:
            problem = f"expected decision number {expected}, was {row['seq']}: rows are missing or moved"
        elif (row["previous_hash"], row["hash"]) != (
            previous,
            link(previous, {name: row[name] for name in CHAINED}),
        ):
            problem = "its content is not what was recorded: the hash chain breaks here"
        if problem is not None:
            yield Finding(table=cycles.name, row=row["cycle_id"], problem=problem)
            return
        previous, expected = row["hash"], expected + 1
