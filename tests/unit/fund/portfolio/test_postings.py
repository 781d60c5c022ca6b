"""From events to journal transactions: signs, rounding, shorts, crossing zero, fractions."""

from decimal import Decimal

import pytest

from fund.errors import LedgerError
from fund.portfolio.book import Book
from fund.portfolio.journal import Entry, Transaction
from fund.portfolio.postings import (
    post_borrow,
    post_delisting,
    post_deposit,
    post_dividend,
    post_fill,
    post_split,
    post_withdrawal,
    shares_after,
)
from support.books import MONDAY, TUESDAY, a_book, a_dividend, a_fill, a_position, a_split, at_open

OPEN = at_open(TUESDAY)


def filled(book: Book, side: str, quantity: int, price: int, commission: int = 0) -> Book:
    fill = a_fill(side=side, quantity=quantity, price=price, commission=Decimal(commission))
    return book.apply(post_fill(book, fill))


def test_a_buy_costs_price_and_commission() -> None:
    book = filled(a_book(cash=5_000), "buy", 10, 100, commission=2)
    assert book.cash == 3_998
    assert book.fees == 2
    position = book.positions["AAPL"]
    assert (position.quantity, position.cost, position.fees) == (10, 1_000, 2)


def test_a_sale_realises_price_less_average_cost() -> None:
    book = filled(a_book({"AAPL": (10, 100)}), "sell", 4, 130)
    assert book.realised == 120
    assert book.positions["AAPL"].cost == 600
    assert book.positions["AAPL"].quantity == 6


def test_buying_more_averages_the_cost() -> None:
    book = filled(a_book({"AAPL": (10, 100)}), "buy", 10, 200)
    book = filled(book, "sell", 10, 200)
    assert book.realised == 500
    assert book.positions["AAPL"].cost == 1_500
    assert book.positions["AAPL"].bought == 3_000


def test_a_short_earns_when_it_is_bought_back_cheaper() -> None:
    book = filled(a_book({"AAPL": (-10, 100)}), "buy", 10, 80)
    assert book.realised == 200
    assert not book.positions


def test_a_short_loses_when_it_is_bought_back_dearer() -> None:
    assert filled(a_book({"AAPL": (-10, 100)}), "buy", 4, 120).realised == -80


@pytest.mark.parametrize(
    ("held", "side", "realised", "left", "cost"),
    [(10, "sell", 200, -5, -600), (-10, "buy", -200, 5, 600)],
)
def test_a_fill_through_zero_closes_at_the_old_cost_and_opens_at_the_new_price(
    held: int, side: str, realised: int, left: int, cost: int
) -> None:
    book = filled(a_book({"AAPL": (held, 100)}), side, 15, 120, commission=3)
    assert book.realised == realised
    position = book.positions["AAPL"]
    assert (position.quantity, position.cost, position.opened) == (left, cost, TUESDAY)
    assert (position.realised, position.fees, position.bought) == (0, 0, 600)
    assert book.fees == 3


def test_a_third_of_a_lot_takes_its_cost_to_a_millionth_and_the_rest_stays() -> None:
    book = filled(a_book({"AAPL": (3, "33.3333")}), "sell", 1, 50)
    assert book.positions["AAPL"].cost == Decimal("66.6666")
    book = filled(filled(book, "sell", 1, 50), "sell", 1, 50)
    assert book.realised == Decimal(150) - Decimal("99.9999")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"price": Decimal(0)},
        {"price": Decimal("Infinity")},
        {"commission": Decimal(-1)},
        {"commission": Decimal("NaN")},
    ],
)
def test_an_impossible_fill_stops_the_books(wrong: dict[str, object]) -> None:
    with pytest.raises(LedgerError, match="quantity and price must be above 0, commission at least 0"):
        post_fill(a_book(), a_fill(**wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["0", "-5", "NaN", "Infinity", "-Infinity"])
def test_a_deposit_is_an_amount(amount: str) -> None:
    with pytest.raises(LedgerError, match="must be finite and above 0"):
        post_deposit(Decimal(amount), MONDAY, OPEN, "d1")


def test_a_withdrawal_is_no_loss() -> None:
    before = a_book()
    book = before.apply(post_withdrawal(before, Decimal(40_000), TUESDAY, OPEN, "w1"))
    assert (book.cash, book.deposits, book.withdrawals) == (60_000, 100_000, 40_000)
    assert (book.net_deposits, book.realised) == (60_000, 0)


@pytest.mark.parametrize("amount", ["100000.01", "0", "-1", "NaN", "Infinity"])
def test_no_more_is_taken_out_than_there_is(amount: str) -> None:
    with pytest.raises(LedgerError, match="above 0 and at most the cash, 100000 USD"):
        post_withdrawal(a_book(), Decimal(amount), TUESDAY, OPEN, "w1")


def test_all_the_cash_may_be_taken_out() -> None:
    book = a_book()
    assert book.apply(post_withdrawal(book, Decimal(100_000), TUESDAY, OPEN, "w1")).cash == 0


def test_a_short_pays_for_the_shares_it_borrows_by_the_calendar_day() -> None:
    before = a_book({"AAPL": (-30, 100)})
    fee = post_borrow(before.positions["AAPL"], Decimal("99.99"), Decimal("0.03"), 3, TUESDAY, OPEN)
    book = before.apply(fee)
    assert book.borrow == book.positions["AAPL"].borrow == Decimal("0.749925")
    assert before.cash - book.cash == book.borrow
    assert fee.transaction_id == "borrow-AAPL-2016-03-08"


@pytest.mark.parametrize(
    "wrong",
    [{"quantity": 10}, {"price": "0"}, {"price": "NaN"}, {"rate": "-0.01"}, {"rate": "NaN"}, {"days": 0}],
)
def test_an_impossible_borrow_fee_stops_the_books(wrong: dict[str, object]) -> None:
    asked = {"quantity": -10, "price": "100", "rate": "0.03", "days": 1} | wrong
    held = a_position(quantity=int(str(asked["quantity"])))
    price, rate = Decimal(str(asked["price"])), Decimal(str(asked["rate"]))
    with pytest.raises(LedgerError, match="a borrow fee needs a short"):
        post_borrow(held, price, rate, int(str(asked["days"])), TUESDAY, OPEN)


def test_a_dividend_goes_to_the_quantity_held() -> None:
    book = a_book({"AAPL": (10, 100)}, cash=0)
    book = book.apply(post_dividend(book.positions["AAPL"], a_dividend("0.35"), OPEN))
    assert book.cash == book.dividends == book.positions["AAPL"].dividends == Decimal("3.50")


def test_a_short_pays_the_dividend() -> None:
    book = a_book({"AAPL": (-10, 100)}, cash=2_000)
    book = book.apply(post_dividend(book.positions["AAPL"], a_dividend("0.35"), OPEN))
    assert book.cash == Decimal("1996.50")
    assert book.dividends == Decimal("-3.50")


@pytest.mark.parametrize(
    ("quantity", "ratio", "left", "cash"),
    [
        (10, "2", "20", "0"),
        (10, "1.5", "15", "0"),
        (5, "0.5", "2", "10"),
        (-5, "0.5", "-2", "-10"),
        (300, "0.333333", "100", "0"),
        (30_000, "0.333333", "10000", "0"),
        (-300, "0.333333", "-100", "0"),
        (100, "0.333333", "33", "6.66666"),
        (100, "0.9042", "90", "8.4"),
        (100, "0.955", "95", "10"),
        (-100, "0.955", "-95", "-10"),
        (-100, "0.9042", "-90", "-8.4"),
    ],
)
def test_a_split_multiplies_the_shares_and_pays_the_fraction_in_cash(
    quantity: int, ratio: str, left: str, cash: str
) -> None:
    before = a_book({"AAPL": (quantity, 10)})
    book = before.apply(post_split(before.positions["AAPL"], a_split(ratio), Decimal(20), OPEN))
    assert book.positions["AAPL"].quantity == Decimal(left)
    assert book.cash - before.cash == Decimal(cash)


def test_a_split_that_leaves_less_than_a_share_closes_the_position_in_cash() -> None:
    before = a_book({"AAPL": (1, 10)}, cash=0)
    book = before.apply(post_split(before.positions["AAPL"], a_split("0.5"), Decimal(24), OPEN))
    assert not book.positions
    assert (book.cash, book.realised) == (12, 2)


def test_a_fraction_takes_its_share_of_the_cost_along() -> None:
    before = a_book({"AAPL": (5, 10)})
    book = before.apply(post_split(before.positions["AAPL"], a_split("0.5"), Decimal(24), OPEN))
    assert (book.positions["AAPL"].cost, book.realised) == (40, 2)


def test_without_a_price_the_fraction_stays() -> None:
    before = a_book({"AAPL": (5, 10)})
    book = before.apply(post_split(before.positions["AAPL"], a_split("0.5"), None, OPEN))
    assert book.positions["AAPL"].quantity == Decimal("2.5")
    assert (book.positions["AAPL"].cost, book.cash) == (50, before.cash)


@pytest.mark.parametrize("ratio", ["0", "-2", "NaN", "Infinity"])
def test_a_split_ratio_is_above_zero(ratio: str) -> None:
    with pytest.raises(LedgerError, match="a split ratio must be finite and above 0"):
        post_split(a_position(), a_split(ratio), None, OPEN)


def test_a_split_never_leaves_nothing_of_a_position() -> None:
    with pytest.raises(LedgerError, match="leaves nothing of 1"):
        post_split(a_position(quantity=1), a_split("0.0000001"), None, OPEN)


@pytest.mark.parametrize(
    ("ratio", "shares"), [("0.666667", "200"), ("0.142857", "42.857143"), ("1.0027", "300.81"), ("7", "2100")]
)
def test_a_published_ratio_is_read_as_the_simple_one_it_stands_for(ratio: str, shares: str) -> None:
    assert shares_after(Decimal(300), Decimal(ratio)) == Decimal(shares)


@pytest.mark.parametrize(("quantity", "realised", "cash"), [(10, -150, 850), (-10, 150, -850)])
def test_an_ended_series_closes_at_its_last_price_without_commission(
    quantity: int, realised: int, cash: int
) -> None:
    before = a_book({"AAPL": (quantity, 100)})
    book = before.apply(post_delisting(before.positions["AAPL"], Decimal(85), TUESDAY, OPEN))
    assert not book.positions
    assert (book.realised, book.cash - before.cash, book.fees) == (realised, cash, 0)


def test_the_same_event_posts_the_same_transaction() -> None:
    book = a_book({"AAPL": (5, 10)})
    held = book.positions["AAPL"]
    assert post_fill(book, a_fill()) == post_fill(book, a_fill())
    assert post_split(held, a_split(), Decimal(5), OPEN) == post_split(held, a_split(), Decimal(5), OPEN)
    assert post_dividend(held, a_dividend(), OPEN) == post_dividend(held, a_dividend(), OPEN)


def test_different_events_of_one_day_have_different_ids() -> None:
    held = a_position()
    ids = {
        post_split(held, a_split(), None, OPEN).transaction_id,
        post_dividend(held, a_dividend(), OPEN).transaction_id,
        post_delisting(held, Decimal(1), TUESDAY, OPEN).transaction_id,
        post_fill(Book(), a_fill()).transaction_id,
        post_deposit(Decimal(1), TUESDAY, OPEN, "AAPL").transaction_id,
    }
    assert len(ids) == 5


@pytest.mark.parametrize("amount", ["0.000001", "-1", "NaN"])
def test_a_transaction_that_does_not_sum_to_zero_cannot_be_made(amount: str) -> None:
    with pytest.raises(LedgerError, match="entries must sum to 0"):
        Transaction(
            transaction_id="t",
            kind="deposit",
            session=TUESDAY,
            at=OPEN,
            entries=(Entry(account="cash", amount=Decimal(amount)),),
        )
