"""Lots: first in first out, or one at average cost; in the journal, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import LedgerError
from fund.portfolio.book import Book, closed_by, replay
from fund.portfolio.journal import Entry, Transaction
from fund.portfolio.position import LotMethod
from fund.portfolio.postings import post_delisting, post_fill, post_split
from support.books import TUESDAY, a_book, a_fill, a_split, at_open

D = Decimal
OPEN = at_open(TUESDAY)
DAY = timedelta(days=1)


def traded(
    *trades: tuple[str, str], lots: LotMethod = "fifo", book: Book | None = None
) -> tuple[Book, list[Transaction]]:
    """Buy (or sell, below zero) quantities at prices, one a day."""
    book, journal = book or Book(), []
    for number, (quantity, price) in enumerate(trades):
        side = "buy" if D(quantity) > 0 else "sell"
        fill = a_fill(side=side, quantity=abs(D(quantity)), price=price, fill_id=f"f{number}")
        journal.append(post_fill(book, replace(fill, session=TUESDAY + number * DAY), lots=lots))
        book = book.apply(journal[-1])
    return book, journal


def lots_of(book: Book) -> list[tuple[str, Decimal, Decimal]]:
    return [(lot.lot_id, lot.quantity, lot.cost) for lot in book.positions["AAPL"].lots]


def test_every_purchase_is_a_lot_named_after_its_fill() -> None:
    book, _ = traded(("10", "100"), ("5", "200"))
    assert lots_of(book) == [("f0", D(10), D(1_000)), ("f1", D(5), D(1_000))]
    assert [lot.opened for lot in book.positions["AAPL"].lots] == [TUESDAY, TUESDAY + DAY]
    assert (book.positions["AAPL"].quantity, book.positions["AAPL"].cost) == (15, 2_000)


@pytest.mark.parametrize(
    ("lots", "realised", "left"),
    [("fifo", 900, [("f1", D(3), D(600))]), ("average", D("700"), [("", D(3), D("400"))])],
)
def test_a_sale_takes_the_oldest_lot_or_the_average(
    lots: LotMethod, realised: Decimal, left: list[tuple[str, Decimal, Decimal]]
) -> None:
    book, _ = traded(("10", "100"), ("5", "200"), ("-12", "191.666666"), lots=lots)
    assert lots_of(book) == left
    assert abs(book.realised - realised) < D("0.0001")


def test_a_sale_over_several_lots_has_one_entry_for_each() -> None:
    _, journal = traded(("10", "100"), ("5", "200"), ("5", "300"), ("-17", "250"))
    moved = [(e.lot, e.quantity, e.amount) for e in journal[-1].entries if e.account == "position"]
    assert moved == [("f0", D(-10), D(-1_000)), ("f1", D(-5), D(-1_000)), ("f2", D(-2), D(-600))]


def test_a_short_is_bought_back_oldest_first() -> None:
    book, _ = traded(("-10", "100"), ("-10", "80"), ("15", "90"))
    assert lots_of(book) == [("f1", D(-5), D(-400))]
    assert book.realised == 100 - 50


def test_a_fill_through_zero_ends_every_lot_and_opens_one() -> None:
    before, _ = traded(("10", "100"), ("5", "200"))
    flip = post_fill(before, a_fill(side="sell", quantity=20, price=150, fill_id="f2"), lots="fifo")
    after = before.apply(flip)
    trade = closed_by(before, flip, after)
    assert lots_of(after) == [("f2", D(-5), D(-750))]
    assert trade is not None
    assert (trade.realised, trade.bought) == (250, 2_000)


def test_fractions_of_shares_are_lots_like_any_other() -> None:
    book, _ = traded(("0.000001", "100"), ("1.5", "10"), ("-0.500001", "20"))
    assert lots_of(book) == [("f1", D("1.0"), D("10"))]


def test_averaged_books_that_change_their_mandate_sell_what_was_averaged_first() -> None:
    averaged, _ = traded(("10", "100"), lots="average")
    book = averaged.apply(post_fill(averaged, a_fill(quantity=5, price=200, fill_id="new"), lots="fifo"))
    assert [lot for lot, _, _ in lots_of(book)] == ["", "new"]
    book = book.apply(post_fill(book, a_fill(side="sell", quantity=10, price=100, fill_id="out")))
    assert lots_of(book) == [("new", D(5), D(1_000))]


def test_a_split_multiplies_every_lot_and_takes_the_fraction_from_the_oldest() -> None:
    book, _ = traded(("3", "10"), ("2", "40"), ("2", "50"))
    book = book.apply(post_split(book.positions["AAPL"], a_split("1.5"), D(20), OPEN))
    assert lots_of(book) == [("f0", D("4.0"), D("26.666667")), ("f1", D(3), D(80)), ("f2", D(3), D(100))]
    assert book.realised == D(10) - D("3.333333")


def test_a_lot_a_split_leaves_nothing_of_hands_its_cost_on() -> None:
    book, _ = traded(("0.000001", "500000"), ("10", "10"))
    after = book.apply(post_split(book.positions["AAPL"], a_split("0.1"), None, OPEN))
    assert lots_of(after) == [("f1", D(1), D("100.5"))]
    assert after.positions["AAPL"].bought == book.positions["AAPL"].bought


def test_a_series_that_ends_closes_every_lot() -> None:
    book, _ = traded(("3", "10"), ("2", "40"))
    book = book.apply(post_delisting(book.positions["AAPL"], D(8), TUESDAY, OPEN))
    assert (dict(book.positions), book.realised) == ({}, 40 - 110)


def a_move(lot: str, quantity: int, amount: int) -> Transaction:
    return Transaction(
        transaction_id="t",
        kind="fill",
        session=TUESDAY,
        at=OPEN,
        entries=(
            Entry(account="position", ticker="AAPL", amount=D(amount), quantity=D(quantity), lot=lot),
            Entry(account="cash", amount=D(-amount)),
        ),
    )


@pytest.mark.parametrize(
    ("move", "told"),
    [
        (a_move("f9", -1, -100), "has no lot 'f9' to take -1 shares from"),
        (a_move("f0", -12, -1_200), "lot 'f0' of AAPL crosses zero: it holds 10"),
        (a_move("f0", -10, -900), "no shares are left, but 100 of cost is"),
        (a_move("f9", 0, 5), "no shares are left, but 5 of cost is"),
    ],
)
def test_a_lot_gives_only_what_it_has(move: Transaction, told: str) -> None:
    book, _ = traded(("10", "100"), ("5", "200"))
    with pytest.raises(LedgerError, match=told):
        book.apply(move)


trades = st.lists(
    st.tuples(
        st.decimals("-50", "50", places=6).filter(bool).map(str),
        st.decimals("0.01", "900", places=4).map(str),
    ),
    max_size=12,
)


@given(trades)
def test_fifo_is_a_queue(life: list[tuple[str, str]]) -> None:
    queue: list[tuple[Decimal, Decimal]] = []
    for quantity, price in ((D(q), D(p)) for q, p in life):
        left = quantity
        while queue and left and queue[0][0] * left < 0:
            held, paid = queue.pop(0)
            if abs(held) > abs(left):
                queue.insert(0, (held + left, paid))
                left = D(0)
            else:
                left += held
        if left:
            queue.append((left, price))
    held = traded(*life)[0].positions.get("AAPL")
    lots = held.lots if held else ()
    assert [lot.quantity for lot in lots] == [quantity for quantity, _ in queue]
    for lot, (quantity, price) in zip(lots, queue, strict=True):
        assert abs(lot.cost - quantity * price) < D("0.00005")


@given(trades)
def test_an_average_is_an_average(life: list[tuple[str, str]]) -> None:
    quantity = cost = D(0)
    for traded_now, price in ((D(q), D(p)) for q, p in life):
        if quantity * traded_now >= 0:
            cost += traded_now * price
        elif abs(traded_now) <= abs(quantity):
            cost *= 1 + traded_now / quantity
        else:
            cost = (quantity + traded_now) * price
        quantity += traded_now
    held = traded(*life, lots="average")[0].positions.get("AAPL")
    assert (held.quantity if held else 0) == quantity
    assert abs((held.cost if held else 0) - cost) < D("0.00005")
    assert len(held.lots if held else ()) == bool(quantity)


@given(trades, st.sampled_from(["fifo", "average"]))
def test_a_journal_with_lots_replays_to_the_same_book(life: list[tuple[str, str]], lots: LotMethod) -> None:
    book, journal = traded(*life, lots=lots)
    assert replay(journal) == book
    for position in book.positions.values():
        assert position.quantity == sum(lot.quantity for lot in position.lots)
        assert position.cost == sum(lot.cost for lot in position.lots)


def test_what_is_sold_at_once_is_named_the_same_however_often_it_is_posted() -> None:
    book = a_book({"AAPL": (10, 100)})
    fill = a_fill(quantity=3, session=date(2016, 3, 9))
    assert post_fill(book, fill, lots="fifo") == post_fill(book, fill, lots="fifo")
