"""What a series of returns was worth, against figures worked out by hand."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.metrics import returns as measures
from fund.metrics.returns import FloatArray

SCALAR: tuple[Callable[[FloatArray], float | None], ...] = (
    measures.total_return,
    measures.annualised_return,
    measures.annualised_volatility,
    measures.sharpe_ratio,
    measures.max_drawdown,
)
PLURAL = {
    measures.total_return: measures.total_returns,
    measures.annualised_return: measures.annualised_returns,
    measures.annualised_volatility: measures.annualised_volatilities,
    measures.sharpe_ratio: measures.sharpe_ratios,
    measures.max_drawdown: measures.max_drawdowns,
}
series = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60).map(np.array)


def of(*values: float) -> FloatArray:
    return np.array(values, dtype=float)


def test_returns_compound() -> None:
    assert measures.total_return(of(0.1, -0.1)) == pytest.approx(-0.01)
    assert measures.total_return(of(0.5, 1.0)) == pytest.approx(2.0)


def test_a_year_has_252_sessions() -> None:
    daily = np.full(252, 1.1 ** (1 / 252) - 1)
    assert measures.annualised_return(daily) == pytest.approx(0.1)
    assert measures.annualised_return(daily[:126]) == pytest.approx(0.1)
    assert measures.annualised_return(np.tile(daily, 3)) == pytest.approx(0.1)


def test_volatility_divides_by_n_less_one() -> None:
    assert measures.annualised_volatility(of(0.01, 0.03)) == pytest.approx(math.sqrt(0.0002 * 252))


def test_the_sharpe_ratio_is_the_mean_over_the_spread() -> None:
    returns = of(0.01, 0.03, 0.02)
    assert measures.sharpe_ratio(returns) == pytest.approx(0.02 / 0.01 * math.sqrt(252))


def test_drawdowns_are_measured_from_the_highest_value_so_far() -> None:
    found = measures.drawdowns(of(0.1, -0.5, 0.2, 1.0))
    assert found == pytest.approx([0.0, -0.5, -0.4, 0.0])
    assert measures.max_drawdown(of(0.1, -0.5, 0.2, 1.0)) == pytest.approx(-0.5)


def test_the_start_counts_as_a_peak() -> None:
    assert measures.max_drawdown(of(-0.2, 0.1)) == pytest.approx(-0.2)
    assert measures.max_drawdown(of(0.1, 0.2)) == 0.0


@pytest.mark.parametrize("measure", SCALAR, ids=lambda measure: measure.__name__)
def test_nothing_is_said_of_no_sessions(measure: Callable[[FloatArray], float | None]) -> None:
    assert measure(of()) is None


@pytest.mark.parametrize("measure", [measures.annualised_volatility, measures.sharpe_ratio])
def test_one_session_has_no_spread(measure: Callable[[FloatArray], float | None]) -> None:
    assert measure(of(0.01)) is None


@pytest.mark.parametrize("value", [0.0, 0.001, 0.1 + 0.2])
def test_returns_that_do_not_vary_have_no_sharpe_ratio(value: float) -> None:
    assert measures.sharpe_ratio(np.full(50, value)) is None


@pytest.mark.parametrize("measure", SCALAR, ids=lambda measure: measure.__name__)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.5])
def test_a_return_that_cannot_be_is_refused(
    measure: Callable[[FloatArray], float | None], bad: float
) -> None:
    with pytest.raises(DataError, match="expected one series of finite returns of at least -1"):
        measure(of(0.01, bad, 0.02))


def test_a_matrix_is_not_one_series() -> None:
    with pytest.raises(DataError, match=r"found shape \(2, 2\)"):
        measures.total_return(np.zeros((2, 2)))


def test_a_total_loss_stays_lost() -> None:
    assert measures.total_return(of(-1.0, 0.5)) == -1.0
    assert measures.annualised_return(of(-1.0, 0.5)) == -1.0
    assert measures.max_drawdown(of(-1.0, 0.5)) == -1.0


@given(series)
def test_many_paths_are_measured_as_one_by_one(returns: FloatArray) -> None:
    paths = np.stack([returns, returns[::-1], -returns])
    for scalar, plural in PLURAL.items():
        for path, value in zip(paths, plural(paths), strict=True):
            alone = scalar(path)
            if alone is None:
                assert np.isnan(value)
            else:
                assert value == pytest.approx(alone, rel=1e-9, abs=1e-12)


@given(series)
def test_a_drawdown_is_never_above_zero_nor_below_what_is_lost_in_all(returns: FloatArray) -> None:
    deepest, total = measures.max_drawdown(returns), measures.total_return(returns)
    assert deepest is not None
    assert total is not None
    assert -1.0 <= deepest <= 0.0
    assert deepest <= min(total, 0.0) + 1e-12


@given(series, st.floats(0.1, 3.0))
def test_leverage_scales_volatility_and_leaves_the_sharpe_ratio(returns: FloatArray, factor: float) -> None:
    sharpe = measures.sharpe_ratio(returns / 4)
    scaled = measures.sharpe_ratio(returns / 4 * factor / 3)
    if sharpe is not None and scaled is not None:
        assert scaled == pytest.approx(sharpe, rel=1e-6, abs=1e-9)
    before, after = (measures.annualised_volatility(each) for each in (returns / 4, returns / 4 * factor / 3))
    assert before is not None
    assert after == pytest.approx(before * factor / 3, rel=1e-9, abs=1e-12)


def test_returns_come_from_values() -> None:
    assert measures.returns_of(of(100.0, 110.0, 99.0)) == pytest.approx([0.1, -0.1])
    assert len(measures.returns_of(of(100.0))) == 0


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_values_that_are_no_values_give_no_returns(bad: float) -> None:
    with pytest.raises(DataError, match="expected positive finite values"):
        measures.returns_of(of(100.0, bad))


def test_the_sortino_ratio_takes_its_deviation_over_all_sessions() -> None:
    returns = np.array([0.02, -0.01, 0.01, -0.02])
    # mean 0; with 0.01 more a session: losses 0 and 0.01, mean square 1e-4 / 4
    assert float(measures.sortino_ratios(returns)) == pytest.approx(0.0, abs=1e-12)
    lifted = returns + 0.01
    assert float(measures.sortino_ratios(lifted)) == pytest.approx(0.01 / np.sqrt(1e-4 / 4) * np.sqrt(252))


def test_the_calmar_ratio_is_the_yearly_return_over_the_deepest_fall() -> None:
    returns = np.array([0.1, -0.2, 0.3] + [0.0] * 249)
    assert float(measures.calmar_ratios(returns)) == pytest.approx((1.1 * 0.8 * 1.3 - 1) / 0.2)


def test_without_a_loss_there_is_neither_a_sortino_nor_a_calmar_ratio() -> None:
    assert np.isnan(measures.sortino_ratios(np.array([0.01, 0.0])))
    assert np.isnan(measures.calmar_ratios(np.array([0.01, 0.0])))
