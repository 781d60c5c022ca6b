"""How a position goes on under another ticker, or ends at a stated value."""

from datetime import datetime
from decimal import Decimal

from fund.errors import LedgerError
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book
from fund.portfolio.journal import Entry, Transaction
from fund.portfolio.lot_entries import closed_out
from fund.portfolio.position import Position


def post_ticker_change(book: Book, action: CorporateAction, at: datetime) -> Transaction:
    """Carry a position over to its new ticker, lot by lot at cost; what is held there already joins it.

    Raises `LedgerError` where the new ticker is held on the other side.
    """
    held, there = book.positions[action.ticker], book.positions.get(action.detail)
    if action.detail == action.ticker or (there is not None and there.quantity * held.quantity < 0):
        raise LedgerError(
            f"{action.ticker} can only become another ticker that is not held on the other side, was "
            f"{action.detail!r}; close one of the two"
        )
    out = [_moves(lot.lot_id, action.ticker, -lot.cost, -lot.quantity) for lot in held.lots]
    brought = [_moves(lot.lot_id, action.detail, lot.cost, lot.quantity) for lot in held.lots]
    return _action_transaction(action, at, (*out, *brought), f"{action.ticker} is now {action.detail}")


def post_merger(held: Position, action: CorporateAction, at: datetime) -> Transaction:
    """Close a position for the cash its company was bought for, without commission; a short pays."""
    return _action_transaction(
        action, at, closed_out(held, action.value), f"{action.ticker} merged; paid {action.value} USD a share"
    )


def post_stated_delisting(held: Position, action: CorporateAction, at: datetime) -> Transaction:
    """Close a delisted position at its stated value, which may be 0, without commission."""
    memo = f"{action.ticker} delisted; closed at the stated value of {action.value} USD a share"
    return _action_transaction(action, at, closed_out(held, action.value), memo)


def _action_transaction(
    action: CorporateAction, at: datetime, entries: tuple[Entry, ...], memo: str
) -> Transaction:
    kind = action.kind
    if kind not in ("merger", "delisting", "ticker_change"):
        raise LedgerError(f"expected a merger, delisting or ticker change, was {kind!r} of {action.ticker}")
    return Transaction(
        transaction_id=f"{kind}-{action.ticker}-{action.ex_date.isoformat()}",
        kind=kind,
        session=action.ex_date,
        at=at,
        entries=entries,
        memo=memo,
    )


def _moves(lot: str, ticker: str, amount: Decimal, quantity: Decimal) -> Entry:
    return Entry(account="position", ticker=ticker, amount=amount, quantity=quantity, lot=lot)
