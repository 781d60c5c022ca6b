"""What leaves which lot, and the entries that take it out: the oldest lot first."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from fund.portfolio.journal import MONEY_STEP, Entry
from fund.portfolio.position import Lot, Position


def taken(lots: Sequence[Lot], closing: Decimal) -> list[tuple[str, Decimal, Decimal]]:
    """Return (lot, signed quantity, cost) of what leaves each lot when `closing` goes, signed against them.

    A part of a lot takes its share of the cost along, to a millionth of a dollar; the rest stays.
    """
    left = closing
    out: list[tuple[str, Decimal, Decimal]] = []
    for lot in lots:
        if not left:
            break
        if abs(left) >= abs(lot.quantity):
            part, cost = -lot.quantity, lot.cost
        else:
            share = abs(left / lot.quantity)
            part, cost = left, (lot.cost * share).quantize(MONEY_STEP, rounding=ROUND_HALF_EVEN)
        out.append((lot.lot_id, part, cost))
        left -= part
    return out


def close_entries(ticker: str, lots: Sequence[Lot], closing: Decimal, price: Decimal) -> list[Entry]:
    """Return entries that take `closing` out of the lots at cost and realise the difference to the price.

    Each lot's realised profit comes before its shares leave, so that an open position keeps it.
    """
    entries: list[Entry] = []
    for lot, part, cost in taken(lots, closing):
        entries += [
            Entry(account="realised", ticker=ticker, amount=cost + part * price),
            Entry(account="position", ticker=ticker, amount=-cost, quantity=part, lot=lot),
        ]
    return entries


def closed_out(held: Position, price: Decimal) -> tuple[Entry, ...]:
    """Return the entries that close a whole position at a price, USD a share; a short pays it."""
    cash = Entry(account="cash", amount=held.quantity * price)
    return (*close_entries(held.ticker, held.lots, -held.quantity, price), cash)
