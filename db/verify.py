"""Reads the books from their first row and says where they stop adding up."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, text
from sqlalchemy.exc import DBAPIError

from db import ledger_rows as rows
from db.chain_check import Tally, check_chains
from db.cross_check import cross_check, unreadable
from db.finding import Finding
from db.ledger import journal_statement
from db.order_check import status_findings
from db.record_codec import from_json
from db.session_pin import fills_hash, mark_hash
from db.tables import closed_trades, equity_daily, fills, journal_transactions, orders
from db.trials import trial_findings
from fund.errors import DeskError
from fund.execution.orders import Order
from fund.market.bars import Mark
from fund.portfolio.book import Book, ClosedTrade, closed_by
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.position import LOT_METHODS
from fund.portfolio.postings import post_fill
from fund.portfolio.session_mark import SessionMark, mark_book

HOSTILE = (DeskError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a row can raise that was not written by the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a check of the books found, and how many rows it hashed."""

    findings: tuple[Finding, ...]
    hashed_rows: int


def verify_ledger(connection: Connection) -> tuple[Finding, ...]:
    """Return the first wrong row of every table of the books; empty when all of them add up."""
    return audit_books(connection).findings


def audit_books(connection: Connection) -> Audit:
    """Check the books whole; a row that cannot be read is a finding, and never an error.

    First the three chains, of the journal, the decisions and the events. A whole journal is then replayed
    from nothing and compared with every close, trade and fill on record, whole decisions with the orders,
    whole events with the closes and fills they pin, the orders' statuses with their fills; then the chain
    of the forecasters' trials, and every table with what the others say of it.
    """
    tally = Tally()
    chains = check_chains(connection, tally)
    odd = tuple(unreadable(connection))
    broken = {name for name, found in chains.items() if found} | {finding.table for finding in odd}
    found = [each for one in chains.values() for each in one] + list(odd)
    if not broken & {"journal_transactions", "journal_entries", "equity_daily", "fills", "closed_trades"}:
        found += _careful(journal_transactions.name, _replayed_books(connection))
    if not broken & {"cycles", "orders"}:
        found += _careful(orders.name, _orders(connection))
    if not broken & {"cycles", "events", "equity_daily", "fills"}:
        found += _careful("events", _pinned(connection))
    if not {finding.table for finding in found} & {"journal_transactions", "fills", "orders"}:
        found += _careful(orders.name, status_findings(connection))
    found += _careful("forecaster_trials", iter(trial_findings(connection)))
    found += cross_check(connection, {finding.table for finding in found})
    return Audit(findings=_first_of_each_table(found), hashed_rows=tally.rows)


def _first_of_each_table(found: Iterable[Finding]) -> tuple[Finding, ...]:
    first: dict[str, Finding] = {}
    for finding in found:
        first.setdefault(finding.table, finding)
    return tuple(first.values())


def _careful(table: str, findings: Iterator[Finding]) -> list[Finding]:
    """Return what a check found; where a row stopped it, that is the finding."""
    found: list[Finding] = []
    try:
        found.extend(findings)
    except (*HOSTILE, DBAPIError) as error:
        problem = f"the check stopped here ({type(error).__name__}: {str(error)[:200]})"
        found.append(Finding(table=table, row="", problem=problem))
    return found


_PLANS = text(
    "SELECT CAST(json_build_object('orders', CAST(record AS json) -> 'orders') AS text) FROM desk.cycles"
)
_PINS = text(
    "SELECT c.session, CAST(e.data AS text) FROM desk.events AS e "
    "JOIN desk.cycles AS c ON e.event_id = 'cycle-' || c.cycle_id "
    "WHERE e.data ?& array['mark_hash', 'fills_hash'] ORDER BY c.session"
)


def _replayed_books(connection: Connection) -> Iterator[Finding]:
    """Every recorded close, closed trade and fill against a replay of the journal."""
    marks = connection.execute(select(equity_daily).order_by(equity_daily.c.session)).mappings()
    recorded = {row["fill_id"]: rows.fill_of(row) for row in _all(connection, fills)}
    stored = {row["trade_id"]: rows.closed_trade_of(row) for row in _all(connection, closed_trades)}
    journal = connection.execute(journal_statement()).all()
    replay = _Replay(rows.transactions_of(journal), recorded)
    previous: SessionMark | None = None
    try:
        for row in marks:
            try:
                mark = rows.mark_of(row)
            except HOSTILE as error:
                problem = f"its positions cannot be read ({type(error).__name__}: {str(error)[:200]})"
                yield Finding(table=equity_daily.name, row=row["session"].isoformat(), problem=problem)
                break
            replay.run_to(mark.session)
            wrong = _mark_problem(mark, previous, replay.book)
            if wrong is not None:
                yield Finding(table=equity_daily.name, row=mark.session.isoformat(), problem=wrong)
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
        elif not _is_booked_as(before, fill, transaction):
            self.wrong_fills[fill_id] = f"recorded as {fill!r}, which is not what the journal booked"


def _is_booked_as(before: Book, fill: Fill, transaction: Transaction) -> bool:
    try:
        return any(post_fill(before, fill, lots=method) == transaction for method in LOT_METHODS)
    except DeskError:
        return False


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


@dataclass(frozen=True, slots=True)
class _Plan:
    orders: tuple[Order, ...]


def _orders(connection: Connection) -> Iterator[Finding]:
    """Every order as its decision planned it, at its place in the plan."""
    planned = {
        order.order_id: dict(rows.order_row(order, line))
        for plan in connection.execute(_PLANS).scalars()
        for line, order in enumerate(from_json(_Plan, plan).orders)
    }
    recorded: dict[str, Any] = {row["order_id"]: dict(row) for row in _all(connection, orders)}
    for order_id, row in recorded.items():
        recorded[order_id] = {name: row[name] for name in planned.get(order_id, row)}
    yield from _first_difference(orders, recorded, planned)


def _pinned(connection: Connection) -> Iterator[Finding]:
    """Every close and the fills of every session against the hashes in the chained event of its cycle."""
    closes = {row["session"]: row for row in _all(connection, equity_daily)}
    filled: dict[date, list[RowMapping]] = defaultdict(list)
    for row in _all(connection, fills):
        filled[row["session"]].append(row)
    for session, pinned in connection.execute(_PINS).all():
        pins = json.loads(pinned)
        if session in closes and mark_hash(closes[session]) != pins["mark_hash"]:
            problem = "it is not the close that the event of its decision tells of"
            yield Finding(table=equity_daily.name, row=session.isoformat(), problem=problem)
            return
        if fills_hash(filled[session]) != pins["fills_hash"]:
            problem = "the fills of this session are not those that the event of its decision tells of"
            yield Finding(table=fills.name, row=session.isoformat(), problem=problem)
            return


def _first_difference(
    table: Table, recorded: Mapping[str, object], derived: Mapping[str, object]
) -> Iterator[Finding]:
    for key in sorted(recorded.keys() | derived.keys()):
        if recorded.get(key) != derived.get(key):
            problem = f"recorded {recorded.get(key)!r}, the chained records give {derived.get(key)!r}"
            yield Finding(table=table.name, row=key, problem=problem)
            return


def _all(connection: Connection, table: Table) -> Iterable[RowMapping]:
    return connection.execute(select(table)).mappings().all()
