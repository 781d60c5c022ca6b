"""Fills: inside the bar, after the decision, within volume and cash."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import LedgerError
from fund.execution.costs import CostModel
from fund.execution.lifecycle import OrderState
from fund.execution.orders import Order
from fund.execution.paper import Execution, fill_orders
from fund.execution.restating import restated
from fund.market.bars import Bar
from fund.portfolio.book import Book, replay
from support.books import TUESDAY, a_bar, a_book, a_split, an_order, at_open
from support.mandates import real_costs, some_costs

D = Decimal


def executed(
    *orders: Order,
    bars: tuple[Bar, ...] = (),
    book: Book | None = None,
    costs: CostModel | None = None,
    suspect: frozenset[str] = frozenset(),
) -> Execution:
    return fill_orders(
        orders,
        {bar.ticker: bar for bar in bars or (a_bar(),)},
        suspect,
        book or a_book(),
        costs or some_costs(),
        opened_at=at_open(TUESDAY),
    )


def lapsed(execution: Execution) -> list[str]:
    return [f"{u.quantity} {u.ticker} {u.reason}" for u in execution.unfilled]


def test_an_order_fills_at_the_open_of_the_next_session() -> None:
    execution = executed(an_order(quantity=10), bars=(a_bar(open="101.5", high=110, low=90),))
    (fill,) = execution.fills
    assert (fill.price, fill.quantity, fill.side) == (D("101.5"), 10, "buy")
    assert (fill.session, fill.filled_at) == (TUESDAY, at_open(TUESDAY))
    assert execution.book.positions["AAPL"].quantity == 10
    assert execution.unfilled == ()


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
def test_an_order_decided_at_or_after_the_open_is_look_ahead(late: timedelta) -> None:
    with pytest.raises(LedgerError, match="can only fill later"):
        executed(an_order(decided_at=at_open(TUESDAY) + late))


@pytest.mark.parametrize(("side", "price"), [("buy", "100.0500"), ("sell", "99.9500")])
def test_slippage_makes_a_price_worse(side: str, price: str) -> None:
    book = a_book({"AAPL": (100, 100)})
    costs = some_costs(half_spread_bps=D(5))
    execution = executed(an_order(side=side), bars=(a_bar(high=120, low=80),), book=book, costs=costs)
    assert execution.fills[0].price == D(price)


@pytest.mark.parametrize(("side", "price"), [("buy", "100.02"), ("sell", "99.99")])
def test_no_fill_is_outside_the_bar(side: str, price: str) -> None:
    bar = a_bar(high="100.02", low="99.99")
    execution = executed(
        an_order(side=side),
        bars=(bar,),
        book=a_book({"AAPL": (100, 100)}),
        costs=some_costs(half_spread_bps=D(50)),
    )
    assert execution.fills[0].price == D(price)


def test_a_gap_open_is_paid_in_full() -> None:
    execution = executed(an_order(quantity=10), bars=(a_bar(open=150, high=155, low=140),))
    assert execution.fills[0].price == 150


def test_without_a_bar_nothing_trades() -> None:
    execution = executed(an_order("IBM", quantity=7))
    assert execution.fills == ()
    assert lapsed(execution) == ["7 IBM no_bar"]


def test_at_an_open_nobody_saw_nothing_trades() -> None:
    execution = executed(an_order(quantity=7), suspect=frozenset({"AAPL"}))
    assert execution.fills == ()
    assert lapsed(execution) == ["7 AAPL suspect_open"]


def test_no_order_takes_more_than_its_share_of_the_volume() -> None:
    costs = some_costs(max_participation=D("0.05"))
    execution = executed(an_order(quantity=80), bars=(a_bar(volume=1_019),), costs=costs)
    assert execution.fills[0].quantity == 50
    assert lapsed(execution) == ["30 AAPL volume_cap"]


def test_both_legs_of_one_ticker_share_its_volume() -> None:
    costs = some_costs(max_participation=D("0.05"))
    legs = (an_order(side="sell", quantity=40), an_order(side="sell", quantity=40, order_id="ord-2"))
    execution = executed(*legs, bars=(a_bar(volume=1_000),), book=a_book({"AAPL": (40, 100)}), costs=costs)
    assert [fill.quantity for fill in execution.fills] == [40, 10]
    assert execution.book.positions["AAPL"].quantity == -10


def test_a_session_without_volume_fills_nothing() -> None:
    execution = executed(an_order(quantity=5), bars=(a_bar(volume=0),), costs=real_costs())
    assert execution.fills == ()
    assert lapsed(execution) == ["5 AAPL volume_cap"]


def test_a_buy_stops_where_the_cash_ends() -> None:
    execution = executed(an_order(quantity=20), book=a_book(cash=1_050))
    assert execution.fills[0].quantity == 10
    assert lapsed(execution) == ["10 AAPL insufficient_cash"]


def test_the_commission_is_part_of_what_has_to_be_paid() -> None:
    costs = some_costs(minimum_commission=D("50.01"))
    assert executed(an_order(quantity=10), book=a_book(cash=1_050), costs=costs).fills[0].quantity == 9
    exact = some_costs(minimum_commission=D(50))
    assert executed(an_order(quantity=10), book=a_book(cash=1_050), costs=exact).book.cash == 0


def test_sales_pay_for_the_buys_behind_them() -> None:
    book = a_book({"AAPL": (10, 100)}, cash=1)
    execution = executed(
        an_order(side="sell", quantity=10),
        an_order("IBM", quantity=10),
        bars=(a_bar(), a_bar("IBM")),
        book=book,
    )
    assert execution.book.positions.keys() == {"IBM"}
    assert execution.book.cash == 1


def test_buying_back_a_short_is_not_held_up_by_cash() -> None:
    book = a_book({"AAPL": (-10, 50)}, cash=600)
    execution = executed(an_order(quantity=10), book=book)
    assert not execution.book.positions
    assert execution.book.cash == -400


def test_what_goes_beyond_a_short_has_to_be_paid() -> None:
    book = a_book({"AAPL": (-10, 50)}, cash=1_250)
    execution = executed(an_order(quantity=1_000), book=book)
    assert execution.book.positions["AAPL"].quantity == 2
    assert execution.book.cash == 50
    assert lapsed(execution) == ["988 AAPL insufficient_cash"]


def test_a_short_that_cash_cannot_cover_is_covered_and_no_more() -> None:
    execution = executed(an_order(quantity=30), book=a_book({"AAPL": (-10, 50)}, cash=300))
    assert not execution.book.positions
    assert lapsed(execution) == ["20 AAPL insufficient_cash"]


def test_a_second_delivery_gives_the_same_ids() -> None:
    first, second = executed(an_order()), executed(an_order())
    assert first == second
    other = executed(an_order(order_id="ord-other"))
    assert other.fills[0].fill_id != first.fills[0].fill_id


def test_orders_decided_before_a_split_are_restated_in_new_shares() -> None:
    orders = (an_order(quantity=10), an_order("IBM", quantity=10), an_order(side="sell", quantity=3))
    standing, gone = restated([OrderState(order=o) for o in orders], [a_split("0.333333")])
    assert [(s.order.ticker, s.order.quantity, s.order.reference_price) for s in standing] == [
        ("AAPL", 3, 300),
        ("IBM", 10, 100),
        ("AAPL", 1, 300),
    ]
    assert gone == []


def test_an_order_that_a_split_leaves_nothing_of_lapses_by_name() -> None:
    (ended,), gone = restated([OrderState(order=an_order(quantity=1))], [a_split("0.5")])
    assert (ended.status, ended.reason) == ("expired", "split_fraction")
    assert [(u.ticker, u.quantity, u.reason) for u in gone] == [("AAPL", 1, "split_fraction")]


cents = st.decimals("0.01", "900", places=2)


@st.composite
def tapes(draw: st.DrawFn) -> tuple[list[Order], dict[str, Bar]]:
    bars = {}
    for ticker in draw(st.sets(st.sampled_from("ABC"), min_size=1)):
        low, first, high = sorted(draw(st.tuples(cents, cents, cents)))
        bars[ticker] = a_bar(ticker, open=first, high=high, low=low, volume=draw(st.integers(0, 20_000)))
    orders = [
        an_order(draw(st.sampled_from("ABC")), draw(st.sampled_from(["buy", "sell"])), q, order_id=f"ord-{k}")
        for k, q in enumerate(draw(st.lists(st.integers(1, 900), max_size=6)))
    ]
    return orders, bars


costs = st.builds(
    some_costs,
    commission_per_share=st.decimals("0", "0.1", places=4),
    minimum_commission=st.decimals("0", "5", places=2),
    half_spread_bps=st.integers(0, 50).map(Decimal),
    impact_bps=st.integers(0, 500).map(Decimal),
    max_participation=st.decimals("0.01", "1", places=2),
)
starts = st.dictionaries(st.sampled_from("ABC"), st.tuples(st.integers(1, 500), cents))


@given(tapes(), costs, starts, st.decimals("0", "90000", places=2))
def test_money_is_conserved_and_buys_never_take_cash_below_zero(
    tape: tuple[list[Order], dict[str, Bar]],
    charged: CostModel,
    held: dict[str, tuple[int, Decimal]],
    cash: Decimal,
) -> None:
    orders, bars = tape
    before = a_book(held, cash=cash)
    execution = fill_orders(orders, bars, set(), before, charged, opened_at=at_open(TUESDAY))
    after, marks = execution.book, dict.fromkeys("ABC", D(77))
    paid = sum((f.commission for f in execution.fills), D(0))
    gains = (
        (marks[f.ticker] - f.price) * (f.quantity if f.side == "buy" else -f.quantity)
        for f in execution.fills
    )
    distance = sum(gains, D(0))
    assert after.equity(marks) == before.equity(marks) + distance - paid
    assert len(execution.transactions) == len(execution.fills)
    book = before
    for transaction, fill in zip(execution.transactions, execution.fills, strict=True):
        covered = -book.positions[fill.ticker].quantity if fill.ticker in book.positions else D(0)
        book = book.apply(transaction)
        assert fill.side == "sell" or book.cash >= 0 or fill.quantity <= covered
    assert book == after


@given(tapes(), costs)
def test_every_order_is_filled_or_lapses_to_the_last_share(
    tape: tuple[list[Order], dict[str, Bar]], charged: CostModel
) -> None:
    orders, bars = tape
    execution = fill_orders(orders, bars, set(), a_book(), charged, opened_at=at_open(TUESDAY))
    for order in orders:
        filled = sum(f.quantity for f in execution.fills if f.order_id == order.order_id)
        left = sum(u.quantity for u in execution.unfilled if u.order_id == order.order_id)
        assert filled + left == order.quantity
    for ticker, bar in bars.items():
        traded = sum(f.quantity for f in execution.fills if f.ticker == ticker)
        assert traded <= charged.max_participation * bar.volume
        assert all(bar.low <= f.price <= bar.high for f in execution.fills if f.ticker == ticker)


def test_the_books_of_an_execution_are_the_replay_of_its_journal() -> None:
    book = a_book(cash=0)
    execution = executed(an_order(side="sell", quantity=3), book=book)
    assert replay(execution.transactions) == execution.book
