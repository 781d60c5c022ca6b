"""What every position earned and cost between two closes, told apart by when it was opened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fund.portfolio.journal import ZERO, Entry, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """One position from its first share in, with what was booked of it after the first close; USD."""

    ticker: str
    """As it is called at the last close."""
    opened_as: str
    """As it was called when it was opened."""
    opened: date
    short: bool = False
    closed: date | None = None
    """None where it is still open at the last close."""
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    """What the open quantity cost at the last close; negative when short."""
    cost_before: Decimal = ZERO
    """The same at the first close."""
    ticker_before: str = ""
    """As it was called there; empty where it was opened later."""
    bought: Decimal = ZERO
    """Absolute cost of everything acquired since it was opened."""
    realised: Decimal = ZERO
    dividends: Decimal = ZERO
    fees: Decimal = ZERO
    borrow: Decimal = ZERO

    @property
    def booked(self) -> Decimal:
        """Return realised profit and dividends, less fees and what borrowing cost."""
        return self.realised + self.dividends - self.fees - self.borrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings:
    """What a journal says was earned after one close and up to another."""

    positions: tuple[Earned, ...]
    """In the order they were opened; those that were closed by the first close are left out."""
    elsewhere: Decimal
    """Income less costs that belong to no ticker."""


def earned_between(transactions: Iterable[Transaction], after: date | None, last: date) -> Earnings:
    """Fold a journal into what each position earned after the close of `after`, up to that of `last`.

    Without `after` everything since the first transaction counts. A position that changes its ticker stays
    one; what is booked of a ticker when none is held (a dividend after the sale) goes to the position held
    last. Exact: with the change in unrealised profit the parts add up to what equity gained beyond
    deposits.
    """
    fold = _Fold()
    before: dict[int, Earned] = {}
    elsewhere_before = ZERO
    for transaction in transactions:
        if transaction.session > last:
            continue
        if after is not None and transaction.session > after and not fold.parted:
            before, elsewhere_before, fold.parted = dict(enumerate(fold.positions)), fold.elsewhere, True
        fold.take(transaction)
    if after is not None and not fold.parted:
        before, elsewhere_before = dict(enumerate(fold.positions)), fold.elsewhere
    return Earnings(
        positions=tuple(_gained(fold.positions, before)), elsewhere=fold.elsewhere - elsewhere_before
    )


def _gained(positions: Iterable[Earned], before: dict[int, Earned]) -> Iterator[Earned]:
    for at, now in enumerate(positions):
        was = before.get(at)
        if was is None:
            yield now
            continue
        gained = replace(
            now,
            cost_before=was.cost,
            ticker_before=was.ticker if was.quantity else "",
            realised=now.realised - was.realised,
            dividends=now.dividends - was.dividends,
            fees=now.fees - was.fees,
            borrow=now.borrow - was.borrow,
        )
        if was.quantity or gained.booked or gained.quantity:
            yield gained


class _Fold:
    """Positions so far, in the order they were opened, and which of them is a ticker's last."""

    def __init__(self) -> None:
        self.positions: list[Earned] = []
        self.elsewhere = ZERO
        self.parted = False
        self._last: dict[str, int] = {}

    def take(self, transaction: Transaction) -> None:
        """Add one transaction."""
        if transaction.kind == "ticker_change":
            old, new = dict.fromkeys(str(entry.ticker) for entry in transaction.entries)
            self._rename(old, new, transaction.session)
            return
        for entry in transaction.entries:
            if entry.account == "position" and entry.ticker is not None:
                self._move(entry.ticker, entry, transaction)
            elif entry.account in ("realised", "dividends", "fees", "borrow"):
                self._book(entry, transaction.session)

    def _move(self, ticker: str, entry: Entry, transaction: Transaction) -> None:
        at = self._last.get(ticker)
        if at is None or self.positions[at].closed is not None:
            at = self._opened(ticker, transaction.session)
        was = self.positions[at]
        grows = not was.quantity or (transaction.kind == "fill" and entry.amount * was.quantity > 0)
        quantity = was.quantity + entry.quantity
        self.positions[at] = replace(
            was,
            quantity=quantity,
            short=quantity < 0 if quantity else was.short,
            cost=was.cost + entry.amount,
            bought=was.bought + (abs(entry.amount) if grows else ZERO),
            closed=None if quantity else transaction.session,
        )

    def _book(self, entry: Entry, session: date) -> None:
        if entry.ticker is None:
            self.elsewhere -= entry.amount
            return
        at = self._last.get(entry.ticker)
        if at is None:
            at = self._opened(entry.ticker, session)
        was, amount = self.positions[at], entry.amount
        self.positions[at] = replace(
            was,
            realised=was.realised - (amount if entry.account == "realised" else ZERO),
            dividends=was.dividends - (amount if entry.account == "dividends" else ZERO),
            fees=was.fees + (amount if entry.account == "fees" else ZERO),
            borrow=was.borrow + (amount if entry.account == "borrow" else ZERO),
        )

    def _opened(self, ticker: str, session: date) -> int:
        self.positions.append(Earned(ticker=ticker, opened_as=ticker, opened=session))
        self._last[ticker] = len(self.positions) - 1
        return self._last[ticker]

    def _rename(self, old: str, new: str, session: date) -> None:
        """Call the position by its new ticker; where shares of that are held, it is carried over to them."""
        at, there = self._last.pop(old), self._last.get(new)
        was = self.positions[at]
        self.positions[at] = replace(was, ticker=new)
        if there is None or self.positions[there].closed is not None:
            self._last[new] = at
            return
        held = self.positions[there]
        self.positions[there] = replace(
            held,
            quantity=held.quantity + was.quantity,
            cost=held.cost + was.cost,
            bought=held.bought + was.bought,
        )
        self.positions[at] = replace(self.positions[at], quantity=ZERO, cost=ZERO, closed=session)
