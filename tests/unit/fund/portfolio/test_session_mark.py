"""Marks of a session: exact money, and a unit value that deposits cannot move (INV-2, INV-12)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import LedgerError, NoDataError
from fund.market.bars import Mark
from fund.portfolio.book import Book
from fund.portfolio.postings import post_deposit, post_withdrawal
from fund.portfolio.session_mark import DayResult, MarkedPosition, SessionMark, day_of, mark_book
from support.books import MONDAY, TUESDAY, a_book, at_close, at_open

DAY = timedelta(days=1)


def mark(
    book: Book, price: int | str = 100, previous: SessionMark | None = None, day: date = MONDAY
) -> SessionMark:
    marks = {t: Mark(price=Decimal(price), session=day, stale=False) for t in book.positions}
    return mark_book(previous, book, marks, session=day, at=at_close(day), benchmark_index=None)


def with_money(book: Book, amount: int) -> Book:
    """Return the book with money brought in, or taken out where the amount is negative."""
    if amount > 0:
        return book.apply(post_deposit(Decimal(amount), TUESDAY, at_open(TUESDAY), "later"))
    return book.apply(post_withdrawal(book, Decimal(-amount), TUESDAY, at_open(TUESDAY), "later"))


def test_a_mark_adds_up_to_the_last_decimal() -> None:
    book = a_book({"AAPL": (10, "99.99"), "XOM": (-5, "80.01")}, cash=1000)
    marked = mark(book, "100.0001")
    assert marked.net == Decimal("500.0005")
    assert marked.gross == Decimal("1500.0015")
    assert marked.equity == marked.cash + marked.net == book.cash + Decimal("500.0005")
    assert marked.deposits == book.deposits


def test_positions_carry_their_price_and_whether_it_is_stale() -> None:
    book = a_book({"AAPL": (10, 100)})
    stale = Mark(price=Decimal(90), session=MONDAY - DAY, stale=True)
    marked = mark_book(None, book, {"AAPL": stale}, session=MONDAY, at=at_close(MONDAY), benchmark_index=2.0)
    assert marked.positions == (
        MarkedPosition(
            ticker="AAPL",
            quantity=Decimal(10),
            cost=Decimal(1000),
            price=Decimal(90),
            priced_on=MONDAY - DAY,
            stale=True,
        ),
    )
    assert marked.positions[0].value == 900
    assert marked.benchmark_index == 2.0


def test_a_book_of_cash_is_worth_its_cash() -> None:
    marked = mark(a_book(cash=100))
    assert (marked.equity, marked.gross, marked.net) == (100, 0, 0)
    assert (marked.unit_value, marked.peak, marked.drawdown) == (1.0, 1.0, 0.0)


def test_drawdown_is_measured_from_the_best_close() -> None:
    book = a_book({"AAPL": (10, 100)}, cash=0)
    marks = []
    for number, price in enumerate((100, 120, 90, 130)):
        marks.append(mark(book, price, marks[-1] if marks else None, MONDAY + number * DAY))
    assert [each.unit_value for each in marks] == pytest.approx([1, 1.2, 0.9, 1.3])
    assert [each.peak for each in marks] == pytest.approx([1, 1.2, 1.2, 1.3])
    assert [each.drawdown for each in marks] == pytest.approx([0, 0, -0.25, 0])


def test_a_loss_before_the_first_close_is_a_drawdown_from_the_start() -> None:
    marked = mark(a_book({"AAPL": (10, 100)}, cash=0), 95)
    assert marked.drawdown == pytest.approx(-0.05)


@given(st.integers(-400, 100_000).filter(bool), st.integers(50, 200), st.integers(50, 200))
def test_a_deposit_or_withdrawal_neither_masks_nor_makes_a_drawdown(
    amount: int, first: int, second: int
) -> None:
    invested = a_book({"AAPL": (10, 100)}, cash=400)
    start = mark(invested, first)
    moved = mark(with_money(invested, amount), first, start, TUESDAY)
    assert moved.unit_value == pytest.approx(start.unit_value)
    assert moved.drawdown == pytest.approx(start.drawdown)
    later = mark(with_money(invested, amount), second, moved, TUESDAY + DAY)
    assert later.unit_value / moved.unit_value == pytest.approx(float(later.equity / moved.equity))
    assert later.drawdown <= 0


def test_taking_money_out_hides_no_loss_of_the_same_day() -> None:
    invested = a_book({"AAPL": (10, 100)}, cash=400)
    start = mark(invested, 100)
    moved = mark(with_money(invested, -400), 90, start, TUESDAY)
    assert moved.drawdown == pytest.approx(-0.1)
    assert (moved.deposits, moved.equity) == (1_000, 900)


def test_bringing_money_in_hides_no_loss_of_the_days_before() -> None:
    invested = a_book({"AAPL": (10, 100)}, cash=0)
    fallen = mark(invested, 80, mark(invested, 100), TUESDAY)
    assert mark(with_money(invested, 100_000), 80, fallen, TUESDAY + DAY).drawdown == pytest.approx(-0.2)


def test_an_account_that_was_emptied_has_lost_nothing() -> None:
    book = a_book(cash=1_000)
    emptied = mark(with_money(book, -1_000), 100, mark(book), TUESDAY)
    assert (emptied.equity, emptied.deposits, emptied.unit_value, emptied.drawdown) == (0, 0, 1.0, 0.0)


def test_a_position_without_a_mark_is_named() -> None:
    with pytest.raises(NoDataError, match=r"2016-03-07.*\['AAPL'\]"):
        mark_book(
            None, a_book({"AAPL": (1, 1)}), {}, session=MONDAY, at=at_close(MONDAY), benchmark_index=None
        )


def test_a_book_that_does_not_add_up_is_not_marked() -> None:
    broken = replace(a_book(cash=100), cash=Decimal(101))
    with pytest.raises(LedgerError, match="parts add up"):
        mark(broken)


def test_a_book_that_nobody_paid_into_has_no_unit() -> None:
    with pytest.raises(LedgerError, match="more than 0 USD"):
        mark(Book())


@pytest.mark.parametrize("moved", [0, 500, -500])
def test_what_a_day_came_to_is_neither_what_was_brought_in_nor_what_was_taken_out(moved: int) -> None:
    book = a_book({"AAPL": (10, 100)}, cash=1000)
    before = replace(mark(book, 100), benchmark_index=200.0)
    moved_book = with_money(book, moved) if moved else book
    after = replace(mark(moved_book, 90, before, TUESDAY), benchmark_index=202.0)
    expected = DayResult(
        profit=Decimal(-100),
        return_fraction=pytest.approx(-100 / (2000 + moved)),
        benchmark_return=pytest.approx(0.01),
    )
    assert day_of(after, before) == expected


def test_the_first_day_is_compared_with_what_was_paid_in() -> None:
    first = mark(a_book({"AAPL": (10, 100)}, cash=1000), 103)
    expected = DayResult(profit=Decimal(30), return_fraction=pytest.approx(0.015), benchmark_return=None)
    assert day_of(first, None) == expected


def test_a_book_that_has_lost_everything_earns_nothing_more() -> None:
    lost = replace(mark(a_book({"AAPL": (10, 100)}, cash=0), 100), equity=Decimal(0), unit_value=0.0)
    assert day_of(lost, lost) == DayResult(profit=Decimal(0), return_fraction=0.0, benchmark_return=None)
