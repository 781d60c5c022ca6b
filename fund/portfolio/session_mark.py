"""What the book was worth at a close, and how that compares with the best close before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from fund.errors import LedgerError, NoDataError
from fund.market.bars import Mark
from fund.portfolio.book import Book, check_identity

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPosition:
    """One position at its mark; stale when the price is older than the session."""

    ticker: str
    quantity: Decimal
    cost: Decimal
    price: Decimal
    priced_on: date
    stale: bool

    @property
    def value(self) -> Decimal:
        """Return the marked value, USD."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMark:
    """The book at one close. Amounts are USD and exact; the rest are statistics."""

    session: date
    at: datetime
    equity: Decimal
    cash: Decimal
    deposits: Decimal
    """Brought in so far, less what was taken out."""
    gross: Decimal
    """Sum of absolute position values."""
    net: Decimal
    """Sum of signed position values."""
    unit_value: float
    """Value of one unit, 1 at the start; deposits buy units, so they neither raise nor lower it."""
    peak: float
    """Highest unit value so far."""
    drawdown: float
    """Distance of the unit value below its peak as a fraction, <= 0 (INV-12)."""
    benchmark_index: float | None
    """Total-return index of the benchmark; None when it has no price."""
    positions: tuple[MarkedPosition, ...]


def mark_book(
    previous: SessionMark | None,
    book: Book,
    marks: Mapping[str, Mark],
    *,
    session: date,
    at: datetime,
    benchmark_index: float | None,
) -> SessionMark:
    """Value the book at the session's marks and continue the series that `previous` ends.

    Raises `NoDataError` for a position without a mark and `LedgerError` when the parts do not add up
    to the equity (INV-2).
    """
    missing = [ticker for ticker in book.positions if ticker not in marks]
    if missing:
        raise NoDataError(f"a mark is needed for every position of {session}, none was given for {missing!r}")
    prices = {ticker: marks[ticker].price for ticker in book.positions}
    check_identity(book, prices)
    equity = book.equity(prices)
    brought_in = book.net_deposits - (previous.deposits if previous else ZERO)
    base = (previous.equity if previous else ZERO) + brought_in
    emptied = previous is not None and base == equity == 0
    if base <= 0 and not emptied:
        raise LedgerError(f"the book of {session} must start from more than 0 USD, was {base}")
    growth = 1.0 if emptied else float(equity / base)
    unit_value = (previous.unit_value if previous else 1.0) * growth
    peak = max(previous.peak if previous else 1.0, unit_value)
    values = [position.quantity * prices[ticker] for ticker, position in book.positions.items()]
    return SessionMark(
        session=session,
        at=at,
        equity=equity,
        cash=book.cash,
        deposits=book.net_deposits,
        gross=sum((abs(value) for value in values), ZERO),
        net=sum(values, ZERO),
        unit_value=unit_value,
        peak=peak,
        drawdown=unit_value / peak - 1.0,
        benchmark_index=benchmark_index,
        positions=tuple(
            MarkedPosition(
                ticker=ticker,
                quantity=position.quantity,
                cost=position.cost,
                price=marks[ticker].price,
                priced_on=marks[ticker].session,
                stale=marks[ticker].stale,
            )
            for ticker, position in sorted(book.positions.items())
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """What one session came to: the book from the close before to its own."""

    profit: Decimal
    """USD, realised and not, after costs; money brought in or taken out is none."""
    return_fraction: float
    """Growth of the unit value; 0 for a book that had lost everything before."""
    benchmark_return: float | None
    """Dividends reinvested; None where the benchmark had no price at either close."""


def day_of(mark: SessionMark, previous: SessionMark | None) -> DayResult:
    """Return what a session came to; `previous` is the mark before it, None for the first."""
    brought_in = mark.deposits - (previous.deposits if previous else ZERO)
    index, index_before = mark.benchmark_index, previous.benchmark_index if previous else None
    unit_before = previous.unit_value if previous else 1.0
    return DayResult(
        profit=mark.equity - (previous.equity if previous else ZERO) - brought_in,
        return_fraction=mark.unit_value / unit_before - 1.0 if unit_before else 0.0,
        benchmark_return=index / index_before - 1.0 if index and index_before else None,
    )
