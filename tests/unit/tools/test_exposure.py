"""How much of equity is at work, and how much of every limit that uses: shares that add up."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import LedgerError
from fund.execution.lifecycle import OrderState
from fund.portfolio.book import Book
from fund.risk.limits import ReviewContext
from fund.risk.review import review
from support.books import a_book, an_order
from support.mandates import a_mandate, some_limits
from support.tool_results import a_use, session_marks
from support.views import FakeView, a_view
from tools.exposure import LimitUse, exposure_of, limits_of, nearness, rounded

SECTORS = {"AAPL": "Technology", "MSFT": "Technology", "XOM": "Energy", "JPM": "Financials"}
STEP = Decimal("0.0001")
HALF_A_STEP = STEP / 2
LIMITS = {
    "max_position",
    "max_sector",
    "max_gross",
    "max_net",
    "min_cash",
    "max_names",
    "max_daily_increase",
}

quantities = st.integers(-200, 400).filter(bool)
holdings = st.dictionaries(
    st.sampled_from(sorted(SECTORS)), st.tuples(quantities, st.integers(1, 300)), max_size=4
)
marks = st.fixed_dictionaries({ticker: st.integers(1, 300) for ticker in SECTORS})


def a_market(prices: Mapping[str, int]) -> FakeView:
    return FakeView(prices={t: Decimal(p) for t, p in prices.items()}, sectors=SECTORS)


def uses_of(book: Book, view: FakeView, **limits: object) -> dict[str, LimitUse]:
    report = limits_of(book, view, a_mandate(limits=some_limits(**limits)))
    return {use.limit: use for use in report.limits}


@given(holdings, marks)
def test_exposures_add_up_to_equity(held: dict[str, tuple[int, int]], prices: dict[str, int]) -> None:
    view, book = a_market(prices), a_book(held, cash=500_000)
    exposure = exposure_of(book, view)
    assert abs(exposure.cash + exposure.net - 1) <= 2 * HALF_A_STEP
    assert abs(sum(exposure.sectors.values(), Decimal(0)) - exposure.gross) <= 4 * HALF_A_STEP
    assert exposure.gross >= abs(exposure.net)
    assert list(exposure.sectors.values()) == sorted(exposure.sectors.values(), reverse=True)


@given(holdings, marks)
def test_every_limit_is_compared_with_the_books_own_figure(
    held: dict[str, tuple[int, int]], prices: dict[str, int]
) -> None:
    view, book = a_market(prices), a_book(held, cash=500_000)
    weights = book.weights({t: Decimal(p) for t, p in prices.items()})
    uses = uses_of(book, view)
    sectors: dict[str, Decimal] = {}
    for ticker, weight in weights.items():
        sectors[SECTORS[ticker]] = sectors.get(SECTORS[ticker], Decimal(0)) + abs(weight)
    expected = {
        "max_position": max(map(abs, weights.values()), default=Decimal(0)),
        "max_sector": max(sectors.values(), default=Decimal(0)),
        "max_gross": sum(map(abs, weights.values()), Decimal(0)),
        "max_net": abs(sum(weights.values(), Decimal(0))),
        "min_cash": 1 - sum(weights.values(), Decimal(0)),
        "max_names": Decimal(len(weights)),
        "max_daily_increase": Decimal(0),
    }
    assert uses.keys() == LIMITS
    for limit, value in expected.items():
        shown = uses[limit].value
        assert shown is not None, limit
        assert abs(shown - value) <= HALF_A_STEP, limit


@given(holdings, marks)
def test_the_detail_names_who_uses_the_limit(
    held: dict[str, tuple[int, int]], prices: dict[str, int]
) -> None:
    view, book = a_market(prices), a_book(held, cash=500_000)
    weights = book.weights({t: Decimal(p) for t, p in prices.items()})
    uses = uses_of(book, view)
    if weights:
        assert rounded(abs(weights[uses["max_position"].detail])) == uses["max_position"].value
        assert exposure_of(book, view).sectors[uses["max_sector"].detail] == uses["max_sector"].value
    else:
        assert (uses["max_position"].detail, uses["max_sector"].detail) == ("", "")


@given(
    st.dictionaries(st.sampled_from(sorted(SECTORS)), st.decimals(0, 2, places=3), min_size=1),
    st.decimals(Decimal("0.05"), Decimal("0.3"), places=2),
    st.integers(1, 4),
)
def test_a_book_that_holds_what_the_review_left_keeps_every_limit_shown(
    targets: dict[str, Decimal], cap: Decimal, names: int
) -> None:
    limits = some_limits(
        max_position=cap, max_sector=cap, max_names=names, max_net=Decimal("0.9"), min_cash=Decimal("0.1")
    )
    left = review(targets, limits, ReviewContext(current={}, sectors=SECTORS, untradable={}))
    held = {t: (w * 100_000, 1) for t, w in left.weights.items() if w}
    book = a_book(held, cash=100_000 - sum((q for q, _ in held.values()), Decimal(0)))
    report = limits_of(book, a_market(dict.fromkeys(SECTORS, 1)), a_mandate(limits=limits))
    assert [use.limit for use in report.limits if not use.kept] == []


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("most", "0.1000", True),
        ("most", "0.1001", False),
        ("least", "0.1000", True),
        ("least", "0.0999", False),
    ],
)
def test_a_limit_is_kept_up_to_its_cap_and_no_further(kind: str, value: str, kept: bool) -> None:
    use = LimitUse(limit="x", value=Decimal(value), cap=Decimal("0.1"), kind=kind, detail="")
    assert use.kept is kept


def test_only_cash_has_a_least() -> None:
    uses = uses_of(a_book({"AAPL": (10, 100)}), a_view(AAPL=100))
    assert {limit for limit, use in uses.items() if use.kind == "least"} == {"min_cash"}


def test_the_caps_are_those_of_the_mandate_and_no_others() -> None:
    caps = {
        "max_position": Decimal("0.11"),
        "max_sector": Decimal("0.12"),
        "max_gross": Decimal("0.13"),
        "max_net": Decimal("0.10"),
        "min_cash": Decimal("0.15"),
        "max_names": 16,
        "max_daily_increase": Decimal("0.17"),
    }
    uses = uses_of(a_book({"AAPL": (10, 100)}), a_view(AAPL=100), **caps)
    assert {limit: use.cap for limit, use in uses.items()} == caps


def test_a_report_names_its_mandate_and_whether_shorts_are_allowed() -> None:
    mandate = a_mandate(name="paper", mandate_hash="f" * 64, limits=some_limits(allow_short=True))
    report = limits_of(a_book(), a_view(AAPL=100), mandate)
    assert (report.mandate, report.mandate_hash, report.shorts_allowed) == ("paper", "f" * 64, True)


def test_a_short_position_adds_to_gross_and_takes_from_net() -> None:
    book = a_book({"AAPL": (100, 100), "XOM": (-50, 100)}, cash=95_000)
    exposure = exposure_of(book, a_market({"AAPL": 100, "XOM": 100}))
    assert (exposure.gross, exposure.net, exposure.cash) == (
        Decimal("0.15"),
        Decimal("0.05"),
        Decimal("0.95"),
    )
    assert exposure.sectors == {"Technology": Decimal("0.1"), "Energy": Decimal("0.05")}


def test_two_names_of_a_sector_are_one_weight() -> None:
    book = a_book({"AAPL": (100, 100), "MSFT": (100, 100), "XOM": (150, 100)}, cash=65_000)
    exposure = exposure_of(book, a_market({"AAPL": 100, "MSFT": 100, "XOM": 100}))
    assert list(exposure.sectors.items()) == [("Technology", Decimal("0.2")), ("Energy", Decimal("0.15"))]


def test_equal_sectors_stand_in_the_order_of_the_alphabet() -> None:
    book = a_book({"XOM": (100, 100), "AAPL": (100, 100)}, cash=80_000)
    assert list(exposure_of(book, a_market({"AAPL": 100, "XOM": 100})).sectors) == ["Energy", "Technology"]


def test_of_two_equal_positions_one_is_named_always_the_same() -> None:
    one = a_book({"XOM": (100, 100), "AAPL": (100, 100)}, cash=80_000)
    other = a_book({"AAPL": (100, 100), "XOM": (100, 100)}, cash=80_000)
    view = a_market({"AAPL": 100, "XOM": 100})
    assert uses_of(one, view)["max_position"].detail == uses_of(other, view)["max_position"].detail


def test_a_book_without_equity_has_no_exposure() -> None:
    with pytest.raises(LedgerError, match="equity must be above 0"):
        exposure_of(a_book({"AAPL": (-100, 100)}, cash=11_000), a_view(AAPL=200))


def test_a_weight_is_rounded_to_the_basis_point() -> None:
    assert rounded(Decimal("0.123449")) == Decimal("0.1234")


def test_limits_stand_in_the_order_of_what_is_left_of_them() -> None:
    uses = (
        a_use("kept", "0.5", "1"),
        replace(a_use("unknown", cap="1"), value=None),
        a_use("broken", "0.3", "0.2"),
        a_use("nearest", "0.9", "1"),
        a_use("floor", "0.5", "0.3", kind="least"),
    )
    assert [use.limit for use in sorted(uses, key=nearness)] == [
        "broken",
        "nearest",
        "floor",
        "kept",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "cap", "used"),
    [
        ("most", "0.2", "0.4", "0.5"),
        ("least", "0.5", "0.1", "0.2"),
        ("most", "0", "0", None),
        ("least", "0", "0.1", None),
    ],
)
def test_the_share_of_a_limit_that_is_used_is_a_number_or_nothing(
    kind: str, value: str, cap: str, used: str | None
) -> None:
    assert a_use("x", value, cap, kind=kind).used == (None if used is None else Decimal(used))


def test_orders_that_wait_use_the_limits_on_what_is_traded_in_a_session() -> None:
    limits = some_limits(max_daily_increase=Decimal("0.3"), max_daily_turnover=Decimal("0.6"))
    orders = [
        OrderState(order=an_order("XOM", quantity=100, reference_price=Decimal(50))),
        OrderState(order=an_order("AAPL", "sell", 30)),
    ]
    book = a_book({"AAPL": (100, 100)}, cash=90_000)
    report = limits_of(book, a_view(AAPL=100, XOM=50), a_mandate(limits=limits), orders=orders)
    uses = {use.limit: use.value for use in report.limits}
    assert uses["max_daily_increase"] == Decimal("0.05")
    assert uses["max_daily_turnover"] == Decimal("0.08")
    assert uses["max_gross"] == Decimal("0.1")


def test_a_statistic_comes_with_its_method_and_its_sample() -> None:
    past = np.random.default_rng(7).normal(0, 0.01, 120)
    view = replace(a_view(AAPL=100, SPY=200), returns={"AAPL": past, "SPY": past})
    limits = some_limits(max_var=Decimal("0.02"), max_beta=Decimal(2), var_sessions=120)
    report = limits_of(a_book({"AAPL": (500, 100)}, cash=50_000), view, a_mandate(limits=limits))
    uses = {use.limit: use for use in report.limits}
    assert uses["max_beta"].value == Decimal("0.5")
    assert (uses["max_var"].detail, uses["max_var"].sample) == ("ewma, 95%", 120)
    assert Decimal(0) < (uses["max_var"].value or 0) < Decimal("0.02")


def test_without_a_past_a_statistic_is_no_number() -> None:
    limits = some_limits(max_var=Decimal("0.02"))
    report = limits_of(a_book({"AAPL": (10, 100)}), a_view(AAPL=100, SPY=200), a_mandate(limits=limits))
    use = next(each for each in report.limits if each.limit == "max_var")
    assert (use.value, use.kept, use.used) == (None, None, None)


def test_the_losses_that_stop_trading_are_limits_too() -> None:
    report = limits_of(a_book(), a_view(AAPL=100), a_mandate(), marks=session_marks([1.0, 1.1, 1.045]))
    uses = {use.limit: use for use in report.limits}
    assert (uses["daily_loss"].value, uses["drawdown"].value) == (Decimal("0.05"), Decimal("0.05"))
    assert uses["drawdown"].sample == 3
