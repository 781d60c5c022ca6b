"""Corporate actions: what can be believed is booked, what cannot is refused and moves nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fund.errors import LedgerError
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book, check_identity, closed_trades
from fund.portfolio.corporate import Actions, book_actions
from fund.portfolio.endings import post_merger, post_ticker_change
from fund.portfolio.journal import Entry
from fund.portfolio.postings import post_dividend, post_fill
from support.books import (
    MONDAY,
    TUESDAY,
    a_book,
    a_change,
    a_dividend,
    a_fill,
    a_split,
    an_ending,
    at_open,
)

D = Decimal
OPEN = at_open(TUESDAY)


def booked(book: Book, *actions: CorporateAction, known: frozenset[str] | None = None) -> Actions:
    return book_actions(
        book, actions, {"AAPL": D(20)}, session=TUESDAY, at=OPEN, last_prices={"AAPL": D(100)}, known=known
    )


def reasons(done: Actions) -> list[str]:
    return [refused.reason for refused in done.refused]


@pytest.mark.parametrize(("quantity", "cash", "profit"), [(10, 1_200, 200), (-10, -1_200, -200)])
@pytest.mark.parametrize("kind", ["merger", "delisting"])
def test_an_ending_pays_its_stated_value_and_a_short_pays_it(
    kind: str, quantity: int, cash: int, profit: int
) -> None:
    book = a_book({"AAPL": (quantity, 100)})
    done = booked(book, an_ending(120, kind=kind))
    assert not done.book.positions
    assert (done.book.cash - book.cash, done.book.realised, done.book.fees) == (cash, profit, 0)
    assert [t.profit for t in closed_trades(book, done.transactions)] == [profit]
    assert (done.ended, done.book.ended) == ({"AAPL": kind}, {"AAPL": kind})


def test_a_delisting_may_be_worth_nothing() -> None:
    book = a_book({"AAPL": (10, 100)})
    done = booked(book, an_ending(0, kind="delisting"))
    assert (done.book.cash, done.book.realised) == (book.cash, -1_000)
    assert done.transactions[0].memo == "AAPL delisted; closed at the stated value of 0 USD a share"
    assert reasons(booked(book, an_ending(0, kind="merger"))) == ["bad_figure"]


def test_a_new_ticker_takes_everything_along_and_ends_no_trade() -> None:
    book = a_book({"AAPL": (10, 100)})
    book = book.apply(post_dividend(book.positions["AAPL"], a_dividend(1), OPEN))
    done = booked(book, a_change(into="AAP"))
    was, now = book.positions["AAPL"], done.book.positions["AAP"]
    assert now == replace(was, ticker="AAP")
    assert (now.opened, now.dividends, now.bought) == (MONDAY, 10, 1_000)
    assert replace(done.book, positions={}, ended={}) == replace(book, positions={}, ended={})
    assert closed_trades(book, done.transactions) == ()
    assert done.renamed == {"AAPL": "AAP"}
    assert sum(entry.amount for entry in done.transactions[0].entries) == 0


@pytest.mark.parametrize("side", [1, -1])
def test_what_is_held_under_the_new_ticker_is_joined_on_the_same_side(side: int) -> None:
    book = a_book({"AAPL": (10 * side, 100), "AAP": (5 * side, 50)})
    done = booked(book, a_change(into="AAP"))
    (held,) = done.book.positions.values()
    assert (held.quantity, held.cost, held.bought) == (15 * side, 1_250 * side, 1_250)
    assert len(held.lots) == 1
    assert done.book.cash == book.cash


def test_lots_keep_their_names_and_days_under_a_new_ticker() -> None:
    book = a_book()
    for number, (ticker, day) in enumerate((("AAP", TUESDAY), ("AAPL", MONDAY), ("AAPL", TUESDAY))):
        fill = a_fill(ticker, fill_id=f"f{number}", session=day)
        book = book.apply(post_fill(book, fill, lots="fifo"))
    lots = booked(book, a_change(into="AAP")).book.positions["AAP"].lots
    assert [(lot.lot_id, lot.opened) for lot in lots] == [("f1", MONDAY), ("f0", TUESDAY), ("f2", TUESDAY)]


def test_a_new_ticker_held_on_the_other_side_is_taken() -> None:
    book = a_book({"AAPL": (10, 100), "AAP": (-5, 50)})
    done = booked(book, a_change(into="AAP"))
    assert reasons(done) == ["taken_ticker"]
    assert (done.book, done.transactions, done.renamed) == (book, [], {})
    with pytest.raises(LedgerError, match="not held on the other side"):
        post_ticker_change(book, a_change(into="AAP"), OPEN)


def test_tickers_that_move_up_in_a_row_are_moved_from_the_far_end() -> None:
    book = a_book({"AAPL": (10, 100), "BBB": (5, 50)})
    done = booked(book, a_change("AAPL", "BBB"), a_change("BBB", "CCC"))
    assert {t: p.quantity for t, p in done.book.positions.items()} == {"BBB": 10, "CCC": 5}


def test_two_tickers_that_would_change_places_are_refused_both() -> None:
    book = a_book({"AAPL": (10, 100), "BBB": (5, 50)})
    done = booked(book, a_change("AAPL", "BBB"), a_change("BBB", "AAPL"))
    assert reasons(done) == ["taken_ticker", "taken_ticker"]
    assert done.book == book


def test_a_new_ticker_without_a_price_is_unknown() -> None:
    book = a_book({"AAPL": (10, 100)})
    assert reasons(booked(book, a_change(into="AAP"), known=frozenset({"AAPL"}))) == ["unknown_ticker"]
    assert booked(book, a_change(into="AAP"), known=frozenset({"AAP"})).renamed == {"AAPL": "AAP"}


BAD: Mapping[str, tuple[CorporateAction, str]] = {
    "NaN dividend": (a_dividend("NaN"), "bad_figure"),
    "negative dividend": (a_dividend(-1), "bad_figure"),
    "dividend of nothing": (a_dividend(0), "bad_figure"),
    "endless dividend": (a_dividend("Infinity"), "bad_figure"),
    "signalling figure": (a_dividend("sNaN"), "bad_figure"),
    "dividend of the whole price": (a_dividend(100), "absurd_price"),
    "split by zero": (a_split(0), "bad_figure"),
    "split by less": (a_split(-2), "bad_figure"),
    "split into a million": (a_split(1_000_000), "too_large"),
    "split into dust": (a_split("0.0000001"), "too_large"),
    "merger for nothing": (an_ending(0), "bad_figure"),
    "merger for a fortune": (an_ending(2_001), "absurd_price"),
    "delisting below zero": (an_ending("-0.01", kind="delisting"), "bad_figure"),
    "price of a planet": (an_ending("1e12", "IBM"), "absurd_price"),
    "change into itself": (a_change(into="AAPL"), "unknown_ticker"),
    "change into nothing": (a_change(into=" "), "unknown_ticker"),
    "change at a ratio": (replace(a_change(), value=D(2)), "bad_figure"),
    "no ticker": (a_dividend(1, " "), "unknown_ticker"),
    "yesterday": (a_dividend(1, ex_date=MONDAY), "other_day"),
    "tomorrow": (a_split(2, ex_date=date(2016, 3, 9)), "other_day"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_with_its_reason_and_moves_nothing(name: str) -> None:
    action, reason = BAD[name]
    book = a_book({"AAPL": (10, 100), "IBM": (-5, 50)})
    done = booked(book, action)
    assert reasons(done) == [reason]
    assert done.book is book
    assert (done.transactions, done.believed, done.renamed, done.ended) == ([], [], {}, {})
    (refused,) = done.refused
    assert (refused.kind, refused.session) == ("action", TUESDAY)
    assert refused.detail.startswith("expected ")
    assert f"found {action.kind} of" in refused.detail
    assert booked(book, action).refused == done.refused


def test_a_split_that_would_leave_nothing_is_refused() -> None:
    book = a_book()
    book = book.apply(post_fill(book, a_fill(quantity="0.000001")))
    done = booked(book, a_split("0.1"))
    assert (reasons(done), done.book) == (["leaves_nothing"], book)


@pytest.mark.parametrize(
    ("ended_by", "reason"),
    [
        (lambda book: post_merger(book.positions["AAPL"], an_ending(), OPEN), "after_delisting"),
        (lambda book: booked(book, an_ending(0, kind="delisting")).transactions[0], "after_delisting"),
        (lambda book: booked(book, a_change()).transactions[0], "nothing_held"),
    ],
)
@pytest.mark.parametrize("action", [a_dividend(1), a_split(2), an_ending(50)])
def test_an_action_on_what_has_ended_is_refused(
    ended_by: Callable[[Book], object], reason: str, action: CorporateAction
) -> None:
    book = a_book({"AAPL": (10, 100)})
    after = book.apply(ended_by(book))  # type: ignore[arg-type]
    done = booked(after, action)
    assert (reasons(done), done.book) == ([reason], after)


def test_an_action_on_what_was_never_held_or_was_sold_is_nobodys_business() -> None:
    sold = a_book({"AAPL": (10, 100)})
    sold = sold.apply(post_fill(sold, a_fill(side="sell", quantity=10)))
    for book in (a_book(), sold):
        done = booked(book, a_dividend(1), a_split(2), an_ending(50))
        assert (done.transactions, done.refused) == ([], [])
        assert (done.believed, done.ended) == ([a_split(2), an_ending(50)], {"AAPL": "merger"})


def test_a_ticker_that_is_bought_again_has_not_ended() -> None:
    book = a_book({"AAPL": (10, 100)})
    book = booked(book, an_ending(50)).book
    book = book.apply(post_fill(book, a_fill(quantity=1)))
    assert dict(book.ended) == {}
    assert booked(book, a_dividend(1)).book.dividends == 1


def test_a_second_delivery_is_the_first_and_a_second_figure_is_refused() -> None:
    book = a_book({"AAPL": (10, 100)})
    assert booked(book, a_dividend(1), a_dividend(1)).book.dividends == 10
    done = booked(book, a_dividend(1), a_dividend(2))
    assert (done.book.dividends, reasons(done)) == (10, ["duplicate"])
    assert reasons(booked(book, a_dividend("sNaN"), a_dividend("sNaN"))) == ["bad_figure", "bad_figure"]


def test_on_one_day_the_dividend_comes_first_and_the_ending_last() -> None:
    book = a_book({"AAPL": (10, 100)})
    done = booked(book, an_ending(30), a_split(2), a_dividend(1))
    assert [t.kind for t in done.transactions] == ["dividend", "split", "merger"]
    assert done.book.cash - book.cash == 10 + 20 * 30
    check_identity(done.book, {})


def test_a_ticker_change_in_the_journal_moves_the_lots_as_they_are() -> None:
    book = a_book({"AAPL": (10, 100)})
    change = post_ticker_change(book, a_change(), OPEN)
    half = [replace(e, amount=e.amount / 2, quantity=e.quantity / 2) for e in change.entries]
    with pytest.raises(LedgerError, match="the lots of AAPL must move as they are"):
        book.apply(replace(change, entries=tuple(half)))
    with pytest.raises(LedgerError, match="moves one position to one other ticker"):
        book.apply(replace(change, entries=(Entry(account="cash", amount=D(0)),)))
    with pytest.raises(LedgerError, match="AAPL must be held"):
        a_book().apply(change)
