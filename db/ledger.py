"""The paper account as it is kept: an append-only journal, orders, fills, trades and daily marks."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select, text

from db import ledger_rows as rows
from db.chain import GENESIS
from db.column_types import storable
from db.locks import Lock, hold
from db.once import insert_all, insert_once
from db.quarantine import Quarantine
from db.tables import closed_trades, equity_daily, fills, journal_entries, journal_transactions, orders
from fund.errors import LedgerError
from fund.execution.lifecycle import WORKING, OrderState
from fund.execution.orders import Order
from fund.portfolio.book import Book, ClosedTrade, replay
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.session_mark import SessionMark
from fund.settlement import Settlement

_END_AND_KNOWN = text(
    "(SELECT transaction_id, seq, hash FROM desk.journal_transactions ORDER BY seq DESC LIMIT 1) "
    "UNION (SELECT transaction_id, seq, hash FROM desk.journal_transactions WHERE transaction_id = ANY(:ids))"
)
_SETTLE_ORDERS = text(
    "UPDATE desk.orders AS o SET status = coalesce(s.status, 'expired'), "
    "reason = CASE WHEN s.status IS NULL THEN 'nothing_left' ELSE s.reason END, "
    "state = coalesce(CAST(s.state AS jsonb), o.state), settled_session = :session "
    "FROM desk.orders AS p JOIN desk.cycles AS c ON c.cycle_id = p.cycle_id AND c.session < :session "
    "LEFT JOIN "
    "unnest(CAST(:ids AS text[]), CAST(:statuses AS text[]), CAST(:reasons AS text[]), "
    "CAST(:states AS text[])) AS s(order_id, status, reason, state) ON s.order_id = p.order_id "
    "WHERE o.order_id = p.order_id AND o.status IN ('pending', 'accepted', 'partially_filled', 'unknown') "
    "AND (o.settled_session IS NULL OR o.settled_session < :session) "
    "AND (s.order_id IS NOT NULL OR o.time_in_force = 'day')"
)


class Ledger:
    """Reads and writes the account over one connection; the caller's transaction decides what happened.

    Every write may be delivered again: the same content changes nothing, other content under the same
    id raises `LedgerError`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, transactions: Sequence[Transaction]) -> int:
        """Append to the journal in the given order and return how many were new."""
        if not transactions:
            return 0
        hold(self._connection, Lock.LEDGER)
        given = {transaction.transaction_id: transaction for transaction in transactions}
        seq, previous, known = self._end_of_journal(list(given))
        self._require_same(
            [t for t in transactions if t.transaction_id in known or t != given[t.transaction_id]]
        )
        heads: list[rows.Row] = []
        entries: list[rows.Row] = []
        for transaction in given.values():
            if transaction.transaction_id not in known:
                seq += 1
                heads.append(rows.transaction_row(transaction, seq, previous))
                entries += rows.entry_rows(transaction)
                previous = heads[-1]["hash"]
        if heads:
            insert_all(self._connection, journal_transactions, heads)
            insert_all(self._connection, journal_entries, entries)
        return len(heads)

    def journal(self) -> Iterator[Transaction]:
        """Yield every transaction in the order it was appended."""
        return rows.transactions_of(self._joined(journal_statement()))

    def head(self) -> str:
        """Return the hash of the last transaction; with it, everything before is pinned (INV-18)."""
        chosen = select(journal_transactions.c.hash).order_by(journal_transactions.c.seq.desc()).limit(1)
        return self._connection.execute(chosen).scalar() or GENESIS

    def load_book(self) -> Book:
        """Return the book: the fold of the whole journal, nothing else (INV-3)."""
        return replay(self.journal())

    def record_orders(self, planned: Sequence[Order]) -> int:
        """Record a cycle's orders as pending, in their order, and return how many were new."""
        return insert_once(
            self._connection, orders, [rows.order_row(order, line) for line, order in enumerate(planned)]
        )

    def open_orders(self) -> tuple[Order, ...]:
        """Return the orders that have not ended, as they were planned and in that order."""
        return tuple(rows.order_of(row) for row in self._open_rows())

    def working_orders(self) -> tuple[OrderState, ...]:
        """Return the same orders as they stand now: what is filled of them, what a split made of the rest.

        With the book and the last mark it is all a restart goes on from.
        """
        return tuple(rows.state_of(row) for row in self._open_rows())

    def orders_of(self, cycle_id: str) -> tuple[tuple[Order, str, str | None], ...]:
        """Return a cycle's orders, each with its status and why it did not fill, if so."""
        found = self._connection.execute(
            select(orders).where(orders.c.cycle_id == cycle_id).order_by(orders.c.line)
        )
        return tuple((rows.order_of(row), row.status, row.reason) for row in found)

    def record_settlement(self, settlement: Settlement) -> int:
        """Book a session: journal, fills, closed trades, and where it left every order decided before it.

        A day order is for one session: one that the settlement does not mention expires too. An order that
        has ended stays as it ended, and one that a later session has moved on is not moved back. Returns
        how many transactions were new.
        """
        new = self.append(settlement.transactions)
        Quarantine(self._connection).keep(settlement.refused, at=settlement.at)
        insert_once(self._connection, fills, [rows.fill_row(fill) for fill in settlement.fills])
        insert_once(
            self._connection, closed_trades, [rows.closed_trade_row(trade) for trade in settlement.closed]
        )
        ends = rows.outcomes(settlement)
        self._connection.execute(
            _SETTLE_ORDERS,
            {
                "session": settlement.session,
                "ids": [end["order_id"] for end in ends],
                "statuses": [end["status"] for end in ends],
                "reasons": [end["reason"] for end in ends],
                "states": [end["state"] for end in ends],
            },
        )
        return new

    def fills(self, *, ticker: str | None = None, limit: int | None = None) -> tuple[Fill, ...]:
        """Return fills, newest session first."""
        chosen = select(fills).order_by(fills.c.session.desc(), fills.c.filled_at.desc(), fills.c.fill_id)
        if ticker is not None:
            chosen = chosen.where(fills.c.ticker == ticker)
        return tuple(rows.fill_of(row) for row in self._connection.execute(chosen.limit(limit)).mappings())

    def closed_trades(
        self, *, ticker: str | None = None, until: date | None = None, limit: int | None = None
    ) -> tuple[ClosedTrade, ...]:
        """Return closed trades, last closed first, optionally those closed by the end of a session."""
        chosen = select(closed_trades).order_by(closed_trades.c.closed.desc(), closed_trades.c.trade_id)
        if ticker is not None:
            chosen = chosen.where(closed_trades.c.ticker == ticker)
        if until is not None:
            chosen = chosen.where(closed_trades.c.closed <= until)
        found = self._connection.execute(chosen.limit(limit)).mappings()
        return tuple(rows.closed_trade_of(row) for row in found)

    def mark_session(self, mark: SessionMark) -> None:
        """Record what the book was worth at a close."""
        insert_once(self._connection, equity_daily, [rows.mark_row(mark)])

    def last_mark(self) -> SessionMark | None:
        """Return the last recorded close, None before the first."""
        chosen = select(equity_daily).order_by(equity_daily.c.session.desc()).limit(1)
        row = self._connection.execute(chosen).mappings().one_or_none()
        return None if row is None else rows.mark_of(row)

    def equity_curve(self, *, since: date | None = None) -> tuple[SessionMark, ...]:
        """Return every recorded close from `since` on, oldest first."""
        chosen = select(equity_daily).order_by(equity_daily.c.session)
        if since is not None:
            chosen = chosen.where(equity_daily.c.session >= since)
        return tuple(rows.mark_of(row) for row in self._connection.execute(chosen).mappings())

    def _open_rows(self) -> Sequence[Any]:
        working = select(orders).where(orders.c.status.in_(sorted(WORKING)))
        return self._connection.execute(working.order_by(orders.c.decided_at, orders.c.line)).all()

    def _end_of_journal(self, ids: list[str]) -> tuple[int, str, set[str]]:
        found = self._connection.execute(_END_AND_KNOWN, {"ids": ids}).all()
        last = max(found, key=lambda row: int(row.seq), default=None)
        known = {row.transaction_id for row in found} & set(ids)
        return (last.seq, last.hash, known) if last is not None else (0, GENESIS, known)

    def _require_same(self, delivered_again: Sequence[Transaction]) -> None:
        if not delivered_again:
            return
        ids = [transaction.transaction_id for transaction in delivered_again]
        found = self._joined(journal_statement().where(journal_transactions.c.transaction_id.in_(ids)))
        stored = {t.transaction_id: t for t in rows.transactions_of(found)}
        for transaction in delivered_again:
            first = stored.get(transaction.transaction_id)
            if _content(first) != _content(transaction):
                raise LedgerError(
                    f"transaction {transaction.transaction_id!r} was delivered again with other content; "
                    f"the first stays ({first!r}), this came: {transaction!r}"
                )

    def _joined(self, statement: Select[Any]) -> Iterator[Any]:
        with self._connection.execute(statement.execution_options(yield_per=5000)) as found:
            yield from found


def journal_statement() -> Select[Any]:
    """Return the query of every journal row with its entries, in the order of the journal."""
    return (
        select(
            journal_transactions,
            journal_entries.c.account,
            journal_entries.c.ticker,
            journal_entries.c.amount,
            journal_entries.c.quantity,
            journal_entries.c.lot,
        )
        .outerjoin(journal_entries, journal_entries.c.transaction_id == journal_transactions.c.transaction_id)
        .order_by(journal_transactions.c.seq, journal_entries.c.line)
    )


def _content(transaction: Transaction | None) -> object:
    if transaction is None:
        return None
    return (
        transaction.kind,
        transaction.session,
        transaction.at,
        transaction.entries,
        storable(transaction.memo),
    )
