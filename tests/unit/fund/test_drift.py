"""What prices carry over a cap is always taken back, and seldom."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.cycle import CycleRecord, decide
from fund.execution.orders import Order
from fund.mandate import Mandate
from fund.portfolio.book import Book
from fund.risk.limits import WEIGHT_STEP, RiskLimits
from support.asking import Asking
from support.books import a_book
from support.mandates import a_mandate, some_limits
from support.views import FakeView

D = Decimal
TICKERS = ("AAPL", "CVX", "IBM", "MMM", "XOM")
SECTORS = {"CVX": "Energy", "XOM": "Energy"}


def decided(
    asked: Mapping[str, Decimal], book: Book, prices: Mapping[str, Decimal], mandate: Mandate
) -> CycleRecord:
    view = FakeView(prices=prices, sectors=SECTORS)
    return decide(Asking(asked), view, book, mandate, cycle_id="cycle-1", inputs={})


def traded(book: Book, orders: tuple[Order, ...], prices: Mapping[str, Decimal]) -> Book:
    """Return the book that every order filled at the marks would leave, at no cost."""
    held = {t: p.quantity for t, p in book.positions.items()}
    cash = book.cash
    for order in orders:
        signed = order.quantity if order.side == "buy" else -order.quantity
        held[order.ticker] = held.get(order.ticker, D(0)) + signed
        cash -= signed * prices[order.ticker]
    return a_book({t: (q, prices[t]) for t, q in held.items() if q}, cash=cash)


def limits_with(cap: Decimal) -> RiskLimits:
    return some_limits(
        max_position=cap,
        max_sector=min(cap * 3 / 2, D(1)),
        max_gross=D("0.9"),
        max_net=D("0.9"),
        min_cash=D("0.15"),
        max_names=3,
        max_daily_increase=D("0.2"),
    )


prices_of = st.fixed_dictionaries(dict.fromkeys(TICKERS, st.decimals("1", "900", places=2)))
holdings = st.dictionaries(st.sampled_from(TICKERS), st.integers(1, 900), min_size=1)
asks = st.dictionaries(st.sampled_from(TICKERS), st.decimals("0", "0.6", places=3))
bands = st.sampled_from([D(0), D("0.005"), D("0.03")])


@given(holdings, asks, prices_of, st.integers(0, 900_000), st.decimals("0.05", "0.6", places=2), bands)
@settings(max_examples=300)
def test_whatever_is_asked_no_book_is_left_over_a_cap(
    held: dict[str, int],
    asked: dict[str, Decimal],
    prices: dict[str, Decimal],
    cash: int,
    cap: Decimal,
    min_trade: Decimal,
) -> None:
    book = a_book({t: (q, prices[t]) for t, q in held.items()}, cash=cash)
    limits = limits_with(cap)
    orders = decided(asked, book, prices, a_mandate(limits=limits, min_trade=min_trade)).orders
    weights = traded(book, orders, prices).weights(prices)
    energy = sum((w for t, w in weights.items() if t in SECTORS), D(0))
    assert all(0 <= w < limits.max_position + WEIGHT_STEP for w in weights.values())
    assert energy < limits.max_sector + 2 * WEIGHT_STEP
    assert sum(weights.values()) < 1 - limits.min_cash + len(weights) * WEIGHT_STEP
    assert sum(w >= WEIGHT_STEP for w in weights.values()) <= limits.max_names


@given(holdings, prices_of, st.integers(0, 900_000), st.decimals("0.01", "0.6", places=2), bands)
def test_no_limit_trades_a_position_for_a_few_shares(
    held: dict[str, int], prices: dict[str, Decimal], cash: int, cap: Decimal, min_trade: Decimal
) -> None:
    book = a_book({t: (q, prices[t]) for t, q in held.items()}, cash=cash)
    mandate = a_mandate(limits=some_limits(max_position=cap), min_trade=min_trade)
    record = decided({}, book, prices, mandate)
    for order in record.orders:
        assert order.side == "sell"
        assert order.quantity * prices[order.ticker] >= min(min_trade, cap) / 2 * record.equity


@pytest.mark.parametrize("asked", [{}, {"AAPL": D("0.1")}, {"AAPL": D("0.2")}])
def test_a_position_at_its_cap_is_trimmed_seldom(
    asked: dict[str, Decimal],
) -> None:
    steps = np.random.default_rng(5).normal(0.002, 0.01, 252)
    path = [D(f"{price:.2f}") for price in 100 * np.exp(np.cumsum(steps))]
    orders = {}
    for min_trade in (D(0), D("0.005")):
        mandate = a_mandate(limits=some_limits(max_position=D("0.1")), min_trade=min_trade)
        book, sold = a_book({"AAPL": (1_000, 100)}, cash=900_000), 0
        for price in path:
            prices = {"AAPL": price}
            made = decided(asked, book, prices, mandate).orders
            book, sold = traded(book, made, prices), sold + len(made)
            assert book.weights(prices)["AAPL"] < D("0.1") + WEIGHT_STEP
        orders[min_trade] = sold
    assert 0 < orders[D("0.005")] * 3 < orders[D(0)]


def test_a_target_at_the_cap_does_not_hide_that_the_position_is_over_it() -> None:
    mandate = a_mandate(limits=some_limits(max_position=D("0.1")), min_trade=D("0.005"))
    book = a_book({"AAPL": (1_040, 100)}, cash=896_000)
    (order,) = decided({"AAPL": D("0.1")}, book, {"AAPL": D(100)}, mandate).orders
    assert (order.side, order.quantity) == ("sell", 65)


@pytest.mark.parametrize("held", [997, 1_001])
def test_growth_that_no_limit_allows_does_not_cost_a_share(held: int) -> None:
    book = a_book({"AAPL": (held, 100)}, cash=1_000_000)
    mandate = a_mandate(limits=some_limits(max_daily_increase=D(0)))
    assert decided({"AAPL": D("0.2")}, book, {"AAPL": D(100)}, mandate).orders == ()
