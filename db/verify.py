"""Reads the books from their first row and says where they stop adding up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import Connection, RowMapping, Table, select

from db import ledger_rows as rows
from db.chain import GENESIS, link
from db.decisions import CHAINED
from db.ledger import journal_statement
from db.session_mark import SessionMark
from db.tables import closed_trades, cycles, equity_daily, fills, journal_transactions
from fund.errors import DeskError
from fund.portfolio.book import Book, ClosedTrade, check_identity, closed_by
from fund.portfolio.journal import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first row of a table that does not hold, and what is wrong with it."""

    table: str
    row: str
    problem: str


def verify_ledger(connection: Connection) -> tuple[Finding, ...]:
    """Return the first wrong row of every table of the books; empty when all of them add up.

    First the two chains, of the journal and of the decisions. A whole journal is then replayed from
    nothing and compared with the equity of every close, the trades and the fills on record.
    """
    findings = [*_journal_chain(connection), *_decision_chain(connection)]
    if not any(finding.table == journal_transactions.name for finding in findings):
        findings += [*_replayed_books(connection), *_fills(connection)]
    return tuple(findings)


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
    """Every recorded close and every closed trade against a replay of the journal."""
    marks = connection.execute(select(equity_daily).order_by(equity_daily.c.session)).mappings()
    stored = {row["trade_id"]: rows.closed_trade_of(row) for row in _all(connection, closed_trades)}
    replay = _Replay(rows.transactions_of(connection.execute(journal_statement())))
    try:
        for row in marks:
            mark = rows.mark_of(row)
            replay.run_to(mark.session)
            problem = _mark_problem(mark, replay.book)
            if problem is not None:
                yield Finding(table=equity_daily.name, row=mark.session.isoformat(), problem=problem)
                break
        replay.run_to(date.max)
    except DeskError as error:
        yield Finding(table=journal_transactions.name, row=replay.last_id, problem=str(error))
        return
    for trade_id in sorted(stored.keys() | replay.closed.keys()):
        if stored.get(trade_id) != replay.closed.get(trade_id):
            problem = f"recorded {stored.get(trade_id)!r}, the journal says {replay.closed.get(trade_id)!r}"
            yield Finding(table=closed_trades.name, row=trade_id, problem=problem)
            return


class _Replay:
    """A book that follows the journal session by session."""

    def __init__(self, transactions: Iterator[Transaction]) -> None:
        self.book = Book()
        self.closed: dict[str, ClosedTrade] = {}
        self.last_id = ""
        self._waiting = transactions
        self._next = next(transactions, None)

    def run_to(self, session: date) -> None:
        """Apply every transaction up to the close of a session."""
        while self._next is not None and self._next.session <= session:
            self.last_id = self._next.transaction_id
            before, self.book = self.book, self.book.apply(self._next)
            if (trade := closed_by(before, self._next, self.book)) is not None:
                self.closed[trade.trade_id] = trade
            self._next = next(self._waiting, None)


def _mark_problem(mark: SessionMark, book: Book) -> str | None:
    held = {position.ticker: position.quantity for position in mark.positions}
    replayed = {ticker: position.quantity for ticker, position in book.positions.items()}
    if held != replayed:
        differing = sorted(t for t in held.keys() | replayed.keys() if held.get(t) != replayed.get(t))
        return f"recorded other quantities than the journal gives for {', '.join(differing)}"
    if (mark.cash, mark.deposits) != (book.cash, book.deposits):
        return (
            f"recorded cash {mark.cash} and deposits {mark.deposits}, the journal gives {book.cash} and "
            f"{book.deposits}"
        )
    prices = {position.ticker: position.price for position in mark.positions}
    if mark.equity != book.equity(prices):
        return f"recorded equity {mark.equity}, cash and positions at their marks give {book.equity(prices)}"
    check_identity(book, prices)
    return None


def _fills(connection: Connection) -> Iterator[Finding]:
    """Every fill has its transaction, and every fill transaction its fill, with the same money."""
    booked = {
        t.transaction_id.removeprefix("fill-"): t
        for t in rows.transactions_of(connection.execute(journal_statement()))
        if t.kind == "fill"
    }
    recorded = {row["fill_id"]: rows.fill_of(row) for row in _all(connection, fills)}
    for fill_id in sorted(booked.keys() | recorded.keys()):
        transaction, fill = booked.get(fill_id), recorded.get(fill_id)
        if transaction is None or fill is None:
            missing = "the journal does not have it" if transaction is None else "only the journal has it"
            yield Finding(table=fills.name, row=fill_id, problem=missing)
            return
        paid = sum(entry.amount for entry in transaction.entries if entry.account == "cash")
        signed = fill.quantity if fill.side == "buy" else -fill.quantity
        if paid != -(signed * fill.price) - fill.commission:
            problem = f"recorded as {fill!r}, but the journal moved {paid} USD of cash for it"
            yield Finding(table=fills.name, row=fill_id, problem=problem)
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
