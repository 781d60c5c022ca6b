"""What of new orders fits beside everything that is promised already (INV-10)."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.execution.commitments import Commitments, committed, fit
from fund.execution.orders import Order
from fund.risk.limits import RiskLimits
from support.books import an_order
from support.mandates import any_limits, some_limits

D = Decimal
PRICES = {"AAPL": D(100), "MSFT": D(50), "XOM": D(80)}
TICKERS = st.sampled_from(sorted(PRICES))


def an_account(cash: int = 100_000, **held: int) -> Commitments:
    shares = {ticker: D(count) for ticker, count in held.items()}
    return Commitments(cash=D(cash), held=shares, promised=shares)


def placed(
    order: Order,
    account: Commitments,
    prices: Mapping[str, Decimal] = PRICES,
    sectors: Mapping[str, str] | None = None,
    **limits: object,
) -> tuple[int, str]:
    """Return how many shares were placed, and what refused the rest."""
    given_limits = some_limits(**{"max_gross": D(2), "max_net": D(2), **limits})
    fitting = fit([order], account, given_limits, prices=prices, sectors=sectors or {})
    quantity = sum(int(each.quantity) for each in fitting.placed)
    assert quantity + sum(each.quantity for each in fitting.unplaced) == order.quantity
    return quantity, "".join(each.cap for each in fitting.unplaced)


def test_what_is_on_order_counts_as_if_it_had_filled() -> None:
    account = committed(
        D(1_000), {"AAPL": D(5)}, [(an_order(quantity=9), D(3)), (an_order("MSFT", "sell"), D(2))]
    )
    assert account.promised == {"AAPL": 8, "MSFT": -2}
    assert account.cash == 1_000 - 300 + 200
    assert account.held == {"AAPL": 5}


def test_a_limit_above_the_mark_may_be_paid_whole() -> None:
    order = an_order(quantity=10, kind="limit", limit_price=D(110))
    assert committed(D(2_000), {}, [(order, D(10))]).cash == 900


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, (500, "")),
        ({"max_position": D("0.3"), "max_sector": D("0.3")}, (300, "max_position")),
        ({"max_sector": D("0.4"), "max_position": D("0.4")}, (400, "max_position")),
        ({"max_gross": D("0.25"), "max_net": D("0.25")}, (250, "max_gross")),
        ({"max_net": D("0.2")}, (200, "max_net")),
        ({"max_daily_increase": D("0.1")}, (100, "max_daily_increase")),
        ({"min_cash": D("0.999")}, (1, "min_cash")),
        ({"max_position": D("0.0005"), "max_sector": D("0.0005")}, (0, "max_position")),
    ],
)
def test_an_order_is_shrunk_to_the_cap_that_is_closest(
    limits: dict[str, object], expected: tuple[int, str]
) -> None:
    assert placed(an_order(quantity=500), an_account(), **limits) == expected


def test_names_of_one_sector_share_its_room() -> None:
    account = an_account(70_000, MSFT=600)
    sectors = {"AAPL": "tech", "MSFT": "tech"}
    assert placed(
        an_order(quantity=500), account, sectors=sectors, max_sector=D("0.4"), max_position=D("0.4")
    ) == (
        100,
        "max_sector",
    )


def test_a_new_name_finds_no_place_where_all_are_taken() -> None:
    assert placed(an_order(), an_account(MSFT=10), max_names=1) == (0, "max_names")
    assert placed(an_order("MSFT"), an_account(MSFT=10), max_names=1) == (10, "")


def test_a_position_is_reduced_whatever_the_caps_but_not_through_zero() -> None:
    tiny = D("0.0001")
    narrow = {"max_gross": tiny, "max_net": tiny, "max_position": tiny, "max_daily_increase": D(0)}
    assert placed(an_order(side="sell", quantity=25), an_account(AAPL=20), **narrow) == (
        20,
        "max_daily_increase",
    )
    assert placed(an_order(side="sell", quantity=20), an_account(AAPL=20), **narrow) == (20, "")
    assert placed(an_order(side="sell", quantity=5), an_account()) == (0, "allow_short")


def test_two_sales_of_one_position_leave_nothing_for_the_second() -> None:
    orders = [an_order(side="sell", order_id=name) for name in ("one", "two")]
    fitting = fit(orders, an_account(AAPL=10), some_limits(), prices=PRICES, sectors={})
    assert [order.order_id for order in fitting.placed] == ["one"]
    assert [(each.order_id, each.cap) for each in fitting.unplaced] == [("two", "allow_short")]


def test_an_exit_never_opens_the_other_side() -> None:
    order = an_order(side="sell", quantity=15, purpose="exit")
    assert placed(order, an_account(AAPL=10), allow_short=True) == (10, "nothing_left")


@pytest.mark.parametrize("price", [None, D(0), D("NaN"), D(-1), D("Infinity")])
def test_without_a_price_nothing_grows_and_everything_may_shrink(price: Decimal | None) -> None:
    prices = {t: p for t, p in {**PRICES, "MSFT": price}.items() if p is not None}
    account = an_account(AAPL=10, MSFT=10)
    assert placed(an_order(), account, prices) == (0, "no_price")
    assert placed(an_order("MSFT", "sell"), account, prices) == (10, "")


def test_an_account_without_equity_buys_nothing() -> None:
    assert placed(an_order(), an_account(0)) == (0, "no_equity")


def within(account: Commitments, limits: RiskLimits) -> list[str]:
    """The caps an account keeps, told in exact fractions."""
    values = {t: Fraction(q) * Fraction(PRICES[t]) for t, q in account.promised.items()}
    equity = Fraction(account.cash) + sum(values.values())
    gross, net = sum(map(abs, values.values())), sum(values.values())
    kept = {
        "position": all(abs(v) <= Fraction(limits.max_position) * equity for v in values.values()),
        "gross": gross <= Fraction(limits.max_gross) * equity,
        "net": abs(net) <= Fraction(limits.max_net) * equity,
        "cash": Fraction(account.cash) >= Fraction(limits.min_cash) * equity,
        "sector": gross <= Fraction(limits.max_sector) * equity,
        "short": limits.allow_short or min(values.values(), default=0) >= 0,
        "names": sum(v != 0 for v in values.values()) <= limits.max_names,
    }
    return [name for name, holds in kept.items() if holds]


@given(
    any_limits(),
    st.lists(
        st.tuples(TICKERS, st.sampled_from(["buy", "sell"]), st.integers(1, 2_000)), min_size=1, max_size=12
    ),
)
def test_from_cash_alone_no_sequence_of_orders_breaks_a_cap_that_held(
    limits: RiskLimits, wanted: list[tuple[str, str, int]]
) -> None:
    account = an_account()
    for place, (ticker, side, quantity) in enumerate(wanted):
        order = an_order(ticker, side, quantity, order_id=str(place), reference_price=PRICES[ticker])
        before = within(account, limits)
        held = abs(account.promised.get(ticker, D(0)))
        fitting = fit([order], account, limits, prices=PRICES, sectors={})
        for each in fitting.placed:
            account = account.with_order(each, each.quantity, PRICES[ticker])
        if abs(account.promised.get(ticker, D(0))) > held:
            assert set(before) <= set(within(account, limits))
