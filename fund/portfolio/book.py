"""The paper book: what is held, what it cost and what it earned, exact to the last decimal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from fund.errors import LedgerError, NoDataError
from fund.portfolio.journal import ZERO, Account, Entry, Transaction, TransactionKind
from fund.portfolio.position import Position as Position
from fund.portfolio.position import credited, joined, moved

NOTHING: Mapping[str, Position] = MappingProxyType({})
NONE_ENDED: Mapping[str, TransactionKind] = MappingProxyType({})
CREDITS: frozenset[Account] = frozenset({"deposits", "realised", "dividends"})
"""Accounts whose balance is the negative of their entries."""
OF_A_POSITION: frozenset[Account] = frozenset({"realised", "dividends", "fees", "borrow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTrade:
    """A position from the first share in to the last share out."""

    trade_id: str
    ticker: str
    opened: date
    closed: date
    bought: Decimal
    realised: Decimal
    dividends: Decimal
    fees: Decimal
    borrow: Decimal = ZERO
    """Fees paid for the shares borrowed."""

    @property
    def profit(self) -> Decimal:
        """Profit in USD, dividends included, net of fees and of what borrowing cost."""
        return self.realised + self.dividends - self.fees - self.borrow

    @property
    def return_fraction(self) -> float:
        """Profit over everything that was put in."""
        return float(self.profit / self.bought)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A fold over the journal; every total is in USD."""

    cash: Decimal = ZERO
    deposits: Decimal = ZERO
    realised: Decimal = ZERO
    dividends: Decimal = ZERO
    fees: Decimal = ZERO
    borrow: Decimal = ZERO
    """Fees paid for borrowed shares."""
    withdrawals: Decimal = ZERO
    positions: Mapping[str, Position] = field(default_factory=lambda: NOTHING)
    ended: Mapping[str, TransactionKind] = field(default_factory=lambda: NONE_ENDED)
    """Tickers whose position a merger, a delisting or a ticker change took away, until bought again."""

    @property
    def net_deposits(self) -> Decimal:
        """Return what the owner brought in, less what was taken out."""
        return self.deposits - self.withdrawals

    def market_value(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return the value of all positions at the given marks."""
        try:
            prices = [(position.quantity, marks[ticker]) for ticker, position in self.positions.items()]
        except KeyError:
            missing = sorted(self.positions.keys() - marks.keys())
            raise NoDataError(
                f"a mark is needed for every position, none was given for {missing!r}"
            ) from None
        if not all(price.is_finite() and price > 0 for _, price in prices):
            unusable = {
                t: m for t, m in marks.items() if t in self.positions and not (m.is_finite() and m > 0)
            }
            raise NoDataError(f"a mark must be a finite price above 0, was {unusable!r}; find the last close")
        return sum((quantity * price for quantity, price in prices), ZERO)

    def equity(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return cash plus the marked value of every position."""
        return self.cash + self.market_value(marks)

    def unrealised(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return marked value less cost over all open positions."""
        return self.market_value(marks) - sum((p.cost for p in self.positions.values()), ZERO)

    def weights(self, marks: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """Return each position as a fraction of equity, unrounded."""
        equity = self.equity(marks)
        if equity <= 0:
            raise LedgerError(f"equity must be above 0 to speak of weights, was {equity}")
        return {t: p.quantity * marks[t] / equity for t, p in sorted(self.positions.items())}

    def apply(self, transaction: Transaction) -> "Book":
        """Return the book after one transaction; raises `LedgerError` where it cannot be."""
        totals: dict[str, Decimal] = {
            "cash": self.cash,
            "deposits": self.deposits,
            "realised": self.realised,
            "dividends": self.dividends,
            "fees": self.fees,
            "borrow": self.borrow,
            "withdrawals": self.withdrawals,
        }
        positions = dict(self.positions)
        try:
            if transaction.kind == "ticker_change":
                _rename(positions, transaction)
            else:
                _fold(totals, positions, transaction)
        except LedgerError as error:
            raise LedgerError(f"transaction {transaction.transaction_id!r}: {error}") from None
        return Book(
            **totals,
            positions=MappingProxyType(positions),
            ended=_ended(self, transaction, positions),
        )


def replay(transactions: Iterable[Transaction]) -> Book:
    """Fold a journal from nothing; the only way a book comes to be."""
    book = Book()
    for transaction in transactions:
        book = book.apply(transaction)
    return book


def check_identity(book: Book, marks: Mapping[str, Decimal]) -> None:
    """Raise unless what was earned is the sum of its parts (INV-2).

    Equity less net deposits is realised + unrealised + dividends - fees - borrow.
    """
    value = book.market_value(marks)
    gain = book.cash + value - book.net_deposits
    cost = sum((position.cost for position in book.positions.values()), ZERO)
    parts = book.realised + (value - cost) + book.dividends - book.fees - book.borrow
    if gain != parts:
        raise LedgerError(f"equity less net deposits is {gain}, but its parts add up to {parts}")


def closed_by(before: Book, transaction: Transaction, after: Book) -> ClosedTrade | None:
    """Return the trade this transaction brought to its end, if any; a new ticker ends none."""
    if transaction.kind == "ticker_change":
        return None
    tickers = {entry.ticker for entry in transaction.entries if entry.account == "position"}
    for ticker in sorted(t for t in tickers if t is not None and t in before.positions):
        was = before.positions[ticker]
        now = after.positions.get(ticker)
        if now is not None and (now.quantity > 0) == (was.quantity > 0):
            continue
        closing = [e for e in transaction.entries if e.ticker == ticker]
        return ClosedTrade(
            trade_id=f"trade-{ticker}-{was.opened.isoformat()}-{transaction.transaction_id[-12:]}",
            ticker=ticker,
            opened=was.opened,
            closed=transaction.session,
            bought=was.bought,
            realised=was.realised - _total(closing, "realised"),
            dividends=was.dividends - _total(closing, "dividends"),
            fees=was.fees + _total(closing, "fees"),
            borrow=was.borrow + _total(closing, "borrow"),
        )
    return None


def closed_trades(book: Book, transactions: Iterable[Transaction]) -> tuple[ClosedTrade, ...]:
    """Return the trades some transactions brought to their end, in order; `book` is the one before them."""
    closed: list[ClosedTrade] = []
    for transaction in transactions:
        after = book.apply(transaction)
        if (trade := closed_by(book, transaction, after)) is not None:
            closed.append(trade)
        book = after
    return tuple(closed)


def _total(entries: Iterable[Entry], account: str) -> Decimal:
    return sum((entry.amount for entry in entries if entry.account == account), ZERO)


def _fold(totals: dict[str, Decimal], positions: dict[str, Position], transaction: Transaction) -> None:
    acquires = transaction.kind == "fill"
    for entry in transaction.entries:
        account, ticker, amount = entry.account, entry.ticker, entry.amount
        if account == "position":
            held = positions.get(ticker) if ticker is not None else None
            grows = held is None or (acquires and amount * held.quantity > 0)
            position = moved(held, entry, transaction.session, bought=abs(amount) if grows else ZERO)
            if position.quantity:
                positions[position.ticker] = position
            else:
                positions.pop(position.ticker, None)
            continue
        totals[account] += -amount if account in CREDITS else amount
        if account in OF_A_POSITION and ticker is not None and (held := positions.get(ticker)) is not None:
            positions[ticker] = credited(held, account, amount)


def _rename(positions: dict[str, Position], transaction: Transaction) -> None:
    """Carry a position over to its new ticker; the entries must take out and bring in exactly its lots."""
    entries = transaction.entries
    tickers = list(dict.fromkeys(entry.ticker for entry in entries))
    if len(tickers) != 2 or any(entry.account != "position" for entry in entries):
        raise LedgerError(f"a ticker change moves one position to one other ticker, was {tickers!r}")
    old, new = (str(ticker) for ticker in tickers)
    was, there = positions.pop(old, None), positions.get(new)
    if was is None or (there is not None and there.quantity * was.quantity < 0):
        raise LedgerError(f"{old} must be held, and {new} not on the other side, to become {new}")
    out = [(e.lot, -e.quantity, -e.amount) for e in entries if e.ticker == old]
    brought = [(e.lot, e.quantity, e.amount) for e in entries if e.ticker == new]
    if not out == brought == [(lot.lot_id, lot.quantity, lot.cost) for lot in was.lots]:
        raise LedgerError(f"the lots of {old} must move as they are ({was.lots!r}), was {entries!r}")
    positions[new] = joined(was, there, new)


def _ended(
    book: Book, transaction: Transaction, positions: Mapping[str, Position]
) -> Mapping[str, TransactionKind]:
    ended = book.ended
    if transaction.kind in ("merger", "delisting", "ticker_change"):
        gone = [entry.ticker for entry in transaction.entries if entry.ticker not in positions]
        ended = MappingProxyType({**ended, **{t: transaction.kind for t in gone if t is not None}})
    if ended and any(ticker in positions for ticker in ended):
        ended = MappingProxyType({t: kind for t, kind in ended.items() if t not in positions})
    return ended
