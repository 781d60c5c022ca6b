"""Every kind of order in one bar: inside it, at what is certain, never better."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.execution.bar_fills import offer_of, touched
from fund.execution.orders import Order, OrderKind
from fund.market.bars import Bar
from support.books import a_bar, an_order

D = Decimal
BAR = {"open": 100, "high": 105, "low": 95, "close": 102}


def met(
    side: str, *, bar: Bar | None = None, suspect: bool = False, triggered: bool = False, **order: Any
) -> str:
    """Return what a bar offers, as `moment price`, an order that pays no slippage marked by a star."""
    prices = {name: D(value) for name, value in order.items() if name != "kind"}
    placed = an_order(side=side, kind=order["kind"], **prices)
    offer = offer_of(placed, bar or a_bar(**BAR), triggered=triggered, suspect_open=suspect)  # type: ignore[arg-type]
    return "nothing" if offer is None else f"{offer.moment} {offer.price}{'' if offer.takes else '*'}"


@pytest.mark.parametrize(
    ("side", "limit", "offered"),
    [
        ("buy", 101, "open 100"),
        ("buy", 100, "within 100*"),
        ("buy", 96, "within 96*"),
        ("buy", 95, "nothing"),
        ("buy", 94, "nothing"),
        ("sell", 99, "open 100"),
        ("sell", 100, "within 100*"),
        ("sell", 104, "within 104*"),
        ("sell", 105, "nothing"),
    ],
)
def test_a_limit_fills_only_when_traded_through_or_at_a_better_open(
    side: str, limit: int, offered: str
) -> None:
    assert met(side, kind="limit", limit_price=limit) == offered


@pytest.mark.parametrize(
    ("side", "stop", "offered"),
    [
        ("buy", 99, "open 100"),
        ("buy", 100, "open 100"),
        ("buy", 105, "within 105"),
        ("buy", 106, "nothing"),
        ("sell", 101, "open 100"),
        ("sell", 95, "within 95"),
        ("sell", 94, "nothing"),
    ],
)
def test_a_stop_is_touched_and_fills_at_the_worse_of_it_and_the_open(
    side: str, stop: int, offered: str
) -> None:
    assert met(side, kind="stop", stop_price=stop) == offered


@pytest.mark.parametrize(
    ("side", "stop", "limit", "offered"),
    [
        ("buy", 100, 101, "open 100"),
        ("buy", 99, 96, "within 96*"),
        ("buy", 103, 104, "within 104*"),
        ("buy", 103, 102, "nothing"),
        ("buy", 103, 101, "nothing"),
        ("buy", 106, 107, "nothing"),
        ("sell", 97, 101, "within 101*"),
        ("sell", 97, 102, "nothing"),
        ("sell", 94, 90, "nothing"),
    ],
)
def test_a_stop_limit_touched_within_the_bar_is_sure_of_its_close_alone(
    side: str, stop: int, limit: int, offered: str
) -> None:
    assert met(side, kind="stop_limit", stop_price=stop, limit_price=limit) == offered


def test_a_stop_limit_touched_before_is_a_limit_order() -> None:
    assert met("buy", kind="stop_limit", stop_price=120, limit_price=96, triggered=True) == "within 96*"


def test_a_stop_touched_before_trades_at_the_open() -> None:
    assert met("sell", kind="stop", stop_price=80, triggered=True) == "open 100"


@pytest.mark.parametrize(
    ("kind", "prices", "offered"),
    [
        ("market", {}, "nothing"),
        ("market_on_open", {}, "nothing"),
        ("market_on_close", {}, "close 102"),
        ("limit", {"limit_price": 101}, "within 101*"),
        ("limit", {"limit_price": 120}, "within 105*"),
        ("stop", {"stop_price": 99}, "within 99"),
        ("stop", {"stop_price": 90}, "within 105"),
        ("stop_limit", {"stop_price": 90, "limit_price": 101}, "nothing"),
    ],
)
def test_a_suspect_open_is_no_price_and_never_a_better_one(
    kind: str, prices: dict[str, int], offered: str
) -> None:
    assert met("buy", kind=kind, suspect=True, **prices) == offered


cents = st.integers(9_000, 11_000).map(lambda c: D(c).scaleb(-2))


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low, a, b, high = sorted(draw(st.tuples(cents, cents, cents, cents)))
    first, last = (a, b) if draw(st.booleans()) else (b, a)
    return a_bar(open=first, high=high, low=low, close=last, volume=1_000)


@st.composite
def placed(draw: st.DrawFn) -> Order:
    kind = draw(st.sampled_from(get_args(OrderKind)))
    return an_order(
        side=draw(st.sampled_from(["buy", "sell"])),
        kind=kind,
        limit_price=draw(cents) if kind in ("limit", "stop_limit") else None,
        stop_price=draw(cents) if kind in ("stop", "stop_limit") else None,
    )


@given(placed(), bars(), st.decimals("0", "5", places=4), st.booleans(), st.booleans())
def test_no_kind_fills_outside_its_bar_or_beyond_its_limit(
    order: Order, bar: Bar, slippage: Decimal, triggered: bool, suspect: bool
) -> None:
    offer = offer_of(order, bar, triggered=triggered, suspect_open=suspect)
    if offer is None:
        return
    price = offer.after_slippage(slippage)
    assert bar.low <= price <= bar.high
    sign = 1 if order.side == "buy" else -1
    assert sign * price >= sign * offer.price
    if order.limit_price is not None:
        assert sign * price <= sign * order.limit_price
        extreme = bar.low if order.side == "buy" else bar.high
        assert sign * extreme < sign * order.limit_price
    if order.stop_price is not None and not triggered:
        assert touched(order, bar)
        if order.kind == "stop":
            assert sign * price >= sign * order.stop_price
    assert not (suspect and offer.moment == "open")


@given(placed(), bars(), st.booleans())
def test_a_seller_sees_the_mirror_of_what_a_buyer_sees(order: Order, bar: Bar, triggered: bool) -> None:
    def mirrored(price: Decimal | None) -> Decimal | None:
        return None if price is None else 200 - price

    other = replace(
        order,
        side="sell" if order.side == "buy" else "buy",
        limit_price=mirrored(order.limit_price),
        stop_price=mirrored(order.stop_price),
    )
    glass = a_bar(open=200 - bar.open, high=200 - bar.low, low=200 - bar.high, close=200 - bar.close)
    here = offer_of(order, bar, triggered=triggered, suspect_open=False)
    there = offer_of(other, glass, triggered=triggered, suspect_open=False)
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert (here.moment, here.price, here.takes) == (there.moment, 200 - there.price, there.takes)
