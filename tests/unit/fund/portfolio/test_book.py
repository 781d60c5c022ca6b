"""The book as a fold: totals, weights, closed trades, and what it refuses."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fund.errors import LedgerError, NoDataError
from fund.portfolio.book import Book, check_identity, closed_by, replay
from fund.portfolio.journal import Account, Entry, Transaction
from fund.portfolio.postings import post_deposit, post_dividend, post_fill
from support.books import MONDAY, TUESDAY, a_book, a_dividend, a_fill, at_open

MARKS = {"AAPL": Decimal(120), "IBM": Decimal(50)}


def a_transaction(*entries: tuple[Account, int, int]) -> Transaction:
    return Transaction(
        transaction_id="t-1",
        kind="fill",
        session=TUESDAY,
        at=at_open(TUESDAY),
        entries=tuple(
            Entry(account=a, amount=Decimal(m), ticker="AAPL", quantity=Decimal(q)) for a, m, q in entries
        ),
    )


def test_an_empty_journal_is_an_empty_book() -> None:
    assert replay([]) == Book()
    assert Book().equity({}) == 0


def test_equity_is_cash_and_marked_positions_shorts_negative() -> None:
    book = a_book({"AAPL": (10, 100), "IBM": (-4, 60)}, cash=1_000)
    assert book.market_value(MARKS) == 1_000
    assert book.equity(MARKS) == 2_000
    assert book.unrealised(MARKS) == 240
    assert book.weights(MARKS) == {"AAPL": Decimal("0.6"), "IBM": Decimal("-0.1")}


def test_a_position_without_a_mark_is_never_valued() -> None:
    with pytest.raises(NoDataError, match=r"none was given for \['IBM'\]"):
        a_book({"AAPL": (10, 100), "IBM": (1, 60)}).equity({"AAPL": Decimal(120)})


@pytest.mark.parametrize("mark", ["0", "-5", "NaN", "Infinity"])
def test_a_mark_is_a_price(mark: str) -> None:
    with pytest.raises(NoDataError, match="a mark must be a finite price above 0"):
        a_book({"AAPL": (10, 100)}).equity({"AAPL": Decimal(mark)})


def test_a_ruined_book_has_no_weights() -> None:
    with pytest.raises(LedgerError, match="equity must be above 0"):
        a_book({"AAPL": (-10, 100)}, cash=1_200).weights(MARKS)


def test_a_book_that_does_not_add_up_is_found() -> None:
    book = a_book({"AAPL": (10, 100)})
    check_identity(book, MARKS)
    with pytest.raises(LedgerError, match="its parts add up to 200"):
        check_identity(replace(book, cash=book.cash + 1), MARKS)


def test_the_old_book_is_left_as_it_was() -> None:
    before = a_book({"AAPL": (10, 100)})
    copy = replace(before)
    before.apply(post_fill(before, a_fill("IBM")))
    assert before == copy
    with pytest.raises(TypeError):
        before.positions["IBM"] = before.positions["AAPL"]  # type: ignore[index]


def test_crossing_zero_in_one_entry_is_refused() -> None:
    crossing = a_transaction(("position", -1_500, -15), ("cash", 1_500, 0))
    with pytest.raises(LedgerError, match="crosses zero in one entry"):
        a_book({"AAPL": (10, 100)}).apply(crossing)


def test_cost_without_shares_is_refused() -> None:
    closing = a_transaction(("position", -900, -10), ("cash", 900, 0))
    with pytest.raises(LedgerError, match="no shares are left, but 100 of cost is"):
        a_book({"AAPL": (10, 100)}).apply(closing)


def test_a_position_entry_needs_a_ticker() -> None:
    nameless = replace(a_transaction(("cash", 0, 0)), entries=(Entry(account="position", amount=Decimal(0)),))
    with pytest.raises(LedgerError, match="needs a ticker"):
        Book().apply(nameless)


def test_a_trade_runs_from_the_first_share_in_to_the_last_share_out() -> None:
    book = a_book({"AAPL": (10, 100)})
    for event in (
        post_dividend(book.positions["AAPL"], a_dividend(1), at_open(TUESDAY)),
        post_fill(book, a_fill(side="sell", quantity=4, price=90, commission=Decimal(2))),
    ):
        assert closed_by(book, event, book.apply(event)) is None
        book = book.apply(event)
    last = post_fill(
        book, a_fill(side="sell", quantity=6, price=150, commission=Decimal(3), fill_id="fil-last")
    )
    trade = closed_by(book, last, book.apply(last))
    assert trade is not None
    assert (trade.opened, trade.closed, trade.bought) == (MONDAY, TUESDAY, 1_000)
    assert (trade.realised, trade.dividends, trade.fees, trade.profit) == (260, 10, 5, 265)
    assert trade.return_fraction == pytest.approx(0.265)


def test_a_fill_through_zero_ends_one_trade_and_begins_another() -> None:
    book = a_book({"AAPL": (10, 100)})
    flip = post_fill(book, a_fill(side="sell", quantity=15, price=120, commission=Decimal(3)))
    after = book.apply(flip)
    trade = closed_by(book, flip, after)
    assert trade is not None
    assert (trade.realised, trade.fees) == (200, 3)
    assert after.positions["AAPL"].opened == TUESDAY


def test_a_deposit_closes_no_trade() -> None:
    book = a_book({"AAPL": (10, 100)})
    deposit = post_deposit(Decimal(5), TUESDAY, at_open(TUESDAY), "d2")
    assert closed_by(book, deposit, book.apply(deposit)) is None
