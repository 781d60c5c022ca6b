"""Books, bars, orders and fills for tests, with defaults that add up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from fund.execution.orders import Order
from fund.market.bars import Bar
from fund.market.facts import ActionKind, CorporateAction
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Entry, Transaction
from fund.portfolio.position import Position
from fund.portfolio.postings import post_deposit, post_fill

MONDAY, TUESDAY = date(2016, 3, 7), date(2016, 3, 8)
Number = Decimal | int | str


def at_close(session: date) -> datetime:
    """Return the moment a decision of this session is made."""
    return datetime.combine(session, time(21, 30), UTC)


def at_open(session: date) -> datetime:
    """Return the moment this session's orders fill."""
    return datetime.combine(session, time(14, 30), UTC)


def a_bar(ticker: str = "AAPL", session: date = TUESDAY, open: Number = 100, **prices: Number) -> Bar:  # noqa: A002
    """Return a bar that opens at 100 and goes nowhere, a million shares traded."""
    first = Decimal(open)
    return Bar(
        ticker=ticker,
        session=session,
        open=first,
        high=Decimal(prices.get("high", first)),
        low=Decimal(prices.get("low", first)),
        close=Decimal(prices.get("close", first)),
        volume=int(prices.get("volume", 1_000_000)),
    )


def an_order(ticker: str = "AAPL", side: str = "buy", quantity: Number = 10, **changes: object) -> Order:
    """Return an order decided after Monday's close."""
    order = Order(
        order_id=f"ord-{ticker}-{side}",
        cycle_id="cycle-1",
        ticker=ticker,
        side="buy" if side == "buy" else "sell",
        quantity=Decimal(quantity),
        reference_price=Decimal(100),
        decided_at=at_close(MONDAY),
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def a_fill(
    ticker: str = "AAPL", side: str = "buy", quantity: Number = 10, price: Number = 100, **more: object
) -> Fill:
    """Return a fill at Tuesday's open, free of commission."""
    fill = Fill(
        fill_id=f"fil-{ticker}-{side}",
        order_id=f"ord-{ticker}-{side}",
        ticker=ticker,
        side="buy" if side == "buy" else "sell",
        quantity=Decimal(quantity),
        price=Decimal(price),
        commission=Decimal(0),
        session=TUESDAY,
        filled_at=at_open(TUESDAY),
    )
    return replace(fill, **more)  # type: ignore[arg-type]


def a_split(ratio: Number = 2, ticker: str = "AAPL", ex_date: date = TUESDAY) -> CorporateAction:
    """Return a split of `ratio` new shares per old share."""
    return CorporateAction(ticker=ticker, ex_date=ex_date, kind="split", value=Decimal(ratio), detail="split")


def a_dividend(amount: Number = 1, ticker: str = "AAPL", ex_date: date = TUESDAY) -> CorporateAction:
    """Return a cash dividend in USD a share."""
    return CorporateAction(
        ticker=ticker, ex_date=ex_date, kind="dividend", value=Decimal(amount), detail="cash"
    )


def a_change(ticker: str = "AAPL", into: str = "AAP", ex_date: date = TUESDAY) -> CorporateAction:
    """Return a change of ticker."""
    return CorporateAction(
        ticker=ticker, ex_date=ex_date, kind="ticker_change", value=Decimal(1), detail=into
    )


def an_ending(
    value: Number = 50, ticker: str = "AAPL", kind: ActionKind = "merger", ex_date: date = TUESDAY
) -> CorporateAction:
    """Return a merger (or delisting) that pays `value` USD a share."""
    return CorporateAction(ticker=ticker, ex_date=ex_date, kind=kind, value=Decimal(value), detail=kind)


def a_book(holdings: Mapping[str, tuple[Number, Number]] | None = None, *, cash: Number = 100_000) -> Book:
    """Return a book with `cash` left over and holdings of (signed quantity, price paid) beside it."""
    bought = {t: (Decimal(q), Decimal(p)) for t, (q, p) in (holdings or {}).items()}
    deposit = Decimal(cash) + sum((q * p for q, p in bought.values()), Decimal(0))
    book = Book()
    if deposit > 0:
        book = book.apply(post_deposit(deposit, MONDAY, at_open(MONDAY), "initial"))
    for ticker, (quantity, price) in bought.items():
        side = "buy" if quantity > 0 else "sell"
        fill = a_fill(ticker, side, abs(quantity), price, session=MONDAY, filled_at=at_open(MONDAY))
        book = book.apply(post_fill(book, fill))
    return book.apply(_taken_out(-deposit)) if deposit < 0 else book


def _taken_out(amount: Decimal) -> Transaction:
    """Return money taken out whatever the cash is: a test may want a book that owes."""
    entries = (Entry(account="cash", amount=-amount), Entry(account="withdrawals", amount=amount))
    return Transaction(
        transaction_id="withdrawal-initial",
        kind="withdrawal",
        session=MONDAY,
        at=at_open(MONDAY),
        entries=entries,
    )


def a_position(ticker: str = "AAPL", quantity: Number = 10, price: Number = 100) -> Position:
    """Return a position opened on Monday."""
    return a_book({ticker: (quantity, price)}).positions[ticker]
