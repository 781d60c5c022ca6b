"""An increase trades no further than the reductions that were decided with it."""

from decimal import Decimal

from fund.execution.orders import Order
from fund.execution.paper import Execution, fill_orders
from fund.market.bars import Bar
from fund.portfolio.book import Book
from support.books import TUESDAY, a_bar, a_book, an_order, at_open
from support.mandates import some_costs

D = Decimal
HALF = some_costs(max_participation=D("0.05"))


def filled(execution: Execution) -> dict[str, Decimal]:
    return {fill.ticker: fill.quantity for fill in execution.fills}


def lapsed(execution: Execution) -> list[str]:
    return [f"{each.quantity} {each.ticker} {each.reason}" for each in execution.unfilled]


def executed(
    *orders: Order, bars: tuple[Bar, ...], book: Book, suspect: frozenset[str] = frozenset()
) -> Execution:
    by_ticker = {bar.ticker: bar for bar in bars}
    return fill_orders(orders, by_ticker, suspect, book, HALF, opened_at=at_open(TUESDAY))


SALE, PURCHASE = an_order("A", "sell", 100), an_order("B", "buy", 60)
BOOK = a_book({"A": (200, 100), "B": (10, 100)})


def test_without_a_price_for_the_sale_nothing_is_bought() -> None:
    execution = executed(SALE, PURCHASE, bars=(a_bar("B"),), book=BOOK)
    assert filled(execution) == {}
    assert lapsed(execution) == ["100 A no_bar", "60 B reduction_unfilled"]


def test_nor_at_a_suspect_open() -> None:
    execution = executed(SALE, PURCHASE, bars=(a_bar("A"), a_bar("B")), book=BOOK, suspect=frozenset({"A"}))
    assert lapsed(execution) == ["100 A suspect_open", "60 B reduction_unfilled"]


def test_an_increase_trades_in_the_proportion_of_the_reduction_that_traded_least() -> None:
    other = an_order("C", "sell", 10)
    book = a_book({"A": (200, 100), "B": (10, 100), "C": (50, 100)})
    bars = (a_bar("A", volume=500), a_bar("B"), a_bar("C"))
    execution = executed(other, SALE, PURCHASE, bars=bars, book=book)
    assert filled(execution) == {"C": 10, "A": 25, "B": 15}
    assert lapsed(execution) == ["75 A volume_cap", "45 B reduction_unfilled"]


def test_what_was_held_up_is_rounded_down_to_whole_shares() -> None:
    execution = executed(SALE, PURCHASE, bars=(a_bar("A", volume=660), a_bar("B")), book=BOOK)
    assert filled(execution) == {"A": 33, "B": 19}


def test_nothing_is_opened_while_what_was_to_be_closed_is_held() -> None:
    closing, opening = an_order("A", "sell", 200), an_order("N", "buy", 60)
    bars = (a_bar("A", volume=3_980), a_bar("B"), a_bar("N"))
    execution = executed(closing, PURCHASE, opening, bars=bars, book=BOOK)
    assert filled(execution) == {"A": 199, "B": 59}
    assert lapsed(execution) == ["1 A volume_cap", "1 B reduction_unfilled", "60 N reduction_unfilled"]


def test_a_sale_that_trades_whole_holds_nothing_up() -> None:
    execution = executed(SALE, PURCHASE, bars=(a_bar("A", volume=2_000), a_bar("B")), book=BOOK)
    assert filled(execution) == {"A": 100, "B": 60}


def test_a_sale_of_another_decision_or_one_that_comes_later_holds_nothing_up() -> None:
    bars = (a_bar("B"),)
    elsewhere = an_order("A", "sell", 100, cycle_id="cycle-0")
    assert filled(executed(elsewhere, PURCHASE, bars=bars, book=BOOK)) == {"B": 60}
    assert filled(executed(PURCHASE, SALE, bars=bars, book=BOOK)) == {"B": 60}


def test_no_reduction_waits_for_another() -> None:
    cover = an_order("S", "buy", 40)
    book = a_book({"A": (200, 100), "S": (-40, 100), "C": (50, 100)})
    other = an_order("C", "sell", 10)
    execution = executed(SALE, cover, other, bars=(a_bar("S"), a_bar("C")), book=book)
    assert filled(execution) == {"S": 40, "C": 10}


def test_the_part_of_an_order_that_brings_a_position_to_zero_is_not_held_up() -> None:
    through = an_order("S", "buy", 70)
    book = a_book({"A": (200, 100), "S": (-40, 100)})
    execution = executed(SALE, through, bars=(a_bar("S"),), book=book)
    assert filled(execution) == {"S": 40}
    assert lapsed(execution) == ["100 A no_bar", "30 S reduction_unfilled"]


def test_the_other_side_of_a_position_waits_until_it_is_closed() -> None:
    first, second = an_order("A", "sell", 200), an_order("A", "sell", 50, order_id="ord-A-sell-2")
    execution = executed(first, second, bars=(a_bar("A", volume=4_400),), book=BOOK)
    assert [fill.quantity for fill in execution.fills] == [200, 20]
    short = executed(first, second, bars=(a_bar("A", volume=2_000),), book=BOOK)
    assert lapsed(short) == ["100 A volume_cap", "50 A reduction_unfilled"]
