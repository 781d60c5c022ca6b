"""What each position earned between two closes: with what is unrealised it is all that equity gained."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.portfolio.book import Book, closed_trades, replay
from fund.portfolio.earnings import Earnings, earned_between
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_deposit, post_dividend, post_fill
from support.books import MONDAY, TUESDAY, a_dividend, a_fill, at_open
from support.random_books import RandomLife

ZERO = Decimal(0)
WEDNESDAY = TUESDAY + timedelta(days=1)


def a_journal() -> list[Transaction]:
    """Return a deposit, a purchase of 10 at 100, a dividend of 1 and a sale of all at 110, a day each."""
    deposit = post_deposit(Decimal(10_000), MONDAY, at_open(MONDAY), "initial")
    book = Book().apply(deposit)
    bought = post_fill(book, a_fill(quantity=10, price=100, commission=Decimal(1), session=MONDAY))
    book = book.apply(bought)
    paid = post_dividend(book.positions["AAPL"], a_dividend(1), at_open(TUESDAY))
    book = book.apply(paid)
    sold = post_fill(
        book, a_fill(side="sell", quantity=10, price=110, commission=Decimal(2), session=WEDNESDAY)
    )
    return [deposit, bought, paid, sold]


def a_life(seed: int, steps: int) -> list[Transaction]:
    """Return the journal of a book to which everything happens: splits, mergers, new tickers, shorts."""
    life = RandomLife(seed=seed, chance=Random(seed))
    for _ in range(steps):
        life.live()
    return life.journal


def gained(earned: Earnings, values: dict[str, Decimal], values_before: dict[str, Decimal]) -> Decimal:
    """Return what all positions and the rest brought, priced or not."""
    total = earned.elsewhere
    for each in earned.positions:
        now = values[each.ticker] - each.cost if each.quantity else ZERO
        then = values_before[each.ticker_before] - each.cost_before if each.ticker_before else ZERO
        total += each.booked + now - then
    return total


def test_a_trade_is_told_by_what_was_booked_of_it() -> None:
    (trade,) = earned_between(a_journal(), None, WEDNESDAY).positions
    assert (trade.ticker, trade.opened, trade.closed) == ("AAPL", MONDAY, WEDNESDAY)
    assert (trade.realised, trade.dividends, trade.fees, trade.bought) == (100, 10, 3, 1000)
    assert trade.booked == 107


def test_only_what_was_booked_after_the_first_close_counts() -> None:
    (trade,) = earned_between(a_journal(), TUESDAY, WEDNESDAY).positions
    assert (trade.realised, trade.dividends, trade.fees) == (100, 0, 2)
    assert (trade.cost_before, trade.ticker_before, trade.opened) == (1000, "AAPL", MONDAY)


def test_what_comes_after_the_last_close_does_not_count() -> None:
    (trade,) = earned_between(a_journal(), None, TUESDAY).positions
    assert (trade.realised, trade.dividends, trade.quantity, trade.closed) == (0, 10, 10, None)


def test_a_position_that_was_over_before_the_span_is_left_out() -> None:
    assert earned_between(a_journal(), WEDNESDAY, WEDNESDAY + timedelta(days=1)).positions == ()


@pytest.mark.parametrize("seed", range(6))
def test_closed_positions_are_the_closed_trades_of_the_book(seed: int) -> None:
    life = a_life(seed, 120)
    renamed = next((n for n, t in enumerate(life) if t.kind == "ticker_change"), len(life))
    earned = earned_between(life[:renamed], None, date.max).positions
    told = sorted((e.ticker, e.opened, e.closed, e.bought, e.realised) for e in earned if e.closed)
    trades = closed_trades(Book(), life[:renamed])
    assert told == sorted((t.ticker, t.opened, t.closed, t.bought, t.realised) for t in trades)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.data())
def test_the_parts_add_up_to_what_equity_gained_beyond_deposits(seed: int, data: st.DataObject) -> None:
    journal = a_life(seed, 60)
    days = sorted({t.session for t in journal})
    first, last = sorted((data.draw(st.sampled_from(days)), data.draw(st.sampled_from(days))))
    then = replay(t for t in journal if t.session <= first)
    now = replay(t for t in journal if t.session <= last)
    price = {"AAA": Decimal("101.13"), "BBB": Decimal("7.77"), "CCC": Decimal("55.5"), "DDD": Decimal(12)}

    def valued(book: Book) -> dict[str, Decimal]:
        return {t: p.quantity * price.get(t, Decimal(31)) for t, p in book.positions.items()}

    values, before = valued(now), valued(then)
    gain = (now.cash + sum(values.values(), ZERO) - now.net_deposits) - (
        then.cash + sum(before.values(), ZERO) - then.net_deposits
    )
    assert gained(earned_between(journal, first, last), values, before) == gain
