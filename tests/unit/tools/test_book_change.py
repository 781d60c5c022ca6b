"""What changed between two closes, name by name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from fund.portfolio.book import Book, replay
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_deposit, post_fill
from fund.portfolio.session_mark import SessionMark, mark_book
from support.books import MONDAY, TUESDAY, a_fill, at_close, at_open
from support.views import FakeView
from tools.book_change import BookChange, book_change

WEDNESDAY = TUESDAY + timedelta(days=1)
FILLS = (
    a_fill("AAPL", quantity=10, price=100, fill_id="1"),
    a_fill("XOM", quantity=20, price=50, fill_id="2"),
    a_fill("KO", quantity=30, price=40, fill_id="3"),
    a_fill("AAPL", quantity=5, price=110, fill_id="4", session=WEDNESDAY),
    a_fill("XOM", side="sell", quantity=20, price=55, fill_id="5", session=WEDNESDAY),
    a_fill("GE", quantity=10, price=30, fill_id="6", session=WEDNESDAY, commission=Decimal(2)),
    a_fill("JNJ", quantity=1, price=100, fill_id="7", session=WEDNESDAY),
    a_fill("JNJ", side="sell", quantity=1, price=101, fill_id="8", session=WEDNESDAY),
)
PRICES = {"AAPL": Decimal(120), "XOM": Decimal(52), "KO": Decimal(41), "GE": Decimal(29)}


def a_journal(fills: Sequence[Fill] = FILLS) -> list[Transaction]:
    journal = [post_deposit(Decimal(10_000), MONDAY, at_open(MONDAY), "initial")]
    for fill in fills:
        journal.append(post_fill(replay(journal), fill))
    return journal


def a_mark(session: date, previous: SessionMark | None = None) -> SessionMark:
    book: Book = replay(t for t in a_journal() if t.session <= session)
    view = FakeView(prices=PRICES, session=session)
    marks = {ticker: view.mark(ticker) for ticker in book.positions}
    return mark_book(previous, book, marks, session=session, at=at_close(session), benchmark_index=1.0)


def a_change() -> BookChange:
    before = a_mark(TUESDAY)
    return book_change(before, a_mark(WEDNESDAY, before), a_journal(), FILLS)


def test_every_name_is_told_by_what_was_done_in_it() -> None:
    words = {name.ticker: name.change for name in a_change().names}
    assert words == {"AAPL": "grown", "XOM": "closed", "KO": "kept", "GE": "opened", "JNJ": "traded"}


def test_bought_and_sold_are_the_fills_between_the_two_closes() -> None:
    names = {name.ticker: name for name in a_change().names}
    assert (names["AAPL"].bought, names["AAPL"].quantity_before, names["AAPL"].quantity) == (550, 10, 15)
    assert (names["XOM"].sold, names["XOM"].bought) == (1_100, 0)
    assert (names["JNJ"].bought, names["JNJ"].sold) == (100, 101)
    assert a_change().fills == 5


def test_the_profits_of_the_names_are_that_of_the_book() -> None:
    change = a_change()
    assert sum(name.profit for name in change.names) == change.profit
    assert change.profit == change.equity - change.equity_before - change.deposits
    assert {n.ticker: n.profit for n in change.names}["GE"] == -12


def test_the_largest_change_of_weight_comes_first() -> None:
    moved = [abs(name.weight - name.weight_before) for name in a_change().names]
    assert moved == sorted(moved, reverse=True)


def test_a_deposit_between_the_two_is_no_profit() -> None:
    before = a_mark(TUESDAY)
    after = a_mark(WEDNESDAY, before)
    richer = replace(after, equity=after.equity + 500, deposits=after.deposits + 500)
    change = book_change(before, richer, a_journal(), FILLS)
    assert (change.deposits, change.profit) == (500, a_change().profit)
