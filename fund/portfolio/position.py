"""What is held of one ticker: its lots, what they cost, and what it has earned since it was opened."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from fund.errors import LedgerError
from fund.portfolio.journal import ZERO, Account, Entry

LotMethod = Literal["average", "fifo"]
"""Average: every purchase joins the one unnamed lot. FIFO: every opening fill is a lot of its own."""
LOT_METHODS: tuple[LotMethod, ...] = ("average", "fifo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Shares that were acquired together and leave together, oldest lot first."""

    lot_id: str
    """The fill that opened it; empty where cost is averaged."""
    opened: date
    quantity: Decimal
    """Shares; negative when short."""
    cost: Decimal
    """What they cost, USD; negative when short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An open position: the sum of its lots, with what it has earned since it was opened."""

    ticker: str
    quantity: Decimal
    """Shares; negative when short."""
    cost: Decimal
    """What the open quantity cost, USD; negative when short."""
    opened: date
    bought: Decimal
    """Absolute cost of everything acquired since the position was opened."""
    realised: Decimal = ZERO
    dividends: Decimal = ZERO
    fees: Decimal = ZERO
    borrow: Decimal = ZERO
    """Fees paid for the shares borrowed."""
    lots: tuple[Lot, ...] = ()
    """Oldest first."""


def moved(held: Position | None, entry: Entry, session: date, *, bought: Decimal) -> Position:
    """Return the position after one entry of its lot; `bought` is what the entry acquires, USD.

    Raises `LedgerError` where the entry would carry the position or the lot through zero.
    """
    ticker = entry.ticker
    if ticker is None:
        raise LedgerError("a position entry needs a ticker, found none; name the ticker it moves")
    if held is None:
        return Position(
            ticker=ticker,
            quantity=entry.quantity,
            cost=entry.amount,
            opened=session,
            bought=bought,
            lots=_lots_moved(ticker, (), entry, session, ZERO),
        )
    quantity = held.quantity + entry.quantity
    if quantity and (quantity > 0) != (held.quantity > 0):
        raise LedgerError(
            f"{ticker} crosses zero in one entry; close the position first, then open the other side"
        )
    return Position(
        ticker=ticker,
        quantity=quantity,
        cost=held.cost + entry.amount,
        opened=held.opened,
        bought=held.bought + bought,
        realised=held.realised,
        dividends=held.dividends,
        fees=held.fees,
        borrow=held.borrow,
        lots=_lots_moved(ticker, held.lots, entry, session, held.quantity),
    )


def credited(held: Position, account: Account, amount: Decimal) -> Position:
    """Return the position with an amount of the realised, dividends, fees or borrow account on its own."""
    if account == "realised":
        return replace(held, realised=held.realised - amount)
    if account == "dividends":
        return replace(held, dividends=held.dividends - amount)
    if account == "fees":
        return replace(held, fees=held.fees + amount)
    return replace(held, borrow=held.borrow + amount)


def joined(old: Position, new: Position | None, ticker: str) -> Position:
    """Return a position carried over to another ticker, with what is held there already.

    Both must be on the same side. Lots keep their ids and days; the unnamed ones become one.
    """
    if new is None:
        return replace(old, ticker=ticker)
    lots: dict[str, Lot] = {}
    for lot in sorted((*new.lots, *old.lots), key=lambda each: each.opened):
        twin = lots.get(lot.lot_id)
        if twin is not None:
            lot = replace(twin, quantity=twin.quantity + lot.quantity, cost=twin.cost + lot.cost)
        lots[lot.lot_id] = lot
    return Position(
        ticker=ticker,
        quantity=old.quantity + new.quantity,
        cost=old.cost + new.cost,
        opened=min(old.opened, new.opened),
        bought=old.bought + new.bought,
        realised=old.realised + new.realised,
        dividends=old.dividends + new.dividends,
        fees=old.fees + new.fees,
        borrow=old.borrow + new.borrow,
        lots=tuple(lots.values()),
    )


def _lots_moved(
    ticker: str, lots: tuple[Lot, ...], entry: Entry, session: date, held: Decimal
) -> tuple[Lot, ...]:
    for place, lot in enumerate(lots):
        if lot.lot_id == entry.lot:
            quantity = lot.quantity + entry.quantity
            if not quantity:
                _refuse_cost(ticker, lot.cost + entry.amount)
                return lots[:place] + lots[place + 1 :]
            if (quantity > 0) != (lot.quantity > 0):
                raise LedgerError(f"lot {entry.lot!r} of {ticker} crosses zero: it holds {lot.quantity}")
            after = Lot(lot_id=lot.lot_id, opened=lot.opened, quantity=quantity, cost=lot.cost + entry.amount)
            return (*lots[:place], after, *lots[place + 1 :])
    if not entry.quantity:
        _refuse_cost(ticker, entry.amount)
        return lots
    if held * entry.quantity < 0:
        raise LedgerError(f"{ticker} has no lot {entry.lot!r} to take {entry.quantity} shares from")
    return (*lots, Lot(lot_id=entry.lot, opened=session, quantity=entry.quantity, cost=entry.amount))


def _refuse_cost(ticker: str, cost: Decimal) -> None:
    if cost:
        raise LedgerError(f"{ticker}: no shares are left, but {cost} of cost is")
