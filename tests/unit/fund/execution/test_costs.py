"""What trading costs: the commission, the spread, and one's own size."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import ConfigError
from support.mandates import real_costs, some_costs

D = Decimal


@pytest.mark.parametrize(
    ("quantity", "commission"),
    [("1", "1.00"), ("200", "1.00"), ("201", "1.00"), ("203", "1.02"), ("10000", "50.00")],
)
def test_the_commission_is_per_share_with_a_minimum_to_the_cent(quantity: str, commission: str) -> None:
    assert real_costs().commission(D(quantity)) == D(commission)


def test_the_spread_is_paid_by_any_size_and_impact_by_its_root() -> None:
    costs = some_costs(half_spread_bps=D(2), impact_bps=D(150))
    assert costs.slippage(D(100), D(0), 10_000) == D("0.0200")
    assert costs.slippage(D(100), D(100), 10_000) == D("0.1700")
    assert costs.slippage(D(100), D(400), 10_000) == D("0.3200")


def test_without_volume_or_beyond_it_the_impact_is_that_of_all_of_it() -> None:
    costs = some_costs(impact_bps=D(150))
    assert costs.slippage(D(100), D(1), 0) == costs.slippage(D(100), D(99), 10) == D("1.5000")


@given(
    st.decimals("0.01", "5000", places=2), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**7)
)
def test_a_larger_order_never_trades_at_a_better_price(price: Decimal, a: int, b: int, volume: int) -> None:
    small, large = sorted((D(a), D(b)))
    costs = real_costs()
    assert 0 <= costs.slippage(price, small, volume) <= costs.slippage(price, large, volume)
    assert costs.commission(small) <= costs.commission(large)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"commission_per_share": D("-0.01")},
            "costs.commission_per_share must be between 0 and 10000, was -0.01",
        ),
        ({"minimum_commission": D("NaN")}, "costs.minimum_commission must be between 0 and 10000, was NaN"),
        ({"impact_bps": D(10_001)}, "costs.impact_bps must be between 0 and 10000, was 10001"),
        ({"max_participation": D(0)}, "costs.max_participation must be above 0 and at most 1, was 0"),
        ({"max_participation": D("1.01")}, "costs.max_participation must be above 0 and at most 1, was 1.01"),
    ],
)
def test_costs_that_make_no_sense_are_named(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        some_costs(**changes)
