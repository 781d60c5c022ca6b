"""Volatility by GARCH: the recursion, its fit, its record beside EWMA, and what it refuses."""

from datetime import date

import numpy as np
import pytest
from arch import arch_model

from fund.errors import DataError, NoDataError
from fund.forecasting.garch import Garch, fit_garch
from fund.forecasting.samples import horizon_volatility
from fund.forecasting.volatility import (
    ewma_variances,
    garch_spread,
    horizon_variances,
    volatility_forecast,
)
from fund.metrics.volatility import qlike, realised_variance
from support.forecasters import small_universe

DAY = date(2020, 1, 2)


def waves(count=1500, seed=0, alpha=0.12, beta=0.85):
    """Returns whose volatility comes in waves around 1 % a session."""
    random = np.random.default_rng(seed)
    variance, returns = 1e-4, np.empty(count)
    for t in range(count):
        returns[t] = np.sqrt(variance) * random.normal()
        variance = 1e-4 * (1 - alpha - beta) + alpha * returns[t] ** 2 + beta * variance
    return returns


def test_the_recursion_is_that_of_arch():
    returns = waves(800)
    garch = fit_garch(returns)
    peer = arch_model(returns * 100, mean="Zero", vol="GARCH", p=1, q=1, dist="t", rescale=False)
    fixed = peer.fix([garch.omega * 1e4, garch.alpha, garch.beta, garch.degrees_of_freedom])
    ours = garch.next_variances(returns)
    np.testing.assert_allclose(np.sqrt(ours[:-1])[200:], fixed.conditional_volatility[201:] / 100, rtol=1e-6)
    ahead = fixed.forecast(horizon=7).variance.to_numpy()[-1].sum() / 1e4
    assert garch.over(ours, 7)[-1] == pytest.approx(ahead, rel=1e-6)


def test_the_fit_finds_what_made_the_returns():
    garch = fit_garch(waves(4000))
    assert garch.alpha == pytest.approx(0.12, abs=0.04)
    assert garch.beta == pytest.approx(0.85, abs=0.05)
    assert garch.returns == 4000


def test_a_missing_return_leaves_the_variance_on_its_way():
    garch = Garch(omega=1e-6, alpha=0.1, beta=0.8, degrees_of_freedom=8, returns=500, beginning=1e-4)
    ahead = garch.next_variances(np.array([0.02, np.nan, 0.0]))
    np.testing.assert_allclose(ahead[0], 1e-6 + 0.1 * 4e-4 + 0.8 * 1e-4)
    np.testing.assert_allclose(ahead[1], 1e-6 + 0.9 * ahead[0])
    np.testing.assert_allclose(ahead[2], 1e-6 + 0.8 * ahead[1])


def test_where_volatility_comes_in_waves_garch_knows_more_than_ewma_and_says_so():
    found = volatility_forecast("N001", DAY, waves(2600), 5, judged_sessions=1000)
    assert found.record.is_better
    assert found.record.gain.low > 0
    assert found.record.gain.n == found.samples == 1000
    assert found.record.garch.value < found.record.ewma.value
    assert found.low < found.deviation < found.high


def test_where_volatility_never_changes_its_deviation_is_the_true_one():
    steady = np.random.default_rng(1).normal(0, 0.01, 2000)
    found = volatility_forecast("N001", DAY, steady, 5)
    assert found.deviation == pytest.approx(0.01 * np.sqrt(5), rel=0.1)


def test_the_interval_holds_four_of_five_realised_deviations_later_on():
    returns, inside = waves(2500, seed=4), []
    for end in range(600, 2400, 300):
        found = volatility_forecast("N001", DAY, returns[:end], 5)
        realised = np.sqrt((returns[end : end + 5] ** 2).sum())
        inside.append(found.low <= realised <= found.high)
    assert 4 <= sum(inside) <= len(inside) == 6


def test_the_record_is_of_parameters_fitted_before_its_sessions():
    returns = waves(900)
    changed = returns.copy()
    changed[-255:] *= np.linspace(1.0, 3.0, 255)
    before = fit_garch(returns[:-255])
    for series in (returns, changed):
        found = volatility_forecast("N001", DAY, series, 5)
        losses = qlike(realised_variance(series, 5), horizon_variances(before, series, 5))[-255:-5]
        assert found.record.garch.value == losses.mean()
    np.testing.assert_array_equal(before.next_variances(changed)[:645], before.next_variances(returns)[:645])


def test_a_gap_and_an_infinite_return_count_as_missing():
    returns = waves(900)
    holed = returns.copy()
    holed[[100, 800]] = np.nan, np.inf
    found = volatility_forecast("N001", DAY, holed, 5)
    assert found.samples == 250 - 5
    assert found.deviation == pytest.approx(volatility_forecast("N001", DAY, returns, 5).deviation, rel=0.1)


@pytest.mark.parametrize(
    ("returns", "kind", "message"),
    [
        (np.zeros(600), DataError, "expected returns that vary"),
        (waves(10), NoDataError, "at least 250 returns, found 10"),
        (waves(400), NoDataError, "at least 250 returns, found 145"),
        (np.full(600, np.nan), NoDataError, "at least 250 returns, found 0"),
        (np.where(np.arange(600) == 300, -3.0, waves(600)), DataError, "check bars and splits"),
    ],
    ids=["constant", "ten", "too few before the judged", "missing", "broken by a split"],
)
def test_a_series_that_says_nothing_is_refused(returns, kind, message):
    with pytest.raises(kind, match=message):
        volatility_forecast("N001", DAY, returns, 5)


@pytest.mark.parametrize(("horizon", "judged"), [(0, 250), (5, 0)])
def test_a_horizon_and_judged_sessions_must_be_some(horizon, judged):
    with pytest.raises(DataError, match="expected a horizon and judged sessions of at least 1"):
        volatility_forecast("N001", DAY, waves(900), horizon, judged_sessions=judged)


def test_a_spread_is_garch_over_what_was_expected_and_one_where_there_is_no_fit():
    returns = np.column_stack([waves(600, seed=1), waves(600, seed=2), np.zeros(600), waves(600, seed=3)])
    volatility = np.sqrt(np.column_stack([ewma_variances(each, 5) for each in returns.T]))
    spread = garch_spread(returns, volatility, range(0, 400), 5)
    assert (spread[:, 2] == 1.0).all()
    np.testing.assert_allclose(np.median(spread[100:, [0, 1, 3]], axis=1), 1.0)
    changed = returns.copy()
    changed[500:] *= 5.0
    again = garch_spread(changed, volatility, range(0, 400), 5)
    np.testing.assert_array_equal(again[:500], spread[:500])


def test_ewma_is_the_volatility_calibration_uses():
    universe = small_universe()
    returns = np.append(np.nan, np.diff(np.log(universe.panel.total_return_index[:, 3])))
    ours, theirs = np.sqrt(ewma_variances(returns, 5)), horizon_volatility(universe, 5)[:, 3]
    known = np.isfinite(ours) & np.isfinite(theirs)
    assert known.sum() > 150
    np.testing.assert_allclose(ours[known], theirs[known])
