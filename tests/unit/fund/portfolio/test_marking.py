"""A stale price is carried in the shares of today."""

from datetime import date
from decimal import Decimal

import pytest

from fund.errors import NoDataError
from fund.portfolio.marking import current_mark
from support.books import MONDAY, a_dividend, a_split
from support.views import FakeView, a_view

FRIDAY = date(2016, 3, 4)


def a_stale_view(*actions: object, price: str = "90") -> FakeView:
    return FakeView(
        prices={"AAPL": Decimal(price)},
        stale_since={"AAPL": FRIDAY},
        known_actions=actions,  # type: ignore[arg-type]
    )


def test_a_fresh_price_is_taken_as_it_is() -> None:
    mark = current_mark(a_view(AAPL="100.25"), "AAPL")
    assert (mark.price, mark.session, mark.stale) == (Decimal("100.25"), MONDAY, False)


def test_a_split_on_the_day_of_the_price_is_in_it_already() -> None:
    view = FakeView(prices={"AAPL": Decimal(50)}, known_actions=(a_split(2, ex_date=MONDAY),))
    assert current_mark(view, "AAPL").price == 50


@pytest.mark.parametrize(
    ("ratio", "price"), [("2", "45"), ("7", "12.8571"), ("0.5", "180"), ("0.333333", "270")]
)
def test_a_split_in_the_gap_restates_a_stale_price(ratio: str, price: str) -> None:
    mark = current_mark(a_stale_view(a_split(ratio, ex_date=MONDAY)), "AAPL")
    assert (mark.price, mark.session, mark.stale) == (Decimal(price), FRIDAY, True)


def test_a_split_before_the_last_price_does_not() -> None:
    assert current_mark(a_stale_view(a_split(2, ex_date=FRIDAY)), "AAPL").price == 90


def test_a_dividend_in_the_gap_does_not() -> None:
    assert current_mark(a_stale_view(a_dividend(1, ex_date=MONDAY)), "AAPL").price == 90


def test_a_restated_price_never_becomes_zero() -> None:
    view = a_stale_view(a_split("1000", ex_date=MONDAY), price="0.0100")
    assert current_mark(view, "AAPL").price == Decimal("0.0001")


def test_a_ticker_never_seen_has_no_mark() -> None:
    with pytest.raises(NoDataError, match="'IBM'"):
        current_mark(a_view(AAPL=1), "IBM")
