"""Whatever happens to a book, the money is right: conservation, identity, replay."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from fund.portfolio.book import Book, ClosedTrade, check_identity, closed_by, closed_trades, replay
from fund.portfolio.journal import ZERO, Transaction
from fund.portfolio.postings import (
    post_delisting,
    post_deposit,
    post_dividend,
    post_fill,
    post_split,
    post_withdrawal,
)
from support.books import TUESDAY, a_dividend, a_fill, a_split, at_open

TICKERS = ("AAPL", "IBM", "XOM")
tickers = st.sampled_from(TICKERS)
prices = st.decimals("0.0001", "5000", places=4)
amounts = st.decimals("0.0001", "20", places=4)
ratios = st.sampled_from(
    [Decimal(r) for r in ("2", "7", "1.5", "0.5", "0.333333", "0.9042", "0.955", "1.0027")]
)
fills = st.builds(
    a_fill,
    tickers,
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 3000),
    prices,
    commission=st.decimals("0", "50", places=2),
)


@dataclass
class Desk:
    """A book with its journal, as it grows in a test."""

    book: Book = field(default_factory=Book)
    journal: list[Transaction] = field(default_factory=list)
    closed: list[ClosedTrade] = field(default_factory=list)

    def post(self, transaction: Transaction) -> None:
        before, self.book = self.book, self.book.apply(transaction)
        self.journal.append(transaction)
        if (trade := closed_by(before, transaction, self.book)) is not None:
            self.closed.append(trade)


Event = Callable[[Desk], None]


def fill_of(fill: object) -> Event:
    return lambda desk: desk.post(
        post_fill(desk.book, replace(fill, fill_id=f"fil-{len(desk.journal):012d}"))  # type: ignore[type-var]
    )


def when_held(ticker: str, post: Callable[[Book, str], Transaction]) -> Event:
    return lambda desk: desk.post(post(desk.book, ticker)) if ticker in desk.book.positions else None


def dividend_of(ticker: str, amount: Decimal) -> Event:
    action = a_dividend(amount, ticker)
    return when_held(ticker, lambda book, t: post_dividend(book.positions[t], action, at_open(TUESDAY)))


def split_of(ticker: str, ratio: Decimal, price: Decimal | None) -> Event:
    action = a_split(ratio, ticker)
    return when_held(ticker, lambda book, t: post_split(book.positions[t], action, price, at_open(TUESDAY)))


def ending_of(ticker: str, price: Decimal) -> Event:
    return when_held(
        ticker, lambda book, t: post_delisting(book.positions[t], price, TUESDAY, at_open(TUESDAY))
    )


def deposit_of(amount: Decimal) -> Event:
    return lambda desk: desk.post(post_deposit(amount, TUESDAY, at_open(TUESDAY), str(len(desk.journal))))


def withdrawal_of(share: Decimal) -> Event:
    def withdraw(desk: Desk) -> None:
        amount = (desk.book.cash * share).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
        if amount > 0:
            name = str(len(desk.journal))
            desk.post(post_withdrawal(desk.book, amount, TUESDAY, at_open(TUESDAY), name))

    return withdraw


events = st.one_of(
    st.builds(fill_of, fills),
    st.builds(fill_of, fills),
    st.builds(dividend_of, tickers, amounts),
    st.builds(split_of, tickers, ratios, st.none() | prices),
    st.builds(ending_of, tickers, prices),
    st.builds(deposit_of, st.decimals("0.01", "90000", places=2)),
    st.builds(withdrawal_of, st.decimals("0", "1", places=2)),
)
lives = st.lists(events, max_size=40)
marks = st.fixed_dictionaries(dict.fromkeys(TICKERS, prices))


def lived(life: list[Event]) -> Desk:
    desk = Desk()
    for event in life:
        event(desk)
    return desk


@given(lives)
def test_every_transaction_sums_to_zero(life: list[Event]) -> None:
    assert all(sum(e.amount for e in t.entries) == 0 for t in lived(life).journal)


@given(lives, marks)
def test_equity_less_deposits_is_what_was_earned_to_the_last_decimal(
    life: list[Event], at: dict[str, Decimal]
) -> None:
    check_identity(lived(life).book, at)


@given(lives)
def test_a_replay_of_the_journal_is_the_book(life: list[Event]) -> None:
    desk = lived(life)
    assert replay(desk.journal) == desk.book


@given(lives)
def test_what_positions_and_closed_trades_earned_is_what_the_book_earned(life: list[Event]) -> None:
    desk = lived(life)
    parts = [*desk.book.positions.values(), *desk.closed]
    assert sum((p.realised for p in parts), ZERO) == desk.book.realised
    assert sum((p.dividends for p in parts), ZERO) == desk.book.dividends
    assert sum((p.fees for p in parts), ZERO) == desk.book.fees


@given(lives, marks)
def test_closed_trades_add_up_to_the_gain_once_nothing_is_held(
    life: list[Event], at: dict[str, Decimal]
) -> None:
    desk = lived(life)
    for ticker in TICKERS:
        ending_of(ticker, at[ticker])(desk)
    assert not desk.book.positions
    assert sum((t.profit for t in desk.closed), ZERO) == desk.book.cash - desk.book.net_deposits


@given(lives)
def test_no_position_is_left_without_shares_and_no_cost_has_the_wrong_sign(life: list[Event]) -> None:
    for position in lived(life).book.positions.values():
        assert position.quantity != 0
        assert position.cost * position.quantity >= 0
        assert position.bought >= 0


@given(lives)
def test_trades_found_afterwards_are_the_trades_found_on_the_way(life: list[Event]) -> None:
    desk = lived(life)
    assert closed_trades(Book(), desk.journal) == tuple(desk.closed)


@given(fills, prices)
def test_a_fill_moves_equity_by_the_distance_to_its_price_and_its_commission(
    fill: object, mark: Decimal
) -> None:
    desk = Desk()
    deposit_of(Decimal(1_000_000))(desk)
    fill_of(fill)(desk)
    signed = fill.quantity if fill.side == "buy" else -fill.quantity  # type: ignore[attr-defined]
    expected = 1_000_000 + signed * (mark - fill.price) - fill.commission  # type: ignore[attr-defined]
    assert desk.book.equity({fill.ticker: mark}) == expected  # type: ignore[attr-defined]


@given(fills, ratios, prices)
def test_a_split_preserves_value_to_a_millionth(fill: object, ratio: Decimal, price: Decimal) -> None:
    desk = Desk()
    fill_of(fill)(desk)
    signed = fill.quantity if fill.side == "buy" else -fill.quantity  # type: ignore[attr-defined]
    exact = Decimal(1) / 3 if ratio == Decimal("0.333333") else ratio
    cash = desk.book.cash
    split_of(fill.ticker, ratio, price)(desk)  # type: ignore[attr-defined]
    after = desk.book.equity({fill.ticker: price})  # type: ignore[attr-defined]
    assert abs(after - cash - signed * exact * price) <= price * Decimal("0.000001") + Decimal("0.000001")
