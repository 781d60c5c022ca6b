"""Orders that go on: from session to session, through splits, with their cash set aside."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from fund.errors import LedgerError
from fund.execution.costs import CostModel
from fund.execution.lifecycle import OrderState
from fund.execution.orders import Order
from fund.execution.paper import PaperBroker
from fund.execution.reservations import Reservations
from fund.execution.restating import restated
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book
from fund.settlement import Settlement, settle
from support.books import TUESDAY, a_bar, a_book, a_split, an_order, at_close, at_open
from support.mandates import a_mandate, some_costs

D = Decimal


def session(
    *orders: Order,
    working: tuple[OrderState, ...] = (),
    day: date = TUESDAY,
    book: Book | None = None,
    bar: Bar | None = None,
    costs: CostModel | None = None,
    actions: tuple[CorporateAction, ...] = (),
) -> Settlement:
    bar = replace(bar or a_bar(high=105, low=95), session=day)
    return settle(
        orders,
        a_book() if book is None else book,
        a_mandate(costs=costs or some_costs()),
        session=day,
        opened_at=at_open(day),
        closed_at=at_close(day),
        bars={bar.ticker: bar},
        suspect_opens=set(),
        actions=actions,
        working=working,
    )


def told(settlement: Settlement) -> list[tuple[str, Decimal, str | None]]:
    return [(state.status, state.filled, state.reason) for state in settlement.orders]


def test_the_rest_of_a_gtc_order_carries_over_and_that_of_a_day_order_expires() -> None:
    costs = some_costs(max_participation=D("0.1"))
    thin = a_bar(volume=60)
    day = session(an_order(quantity=10), bar=thin, costs=costs)
    assert told(day) == [("expired", 6, "volume_cap")]
    assert day.working == ()
    first = session(an_order(quantity=10, kind="market", time_in_force="gtc"), bar=thin, costs=costs)
    assert told(first) == [("partially_filled", 6, None)]
    assert first.unfilled == ()
    wednesday = TUESDAY + timedelta(days=1)
    second = session(working=first.working, day=wednesday, book=first.book, bar=thin, costs=costs)
    assert told(second) == [("filled", 10, None)]
    assert [fill.quantity for fill in (*first.fills, *second.fills)] == [6, 4]
    assert len({fill.fill_id for fill in (*first.fills, *second.fills)}) == 2


def test_a_limit_that_is_not_reached_waits_or_expires_by_name() -> None:
    placed = an_order(kind="limit", limit_price=D(95))
    assert told(session(placed)) == [("expired", 0, "not_reached")]
    assert told(session(replace(placed, time_in_force="gtc"))) == [("accepted", 0, None)]


def test_what_trades_within_the_bar_is_stamped_when_the_bar_is_known() -> None:
    within = session(an_order(kind="limit", limit_price=D(97)))
    assert [(fill.price, fill.filled_at) for fill in within.fills] == [(97, at_close(TUESDAY))]
    gap = session(an_order(kind="limit", limit_price=D(101)))
    assert [(fill.price, fill.filled_at) for fill in gap.fills] == [(100, at_open(TUESDAY))]


def test_a_stop_pays_slippage_and_stays_in_the_bar() -> None:
    costs = some_costs(half_spread_bps=D(100))
    book, stop = a_book({"AAPL": (10, 100)}), an_order(side="sell", kind="stop")
    sold = session(replace(stop, stop_price=D(97)), book=book, costs=costs)
    assert sold.fills[0].price == D("96.03")
    deep = session(replace(stop, stop_price=D("95.5")), book=book, costs=costs)
    assert deep.fills[0].price == 95


def test_a_stop_that_was_touched_goes_on_as_a_market_order() -> None:
    costs = some_costs(max_participation=D("0.1"))
    stop = an_order(side="sell", kind="stop", stop_price=D(97), quantity=10, time_in_force="gtc")
    first = session(stop, book=a_book({"AAPL": (10, 100)}), bar=a_bar(low=95, volume=40), costs=costs)
    assert [(s.triggered, s.filled) for s in first.orders] == [(True, 4)]
    up = a_bar(open=120, volume=900)
    second = session(
        working=first.working, day=TUESDAY + timedelta(days=1), book=first.book, bar=up, costs=costs
    )
    assert [(fill.quantity, fill.price) for fill in second.fills] == [(6, 120)]


def test_a_stop_limit_touched_without_a_fill_waits_at_its_limit() -> None:
    placed = an_order(kind="stop_limit", stop_price=D(104), limit_price=D("99.5"), time_in_force="gtc")
    first = session(placed)
    assert [(s.status, s.triggered) for s in first.orders] == [("accepted", True)]
    second = session(working=first.working, day=TUESDAY + timedelta(days=1), book=first.book)
    assert [fill.price for fill in second.fills] == [D("99.5")]


def test_a_split_multiplies_what_is_left_and_divides_the_prices() -> None:
    placed = an_order(kind="limit", limit_price=D(90), quantity=10, time_in_force="gtc")
    state = OrderState(order=placed, status="partially_filled", filled=D(4), sequence=2)
    (after,), gone = restated([state], [a_split(2)])
    assert (after.filled, after.remaining, after.order.limit_price) == (4, 12, 45)
    assert gone == []
    (short,), _ = restated([state], [a_split("0.333333")], share_step=D("0.1"))
    assert (short.remaining, short.order.limit_price) == (2, 270)
    (none,), _ = restated([replace(state, filled=D(9))], [a_split("0.5")])
    assert (none.status, none.filled) == ("filled", 9)


def test_a_new_ticker_is_followed_and_an_ended_series_ends_its_orders() -> None:
    state = OrderState(order=an_order(time_in_force="gtc"), status="accepted", sequence=1)
    change = replace(a_split(1), kind="ticker_change", detail="APPL")
    assert restated([state], [change])[0][0].order.ticker == "APPL"
    (ended,), (left,) = restated([state], [replace(a_split(5), kind="merger")])
    assert (ended.status, ended.reason, left.quantity) == ("expired", "series_ended", 10)


def test_cash_that_waits_for_a_limit_is_not_spent_at_the_open() -> None:
    book = a_book(cash=1_500)
    waits = an_order("IBM", kind="limit", limit_price=D(50), quantity=10, time_in_force="gtc")
    settlement = session(waits, an_order(quantity=15), book=book)
    assert [(fill.ticker, fill.quantity) for fill in settlement.fills] == [("AAPL", 10)]
    assert settlement.book.cash == 500
    assert [u.reason for u in settlement.unfilled] == ["insufficient_cash"]


def test_a_limit_order_that_cash_cannot_carry_is_rejected_by_name() -> None:
    settlement = session(an_order(kind="limit", limit_price=D(99), quantity=11), book=a_book(cash=1_000))
    assert told(settlement) == [("rejected", 0, "insufficient_cash")]
    assert settlement.book.cash == 1_000


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-3", "0"])
def test_an_order_of_no_number_of_shares_is_rejected_and_books_nothing(quantity: str) -> None:
    settlement = session(an_order(quantity=quantity))
    assert [(s.status, s.reason) for s in settlement.orders] == [("rejected", "bad_figure")]
    assert settlement.transactions == ()


def test_cash_is_set_aside_once_and_comes_back_once() -> None:
    cash = Reservations()
    cash.hold("a", D(100))
    cash.spend("a", D(30))
    assert (cash.total, cash.of("a"), cash.released("a")) == (70, 70, None)
    assert cash.release("a") == cash.released("a") == 70
    assert cash.total == 0
    for again in (lambda: cash.release("a"), lambda: cash.hold("a", D(1)), lambda: cash.spend("a", D(1))):
        with pytest.raises(LedgerError):
            again()


def test_fractions_of_a_share_trade_where_the_account_allows_them() -> None:
    broker = PaperBroker(a_book(cash=50), some_costs(), share_step=D("0.000001"))
    broker.submit(an_order(quantity="0.75"))
    bars, close = {"AAPL": a_bar(open=90)}, at_close(TUESDAY)
    broker.trade(TUESDAY, bars, set(), opened_at=at_open(TUESDAY), closed_at=close)
    assert [fill.quantity for fill in broker.fills_since(0)] == [D("0.555555")]
    assert 0 <= broker.book.cash < D("0.0001")


def test_the_commission_may_be_a_share_of_the_value() -> None:
    costs = some_costs(commission_bps=D(10), commission_per_share=D("0.01"))
    assert session(an_order(quantity=10), costs=costs).fills[0].commission == D("1.10")
