"""Between the values of the fund and the rows of the ledger."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from db.chain import link
from db.column_types import dump_json, storable
from db.record_codec import from_plain, to_plain
from fund.errors import LedgerError
from fund.execution.lifecycle import OrderState
from fund.execution.orders import Order
from fund.portfolio.book import ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Entry, Transaction
from fund.portfolio.session_mark import MarkedPosition, SessionMark
from fund.settlement import Settlement

Row = dict[str, Any]


def aware(moment: datetime) -> datetime:
    """Return the moment; raises `LedgerError` when it does not say its timezone."""
    if moment.tzinfo is None:
        raise LedgerError(f"expected a timezone-aware time to record, found {moment!r}")
    return moment


def transaction_row(transaction: Transaction, seq: int, previous_hash: str) -> Row:
    """Return the journal row of a transaction, linked to the one before it."""
    row: Row = {
        "transaction_id": transaction.transaction_id,
        "seq": seq,
        "kind": transaction.kind,
        "session": transaction.session,
        "at": aware(transaction.at),
        "memo": storable(transaction.memo),
    }
    return row | {"previous_hash": previous_hash, "hash": _hash(row, transaction.entries, previous_hash)}


def _hash(row: Row, entries: Iterable[Any], previous_hash: str) -> str:
    listed = [_plain_entry(entry) for entry in entries]
    return link(previous_hash, row | {"entries": listed})


def _plain_entry(entry: Any) -> list[Any]:
    """Return what a hash covers of an entry; one without a lot reads as it did before there were lots."""
    plain = [entry.account, entry.ticker, entry.amount, entry.quantity]
    return [*plain, entry.lot] if entry.lot else plain


def entry_rows(transaction: Transaction) -> list[Row]:
    """Return the rows of a transaction's entries, in their order."""
    return [
        {
            "transaction_id": transaction.transaction_id,
            "line": line,
            "account": entry.account,
            "ticker": entry.ticker,
            "amount": entry.amount,
            "quantity": entry.quantity,
            "lot": entry.lot,
        }
        for line, entry in enumerate(transaction.entries)
    ]


def transactions_of(rows: Iterable[Any]) -> Iterator[Transaction]:
    """Gather joined journal rows, ordered by seq and line, into transactions.

    A row ends with account, ticker, amount, quantity and lot of its entry; no account is no entry.
    """
    head: Any = None
    entries: list[Entry] = []
    for row in rows:
        if head is not None and row.transaction_id != head.transaction_id:
            yield _transaction(head, entries)
            entries = []
        head = row
        account, ticker, amount, quantity, lot = row[-5:]
        if account is not None:
            entries.append(Entry(account=account, amount=amount, ticker=ticker, quantity=quantity, lot=lot))
    if head is not None:
        yield _transaction(head, entries)


def _transaction(head: Any, entries: list[Entry]) -> Transaction:
    return Transaction(
        transaction_id=head.transaction_id,
        kind=head.kind,
        session=head.session,
        at=head.at,
        entries=tuple(entries),
        memo=head.memo,
    )


def _columns(value: Order | Fill | ClosedTrade | SessionMark) -> Row:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def order_row(order: Order, line: int) -> Row:
    """Return the row of an order at its place in the plan."""
    return _columns(order) | {"decided_at": aware(order.decided_at), "line": line}


def order_of(row: Any) -> Order:
    """Return the order of a row."""
    return Order(
        order_id=row.order_id,
        cycle_id=row.cycle_id,
        ticker=row.ticker,
        side=row.side,
        quantity=row.quantity,
        reference_price=row.reference_price,
        decided_at=row.decided_at,
        kind=row.kind,
        time_in_force=row.time_in_force,
        limit_price=row.limit_price,
        stop_price=row.stop_price,
        purpose=row.purpose,
    )


def state_of(row: Any) -> OrderState:
    """Return how far the order of a row has come; as planned, where no session has touched it yet."""
    if row.state is None:
        return OrderState(order=order_of(row), status=row.status, reason=row.reason)
    return from_plain(OrderState, row.state)


def fill_row(fill: Fill) -> Row:
    """Return the row of a fill."""
    return _columns(fill) | {"filled_at": aware(fill.filled_at)}


def fill_of(row: RowMapping) -> Fill:
    """Return the fill of a row."""
    return Fill(**row)


def closed_trade_row(trade: ClosedTrade) -> Row:
    """Return the row of a closed trade."""
    return _columns(trade)


def closed_trade_of(row: RowMapping) -> ClosedTrade:
    """Return the closed trade of a row."""
    return ClosedTrade(**row)


def mark_row(mark: SessionMark) -> Row:
    """Return the row of a session's mark."""
    return _columns(mark) | {"at": aware(mark.at), "positions": to_plain(mark.positions)}


def mark_of(row: RowMapping) -> SessionMark:
    """Return the session's mark of a row."""
    positions = tuple(from_plain(MarkedPosition, position) for position in row["positions"])
    return SessionMark(**{**row, "positions": positions})


def outcomes(settlement: Settlement) -> list[Row]:
    """Return where a settlement left every order it speaks of."""
    return [
        {
            "order_id": state.order.order_id,
            "status": state.status,
            "reason": state.reason,
            "state": dump_json(to_plain(state)),
        }
        for state in sorted(settlement.orders, key=lambda each: each.order.order_id)
    ]
