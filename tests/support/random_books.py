"""A seeded life of a book, checked after every event against books that were kept a second time.

`run_sequence` goes the product's own way: postings, `book_actions`, `Book.apply`. After every operation the
transaction sums to zero (INV-1) and equity is cash plus marked shares and what was earned (INV-2), both in
figures of the second books; at the end a replay from zero gives the same book (INV-3, INV-7).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from fund.errors import LedgerError
from fund.market.facts import ActionKind, CorporateAction
from fund.portfolio.book import Book, ClosedTrade, check_identity, closed_by
from fund.portfolio.corporate import book_actions
from fund.portfolio.fill import Fill
from fund.portfolio.journal import ZERO, Transaction
from fund.portfolio.postings import post_borrow, post_delisting, post_deposit, post_fill, post_withdrawal
from support.naive_books import MONEY, PRICE, SHARE, NaiveBooks

TICKERS = ("AAA", "BBB", "CCC", "DDD")
RATIOS = {
    "2": (2, 1),
    "3": (3, 1),
    "1.5": (3, 2),
    "0.5": (1, 2),
    "0.333333": (1, 3),
    "0.1": (1, 10),
    "0.9042": (4521, 5000),
    "1.0027": (10027, 10000),
}
BAD_VALUES = tuple(Decimal(each) for each in ("NaN", "-1", "Infinity", "-Infinity", "99999999999"))
FIRST = date(2016, 1, 4)
CENT = MONEY // 100


@dataclass(slots=True)
class RandomLife:
    """One book, its journal, the second books, and the chance that moves them."""

    seed: int
    chance: Random
    book: Book = field(default_factory=Book)
    journal: list[Transaction] = field(default_factory=list)
    prices: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TICKERS, 100 * PRICE))
    day: date = FIRST
    number: int = 0
    naive: NaiveBooks = field(init=False)

    def __post_init__(self) -> None:
        self.naive = NaiveBooks(fifo=self.chance.random() < 0.5)

    @property
    def at(self) -> datetime:
        return datetime.combine(self.day, time(14, 30), UTC)

    def live(self) -> None:
        """Let one thing happen, and check it."""
        self.number += 1
        self.day += timedelta(days=1)
        self.naive.day = self.number
        ticker = self.chance.choice(TICKERS)
        price = self.prices[ticker] = self._moved(self.prices[ticker])
        self._pick()(self, ticker, price)
        self.check()

    def post(self, transaction: Transaction) -> None:
        if sum((entry.amount for entry in transaction.entries), ZERO) != 0:
            self.fail(f"{transaction.transaction_id} does not sum to 0")
        self.journal.append(transaction)
        self.book = self.book.apply(transaction)

    def act(self, kind: ActionKind, ticker: str, value: Decimal, detail: str, opened: int | None) -> bool:
        """Send an action through the product and say whether it was booked."""
        action = CorporateAction(ticker=ticker, ex_date=self.day, kind=kind, value=value, detail=detail)
        opens = {} if opened is None else {ticker: a_price(opened)}
        done = book_actions(self.book, (action,), opens, session=self.day, at=self.at)
        if len(done.refused) + len(done.transactions) != 1:
            self.fail(f"{action} was neither booked nor refused once: {done}")
        for transaction in done.transactions:
            self.post(transaction)
        if done.book != self.book:
            self.fail(f"{action} left another book than its transaction does")
        return bool(done.transactions)

    def check(self) -> None:
        """Compare the book with the second books, at the prices of now."""
        book, naive = self.book, self.naive
        if book.positions.keys() != naive.lots.keys():
            self.fail(f"{set(book.positions)} are held, expected {set(naive.lots)}")
        slack = Decimal(naive.closings) / 1_000_000
        for ticker, held in book.positions.items():
            lots = naive.lots[ticker]
            if [lot.quantity * SHARE for lot in held.lots] != [lot.shares for lot in lots]:
                self.fail(f"the lots of {ticker} are {held.lots}, expected {lots}")
            if held.quantity * SHARE != naive.shares(ticker):
                self.fail(f"{held.quantity} {ticker} are held, expected {naive.shares(ticker)} millionths")
            if abs(held.cost - usd(naive.cost(ticker))) > slack:
                self.fail(f"{ticker} cost {held.cost}, expected {usd(naive.cost(ticker))}")
        figures = (book.cash, book.net_deposits, book.dividends, book.fees, book.borrow)
        second = (naive.cash, naive.net_deposits, naive.dividends, naive.fees, naive.borrow)
        if any(ours * MONEY != theirs for ours, theirs in zip(figures, second, strict=True)):
            self.fail(f"cash, net deposits, dividends, fees and borrow are {figures}, expected {second}")
        if abs(book.realised - usd(naive.realised)) > slack:
            self.fail(f"{book.realised} were realised, expected {usd(naive.realised)}")
        marks = {ticker: a_price(price) for ticker, price in self.prices.items()}
        if book.equity(marks) * MONEY != naive.equity(self.prices):
            self.fail(f"equity is {book.equity(marks)}, expected {usd(naive.equity(self.prices))}")
        try:
            check_identity(book, marks)
        except LedgerError as error:
            self.fail(str(error))

    def check_replay(self) -> None:
        """Replay the journal from nothing, and add up what every trade earned."""
        book, closed = Book(), list[ClosedTrade]()
        for transaction in self.journal:
            after = book.apply(transaction)
            if (trade := closed_by(book, transaction, after)) is not None:
                closed.append(trade)
            book = after
        if book != self.book:
            self.fail("a replay of the journal is another book")
        trades = [*closed, *book.positions.values()]
        for name in ("realised", "dividends", "fees", "borrow"):
            if sum((getattr(trade, name) for trade in trades), ZERO) != getattr(book, name):
                self.fail(f"the {name} of all trades is not that of the book")
        if len({transaction.transaction_id for transaction in self.journal}) != len(self.journal):
            self.fail("two transactions have one id")

    def fail(self, what: str) -> None:
        raise AssertionError(f"seed {self.seed}, operation {self.number}: {what}")

    def _moved(self, price: int) -> int:
        moved = price + int(self.chance.gauss(0.0, 0.05) * price)
        return moved if PRICE // 10 < moved < 5_000 * PRICE else 100 * PRICE

    def _pick(self) -> "Operation":
        chosen: Operation = self.chance.choices(OPERATIONS, WEIGHTS)[0]
        return chosen


Operation = Callable[[RandomLife, str, int], None]


def trade(life: RandomLife, ticker: str, price: int) -> None:
    """Buy or sell some, close it all, or go through zero."""
    held, chance = life.naive.shares(ticker), life.chance
    shares = chance.randint(1, 300) * SHARE
    if chance.random() < 0.2:
        shares += chance.randrange(SHARE)
    signed = shares if chance.random() < 0.5 else -shares
    if held and chance.random() < 0.2:
        signed = -held
    booked_fill(life, ticker, signed, price, chance.randrange(500) * CENT)


def booked_fill(life: RandomLife, ticker: str, signed: int, price: int, commission: int) -> None:
    """Book a fill in both books: millionths of a share, sold where below zero."""
    fill = Fill(
        fill_id=f"fil-{life.number:012d}",
        order_id=f"ord-{life.number}",
        ticker=ticker,
        side="buy" if signed > 0 else "sell",
        quantity=Decimal(abs(signed)) / SHARE,
        price=a_price(price),
        commission=usd(commission),
        session=life.day,
        filled_at=life.at,
    )
    life.post(post_fill(life.book, fill, lots="fifo" if life.naive.fifo else "average"))
    life.naive.fill(ticker, signed, price, commission)


def money(life: RandomLife, ticker: str, price: int) -> None:
    """Bring money in, or take some of the cash out, or more than there is."""
    amount = life.chance.randint(1, 10_000_000) * CENT
    if life.chance.random() < 0.5:
        life.post(post_deposit(usd(amount), life.day, life.at, str(life.number)))
        life.naive.money(amount)
        return
    try:
        taken = post_withdrawal(life.book, usd(amount), life.day, life.at, str(life.number))
    except LedgerError:
        if amount <= life.naive.cash:
            life.fail(f"a withdrawal of {usd(amount)} was refused at {usd(life.naive.cash)} of cash")
        return
    if amount > life.naive.cash:
        life.fail(f"a withdrawal of {usd(amount)} was taken from {usd(life.naive.cash)}")
    life.post(taken)
    life.naive.money(-amount)


def dividend(life: RandomLife, ticker: str, price: int) -> None:
    if ticker in life.naive.lots:
        value = life.chance.randint(1, price // 10)
        life.act("dividend", ticker, a_price(value), "cash", price)
        life.naive.dividend(ticker, value)


def borrow(life: RandomLife, ticker: str, price: int) -> None:
    held = life.book.positions.get(ticker)
    if held is not None and held.quantity < 0:
        bps, days = life.chance.randint(1, 3_000), life.chance.randint(1, 5)
        life.post(post_borrow(held, a_price(price), Decimal(bps) / 10_000, days, life.day, life.at))
        life.naive.lend(ticker, price, bps, days)


def split(life: RandomLife, ticker: str, price: int) -> None:
    if ticker in life.naive.lots:
        ratio = life.chance.choice(tuple(RATIOS))
        opened = price if life.chance.random() < 0.7 else None
        if life.act("split", ticker, Decimal(ratio), "split", opened):
            life.naive.split(ticker, RATIOS[ratio], opened)


def change(life: RandomLife, ticker: str, price: int) -> None:
    """Carry a position to another ticker, unless that is held on the other side."""
    into = life.chance.choice([each for each in TICKERS if each != ticker])
    if ticker in life.naive.lots:
        opposite = life.naive.shares(ticker) * life.naive.shares(into) < 0
        if life.act("ticker_change", ticker, Decimal(1), into, price) == opposite:
            life.fail(f"a change of {ticker} into {into} must be booked unless both sides are held")
        if not opposite:
            life.naive.rename(ticker, into)


def ending(life: RandomLife, ticker: str, price: int) -> None:
    """End a position by a merger, a delisting at a stated value, or a series that goes silent."""
    held = life.book.positions.get(ticker)
    if held is None:
        return
    match life.chance.randrange(3):
        case 0:
            life.act("merger", ticker, a_price(price), "merger", price)
        case 1:
            price = price if life.chance.random() < 0.7 else 0
            life.act("delisting", ticker, a_price(price), "delisting", None)
        case _:
            life.post(post_delisting(held, a_price(price), life.day, life.at))
    life.naive.end(ticker, price)


def nonsense(life: RandomLife, ticker: str, price: int) -> None:
    """Tell the book what cannot be true: it must not move."""
    kind = life.chance.choice(("split", "dividend", "merger", "delisting", "ticker_change"))
    if life.act(kind, ticker, life.chance.choice(BAD_VALUES), "EEE", price):  # type: ignore[arg-type]
        life.fail(f"a {kind} that cannot be true was booked")


OPERATIONS: tuple[Operation, ...] = (trade, money, dividend, borrow, split, change, ending, nonsense)
WEIGHTS = (56, 9, 9, 8, 6, 4, 4, 4)


def a_price(units: int) -> Decimal:
    """Return a price in USD."""
    return Decimal(units) / PRICE


def usd(units: int) -> Decimal:
    """Return an amount in USD."""
    return Decimal(units) / MONEY


def run_sequence(seed: int, operations: int) -> None:
    """Live a random life of so many operations; `AssertionError` names the seed that breaks a rule."""
    life = RandomLife(seed=seed, chance=Random(seed))
    try:
        for _ in range(operations):
            life.live()
        life.check_replay()
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"seed {seed}, operation {life.number}: {error!r}") from error
