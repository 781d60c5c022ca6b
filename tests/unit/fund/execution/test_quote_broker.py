"""The paper broker on quotes: crosses the spread, waits its turn, and is the same for the same seed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.execution.order_book import LimitOrderBook
from fund.execution.quote_broker import QuoteBroker
from fund.execution.quotes import book_around, chance_of
from fund.market.refusal import Refusal
from fund.portfolio.fill import Fill
from support.books import MONDAY, TUESDAY, a_book, an_order, at_close
from support.mandates import some_costs
from support.quotes import OPEN, a_quote

D = Decimal


def a_broker(seed: int = 7, cash: int = 100_000, participation: str = "1") -> QuoteBroker:
    return QuoteBroker(a_book(cash=cash), some_costs(max_participation=D(participation)), seed=seed)


def depth_of(seed: int) -> LimitOrderBook:
    quote = a_quote()
    return book_around(quote, chance_of(seed, quote))


def test_a_market_order_walks_the_book_from_the_offer_up() -> None:
    broker = a_broker()
    broker.submit(an_order(kind="market", quantity=150))
    (fill,) = [f for f in broker.quote(a_quote()) if isinstance(f, Fill)]
    assert fill.quantity == 150
    assert D(100) < fill.price < D("100.05")
    assert (fill.session, fill.filled_at) == (TUESDAY, OPEN)


def test_a_limit_keeps_an_order_from_walking_on() -> None:
    broker = a_broker()
    broker.submit(an_order(kind="limit", limit_price=D(100), quantity=150))
    broker.quote(a_quote())
    assert all(fill.price <= 100 for fill in broker.fills_since(0))
    report = broker.report("ord-AAPL-buy")
    assert report is not None
    assert report.filled >= 100


def test_who_waits_at_the_bid_trades_only_after_all_that_was_quoted_there() -> None:
    for seed in range(30):
        broker = a_broker(seed)
        broker.submit(an_order(kind="limit", limit_price=D("99.99"), quantity=50))
        broker.quote(a_quote())
        quote = a_quote()
        chance = chance_of(seed, quote)
        book_around(quote, chance)
        chance.uniform(0, 2)
        sold = int(100 * D(repr(round(float(chance.uniform(0, 2)), 2))))
        report = broker.report("ord-AAPL-buy")
        assert report is not None
        assert report.filled == min(max(sold - 100, 0), 50)


def test_orders_take_no_more_than_their_share_of_the_depth() -> None:
    broker = a_broker(participation="0.1")
    shown = sum(quantity for _, quantity in depth_of(7).depth("sell"))
    for number in range(3):
        broker.submit(an_order(kind="market", quantity=500, order_id=f"ord-{number}"))
    broker.quote(a_quote())
    assert sum(fill.quantity for fill in broker.fills_since(0)) == int(shown / 10)


def test_a_stop_waits_until_it_is_touched() -> None:
    broker = a_broker()
    broker.submit(an_order(kind="stop", stop_price=D(101), quantity=10))
    assert broker.quote(a_quote("100.99")) == ()
    broker.quote(a_quote(101, at=OPEN + timedelta(minutes=1)))
    assert [fill.price for fill in broker.fills_since(0)] == [101]


def test_there_is_no_auction_on_quotes() -> None:
    report = a_broker().submit(an_order(kind="market_on_open"))
    assert not isinstance(report, Refusal)
    assert (report.status, report.reason) == ("rejected", "no_auction")


def test_a_quote_before_the_decision_fills_nothing() -> None:
    broker = a_broker()
    broker.submit(an_order(kind="market"))
    assert broker.quote(a_quote(at=at_close(MONDAY))) == ()


def test_the_day_ends_what_is_for_the_day() -> None:
    broker = a_broker()
    broker.submit(an_order(kind="limit", limit_price=D(50), order_id="day"))
    broker.submit(an_order(kind="limit", limit_price=D(50), order_id="gtc", time_in_force="gtc"))
    broker.close(TUESDAY)
    assert [(s.order.order_id, s.status, s.reason) for s in broker.states] == [
        ("day", "expired", "session_over"),
        ("gtc", "accepted", None),
    ]


@pytest.mark.parametrize("price", ["NaN", "-5", "Infinity", "0"])
def test_a_quote_that_is_no_price_is_refused(price: str) -> None:
    broker = a_broker()
    broker.submit(an_order(kind="market"))
    answer = broker.quote(a_quote(price))
    assert isinstance(answer, Refusal)
    assert answer.reason == "bad_figure"
    assert broker.fills_since(0) == ()


def test_a_quote_that_is_not_news_is_refused() -> None:
    broker = a_broker()
    broker.quote(a_quote())
    broker.submit(an_order(kind="market"))
    answer = broker.quote(a_quote())
    assert isinstance(answer, Refusal)
    assert answer.reason == "stale_price"
    assert broker.fills_since(0) == ()


placements = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.sampled_from(["market", "limit"]),
        st.integers(1, 900),
        st.integers(98, 102),
    ),
    max_size=6,
)


def played(seed: int, orders: list[tuple[str, str, int, int]]) -> QuoteBroker:
    broker = a_broker(seed, cash=50_000, participation="0.5")
    for number, (side, kind, quantity, limit) in enumerate(orders):
        price = D(limit) if kind == "limit" else None
        order = an_order(side=side, kind=kind, quantity=quantity, limit_price=price, order_id=f"o{number}")
        broker.submit(order)
    for minute in range(4):
        broker.quote(a_quote(100 + minute % 2, at=OPEN + timedelta(minutes=minute)))
    return broker


@settings(max_examples=60)
@given(st.integers(0, 99), placements)
def test_the_same_seed_and_quotes_give_the_same_fills_within_limit_cash_and_order(
    seed: int, orders: list[tuple[str, str, int, int]]
) -> None:
    broker = played(seed, orders)
    assert broker.fills_since(0) == played(seed, orders).fills_since(0)
    assert len({fill.fill_id for fill in broker.fills_since(0)}) == len(broker.fills_since(0))
    for state in broker.states:
        fills = [fill for fill in broker.fills_since(0) if fill.order_id == state.order.order_id]
        assert sum(fill.quantity for fill in fills) == state.filled <= state.order.quantity
        for fill in fills:
            limit = state.order.limit_price
            assert limit is None or (fill.price <= limit if fill.side == "buy" else fill.price >= limit)
    held = broker.book.positions.get("AAPL")
    if all(side == "buy" for side, *_ in orders):
        assert broker.book.cash >= 0
        assert held is None or held.quantity > 0
