"""The paper book: what is held, what it cost and what it earned, exact to the last decimal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from fund.errors import LedgerError, NoDataError
from fund.portfolio.journal import ZERO, Entry, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An open position at average cost, with what it has earned since it was opened."""

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

    @property
    def profit(self) -> Decimal:
        """Profit in USD, dividends included, net of fees."""
        return self.realised + self.dividends - self.fees

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
    positions: Mapping[str, Position] = field(default_factory=lambda: MappingProxyType({}))

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
        """Return the book after one transaction."""
        book = self
        for entry in transaction.entries:
            book = _apply_entry(book, entry, transaction)
        return book


def replay(transactions: Iterable[Transaction]) -> Book:
    """Fold a journal from nothing; the only way a book comes to be."""
    book = Book()
    for transaction in transactions:
        book = book.apply(transaction)
    return book


def check_identity(book: Book, marks: Mapping[str, Decimal]) -> None:
    """Raise unless equity less deposits equals realised + unrealised + dividends - fees (INV-2)."""
    gain = book.equity(marks) - book.deposits
    parts = book.realised + book.unrealised(marks) + book.dividends - book.fees
    if gain != parts:
        raise LedgerError(f"equity less deposits is {gain}, but its parts add up to {parts}")


def closed_by(before: Book, transaction: Transaction, after: Book) -> ClosedTrade | None:
    """Return the trade this transaction brought to its end, if any."""
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


def _apply_entry(book: Book, entry: Entry, transaction: Transaction) -> Book:
    match entry.account:
        case "cash":
            return replace(book, cash=book.cash + entry.amount)
        case "deposits":
            return replace(book, deposits=book.deposits - entry.amount)
        case "position":
            return _with_position(book, _moved(book, entry, transaction))
        case "realised":
            return _credit(replace(book, realised=book.realised - entry.amount), entry)
        case "dividends":
            return _credit(replace(book, dividends=book.dividends - entry.amount), entry)
        case "fees":
            return _credit(replace(book, fees=book.fees + entry.amount), entry)
        case "borrow":
            return _credit(replace(book, borrow=book.borrow + entry.amount), entry)
        case "withdrawals":
            return replace(book, withdrawals=book.withdrawals + entry.amount)


def _moved(book: Book, entry: Entry, transaction: Transaction) -> Position:
    if entry.ticker is None:
        raise LedgerError(f"transaction {transaction.transaction_id!r}: a position entry needs a ticker")
    held = book.positions.get(entry.ticker)
    if held is None:
        return Position(
            ticker=entry.ticker,
            quantity=entry.quantity,
            cost=entry.amount,
            opened=transaction.session,
            bought=abs(entry.amount),
        )
    quantity = held.quantity + entry.quantity
    if held.quantity * quantity < 0:
        raise LedgerError(
            f"transaction {transaction.transaction_id!r}: {entry.ticker} crosses zero in one entry; "
            "close the position first, then open the other side"
        )
    grows = entry.amount * held.quantity > 0
    return replace(
        held,
        quantity=quantity,
        cost=held.cost + entry.amount,
        bought=held.bought + (abs(entry.amount) if grows else ZERO),
    )


def _with_position(book: Book, position: Position) -> Book:
    positions = dict(book.positions)
    if position.quantity == 0:
        if position.cost != 0:
            raise LedgerError(f"{position.ticker}: no shares are left, but {position.cost} of cost is")
        positions.pop(position.ticker, None)
    else:
        positions[position.ticker] = position
    return replace(book, positions=MappingProxyType(positions))


def _credit(book: Book, entry: Entry) -> Book:
    """Keep an open position's own account of what it earned; a closed one is in `closed_by`."""
    held = book.positions.get(entry.ticker) if entry.ticker else None
    if held is None:
        return book
    match entry.account:
        case "realised":
            held = replace(held, realised=held.realised - entry.amount)
        case "dividends":
            held = replace(held, dividends=held.dividends - entry.amount)
        case _:
            held = replace(held, fees=held.fees + entry.amount)
    return _with_position(book, held)
