"""GARCH and regimes under attack: series of one size, far returns, gaps at the end, horizons of none."""

import math
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError, NoDataError
from fund.forecasting.garch import Garch, fit_garch
from fund.forecasting.regime import Regimes, fit_regimes, regime_forecast
from fund.forecasting.volatility import ewma_variances, garch_spread, horizon_variances, volatility_forecast

DAY = date(2020, 1, 2)
A_GARCH = Garch(omega=2e-6, alpha=0.1, beta=0.85, degrees_of_freedom=8, returns=500, beginning=1e-4)
TWO = Regimes(
    means=np.array([0.0005, -0.001]),
    deviations=np.array([0.006, 0.02]),
    transition=np.array([[0.98, 0.02], [0.05, 0.95]]),
    returns=1200,
    gain=1.0,
)
THREE = Regimes(
    means=np.array([0.001, 0.0, -0.002]),
    deviations=np.array([0.004, 0.01, 0.03]),
    transition=np.array([[0.9, 0.08, 0.02], [0.1, 0.85, 0.05], [0.0, 0.2, 0.8]]),
    returns=1200,
    gain=1.0,
)
some_returns = st.lists(
    st.one_of(st.floats(-0.2, 0.2), st.sampled_from([math.nan, math.inf, -math.inf, 3.0, -0.77])),
    min_size=1,
    max_size=30,
).map(np.array)


@cache
def noise(count=600, seed=0):
    return np.random.default_rng(seed).normal(0, 0.01, count)


@given(returns=some_returns)
@settings(max_examples=30, deadline=None)
def test_variances_are_those_of_the_formula_and_never_below_their_floor(returns):
    ahead = A_GARCH.next_variances(returns)
    before = np.append(A_GARCH.beginning, ahead[:-1])
    squared = np.where(np.isfinite(returns), returns, 0.0) ** 2
    squared = np.where(np.isfinite(returns), squared, before)
    np.testing.assert_allclose(ahead, 2e-6 + 0.1 * squared + 0.85 * before, rtol=1e-12)
    assert (ahead >= 2e-6).all()


@given(returns=some_returns, cut=st.integers(0, 30))
@settings(max_examples=20, deadline=None)
def test_what_comes_later_changes_no_variance_and_no_probability(returns, cut):
    later = np.append(returns[:cut], np.full(max(len(returns) - cut, 0), 0.15))
    for told in (A_GARCH.next_variances, TWO.filtered, THREE.filtered, TWO.log_scores):
        assert told(later)[:cut].tobytes() == told(returns)[:cut].tobytes()


@given(returns=some_returns)
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("regimes", [TWO, THREE], ids=["two", "three"])
def test_probabilities_are_probabilities_whatever_the_returns(regimes, returns):
    path = regimes.filtered(returns)
    assert ((path >= 0) & (path <= 1)).all()
    np.testing.assert_allclose(path.sum(axis=1), 1.0)


@given(returns=some_returns)
@settings(max_examples=20, deadline=None)
@pytest.mark.parametrize("regimes", [TWO, THREE], ids=["two", "three"])
def test_a_score_is_missing_where_the_return_is_and_finite_elsewhere(regimes, returns):
    np.testing.assert_array_equal(np.isfinite(regimes.log_scores(returns)), np.isfinite(returns))


def test_scores_add_up_to_the_likelihood_over_every_path_of_states():
    returns = np.array([0.01, -0.03, 0.002, 0.015])
    total = 0.0
    for path in np.ndindex(*(3,) * 5):
        chance = THREE.stationary()[path[0]]
        for t, value in enumerate(returns):
            mean, deviation = THREE.means[path[t + 1]], THREE.deviations[path[t + 1]]
            density = math.exp(-0.5 * ((value - mean) / deviation) ** 2) / (
                deviation * math.sqrt(2 * math.pi)
            )
            chance *= THREE.transition[path[t], path[t + 1]] * density
        total += chance
    assert THREE.log_scores(returns).sum() == pytest.approx(math.log(total))


@pytest.mark.parametrize("regimes", [TWO, THREE], ids=["two", "three"])
def test_long_run_shares_stay_what_they_are(regimes):
    shares = regimes.stationary()
    np.testing.assert_allclose(shares @ regimes.transition, shares, atol=1e-12)
    np.testing.assert_allclose(np.linalg.matrix_power(regimes.transition, 5000)[0], shares, atol=1e-9)


@pytest.mark.parametrize("size", [0.77, 0.772, 0.8, 5.0, 1e6])
def test_the_farther_a_return_the_lower_its_score_and_never_without_end(size):
    near, far = TWO.log_scores(np.array([0.9 * size]))[0], TWO.log_scores(np.array([size]))[0]
    assert -math.inf < far < near
    assert TWO.filtered(np.array([size])).tolist() == [[0.0, 1.0]]


def test_a_state_that_was_ruled_out_comes_back_when_no_other_reaches_so_far():
    absorbed = Regimes(
        means=np.zeros(2),
        deviations=np.array([0.001, 0.02]),
        transition=np.array([[1.0, 0.0], [0.5, 0.5]]),
        returns=1200,
        gain=1.0,
    )
    path = absorbed.filtered(np.array([0.0, 0.5, np.nan]))
    np.testing.assert_allclose(path[1], [0.0, 1.0])
    np.testing.assert_allclose(path[2], [0.5, 0.5])


def test_no_return_is_no_probability():
    assert TWO.filtered(np.empty(0)).shape == (0, 2)
    assert TWO.log_scores(np.empty(0)).shape == (0,)
    assert A_GARCH.next_variances(np.empty(0)).shape == (0,)


@given(horizon=st.integers(1, 60), variance=st.floats(1e-8, 1e-2))
@settings(max_examples=20, deadline=None)
def test_over_a_horizon_the_sum_is_the_closed_form(horizon, variance):
    keep = A_GARCH.alpha + A_GARCH.beta
    level = A_GARCH.omega / (1 - keep)
    expected = horizon * level + (variance - level) * (1 - keep**horizon) / (1 - keep)
    assert A_GARCH.over(np.array([variance]), horizon)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "returns",
    [
        np.full(600, 0.01),
        np.tile([0.01, -0.01], 300),
        np.full(600, 0.01) + 1e-13 * noise(),
        np.where(np.arange(600) % 3 == 0, 0.01, 0.0),
    ],
    ids=["constant", "of one size", "but for rounding", "mostly none"],
)
def test_returns_of_one_size_are_refused(returns):
    with pytest.raises(DataError, match="expected returns that vary"):
        fit_garch(returns)


@pytest.mark.parametrize("constant", [0.001, 0.1, -1 / 3, 0.0], ids=str)
def test_a_constant_benchmark_is_named_as_such_however_it_rounds(constant):
    with pytest.raises(DataError, match=f"expected returns that vary, found {constant!r} throughout"):
        fit_regimes(np.full(600, constant))


def test_a_split_that_was_not_adjusted_is_refused_with_its_size():
    broken = noise().copy()
    broken[300] = 3.0
    with pytest.raises(DataError, match=r"200 times their median size.* a largest of 3\.0; check bars"):
        fit_garch(broken)


@pytest.mark.parametrize("gap", [np.nan, np.inf, -np.inf], ids=str)
def test_gaps_are_left_out_of_the_fit(gap):
    holed = np.insert(noise(), [0, 100, 600], gap)
    assert fit_garch(holed) == fit_garch(noise())


def test_the_fit_is_of_returns_in_any_unit_of_time_the_same_twice():
    found = fit_garch(noise())
    assert found == fit_garch(noise().copy())
    assert found.alpha >= 0
    assert found.beta >= 0
    assert found.alpha + found.beta < 1 + 1e-9
    assert found.omega > 0
    assert fit_garch(-noise()) == found


def test_a_name_that_stopped_trading_has_no_forecast():
    halted = noise(1200).copy()
    halted[-70:] = np.nan
    with pytest.raises(NoDataError, match="of the newest 80 sessions, found 10; wait until 'N001' trades"):
        volatility_forecast("N001", DAY, halted, 5)


def test_one_that_traded_just_enough_has():
    halted = noise(1200).copy()
    halted[-60:] = np.nan
    found = volatility_forecast("N001", DAY, halted, 5)
    assert math.isfinite(found.ewma_deviation)
    assert found.samples == 250 - 60
    assert found.low < found.deviation < found.high


def test_judged_sessions_without_a_movement_are_refused():
    holed = noise(1200).copy()
    holed[-255:-80] = np.nan
    with pytest.raises(DataError, match="at least 75 sessions whose movement is known, found 40; judge more"):
        volatility_forecast("N001", DAY, holed, 25)


def test_what_the_error_asks_for_is_enough():
    with pytest.raises(DataError, match="expected at least 60 sessions whose movement is known, found 59"):
        volatility_forecast("N001", DAY, noise(), 20, judged_sessions=59)
    assert volatility_forecast("N001", DAY, noise(), 20, judged_sessions=60).samples == 60


def test_the_interval_is_the_ratio_s_quantiles_times_the_deviation():
    returns, horizon, judged = noise(), 3, 100
    found = volatility_forecast("N001", DAY, returns, horizon, judged_sessions=judged)
    past = horizon_variances(fit_garch(returns[: -(judged + horizon)]), returns, horizon)
    ratios = [
        math.sqrt((returns[t + 1 : t + 1 + horizon] ** 2).sum() / past[t])
        for t in range(len(returns) - judged - horizon, len(returns) - horizon)
    ]
    assert found.low == pytest.approx(found.deviation * np.quantile(ratios, 0.1))
    assert found.high == pytest.approx(found.deviation * np.quantile(ratios, 0.9))
    assert found.ewma_deviation == pytest.approx(math.sqrt(ewma_variances(returns, horizon)[-1]))


def test_a_spread_fitted_on_some_sessions_knows_no_other_s_scale():
    returns = np.column_stack([noise(400, 1), noise(400, 2), noise(400, 3)])
    volatility = np.sqrt(np.column_stack([ewma_variances(each, 5) for each in returns.T]))
    spread = garch_spread(returns, volatility, range(0, 300), 5)
    scaled = garch_spread(returns, 7.0 * volatility, range(0, 300), 5)
    np.testing.assert_allclose(scaled, spread)
    assert np.isfinite(spread).all()
    order = [2, 0, 1]
    again = garch_spread(returns[:, order], volatility[:, order], range(0, 300), 5)
    assert again.tobytes() == spread[:, order].tobytes()


def test_where_no_volatility_is_known_a_spread_is_typical():
    returns = np.column_stack([noise(300, 1), noise(300, 2)])
    for nothing in (np.nan, 0.0, -1.0):
        found = garch_spread(returns, np.full(returns.shape, nothing), range(0, 280), 5)
        assert (found == 1.0).all()


@pytest.mark.parametrize(("horizon", "judged"), [(0, 250), (-1, 250), (5, 0), (5, -5)])
def test_a_regime_s_horizon_and_judged_sessions_must_be_some(horizon, judged):
    with pytest.raises(DataError, match=f"of at least 1, found {horizon} and {judged}"):
        regime_forecast(DAY, noise(), horizon_sessions=horizon, judged_sessions=judged)


@cache
def two_states():
    states = np.arange(700) // 50 % 2
    return noise(700) * np.where(states == 0, 0.5, 2.5)


def test_more_judged_sessions_than_there_are_cannot_be_judged():
    assert regime_forecast(DAY, two_states(), judged_sessions=750).log_score_gain is None


def test_an_infinite_return_counts_as_a_missing_one():
    holed, endless = two_states().copy(), two_states().copy()
    holed[[300, 650]], endless[[300, 650]] = np.nan, [np.inf, -np.inf]
    assert regime_forecast(DAY, endless, judged_sessions=150) == regime_forecast(
        DAY, holed, judged_sessions=150
    )


def test_the_state_ahead_is_the_chain_s_and_far_ahead_the_long_run_s():
    fitted, returns = fit_regimes(two_states()), two_states()
    found = regime_forecast(DAY, returns, horizon_sessions=5000)
    shares = [state.probability_ahead for state in found.states]
    np.testing.assert_allclose(shares, fitted.stationary(), atol=1e-6)
    assert [state.probability for state in found.states] == fitted.filtered(returns)[-1].tolist()
    staying = np.diag(fitted.transition)
    np.testing.assert_allclose([s.expected_sessions for s in found.states], 1 / (1 - staying))


def test_states_are_the_same_upside_down_and_in_other_units():
    fitted, turned = fit_regimes(two_states()), fit_regimes(-two_states())
    np.testing.assert_allclose(turned.deviations, fitted.deviations, rtol=1e-3)
    np.testing.assert_allclose(turned.means, -fitted.means, atol=1e-4)
    assert fitted.deviations[0] < fitted.deviations[1]
    np.testing.assert_allclose(fitted.transition.sum(axis=1), 1.0)


@pytest.mark.parametrize("states", [0, 1, 4, -2])
def test_another_number_of_states_is_refused(states):
    with pytest.raises(DataError, match=f"expected 2 or 3 states, found {states}"):
        fit_regimes(noise(), states)
