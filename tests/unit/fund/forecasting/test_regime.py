"""States of the market: found where there are some, by what was known, and named by volatility."""

from datetime import date

import numpy as np
import pytest
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from fund.errors import DataError, NoDataError
from fund.forecasting.regime import Regimes, fit_regimes, regime_forecast
from fund.forecasting.volatility import ewma_variances

DAY = date(2020, 1, 2)


def switching(count=1200, *, calm=0.006, turbulent=0.02, seed=0):
    """Returns and the state each came from; a state ends with a chance of 1 in 50."""
    random = np.random.default_rng(seed)
    states = np.cumsum(random.uniform(size=count) < 0.02) % 2
    return random.normal(0, np.where(states == 0, calm, turbulent)), states


TWO = Regimes(
    means=np.array([0.0005, -0.001]),
    deviations=np.array([0.006, 0.02]),
    transition=np.array([[0.98, 0.02], [0.05, 0.95]]),
    returns=1200,
    gain=1.0,
)


def test_the_states_that_made_the_returns_are_found():
    returns, states = switching()
    found = fit_regimes(returns)
    np.testing.assert_allclose(found.deviations, [0.006, 0.02], rtol=0.15)
    np.testing.assert_allclose(np.diag(found.transition), 0.98, atol=0.03)
    assert found.gain > 50
    agreed = (found.filtered(returns)[:, 1] > 0.5) == (states == 1)
    assert agreed.mean() > 0.9


def test_filtering_is_that_of_statsmodels():
    returns, _ = switching(600)
    peer = MarkovRegression(returns * 100, k_regimes=2, trend="c", switching_variance=True)
    parameters = [0.98, 0.05, *(TWO.means * 100), *(TWO.deviations * 100) ** 2]
    fixed = peer.filter(parameters, cov_type="none")
    # At the start of all, statsmodels takes the long-run shares for the first session, we for the one before:
    # the same, because shares of the long run stay what they are.
    np.testing.assert_allclose(TWO.filtered(returns), fixed.filtered_marginal_probabilities, atol=1e-10)


def test_a_probability_is_told_by_what_was_known_and_no_later_return_changes_it():
    returns, _ = switching()
    changed = returns.copy()
    changed[700:] = 0.08
    np.testing.assert_array_equal(TWO.filtered(returns)[:700], TWO.filtered(changed)[:700])
    np.testing.assert_allclose(TWO.filtered(returns).sum(axis=1), 1.0)


def test_the_likeliest_state_is_told_by_its_window_alone_whenever_it_is_computed():
    returns, states = switching(400)
    returns[200:204] = np.nan, np.inf, 5.0, 0.0
    labels = TWO.likeliest(returns, 63)
    assert (labels[:62] == -1).all()
    for t in (62, 100, 203, 204, 399):
        assert TWO.likeliest(returns[t - 62 : t + 1], 63)[-1] == labels[t]
        np.testing.assert_array_equal(TWO.likeliest(returns[: t + 1], 63), labels[: t + 1])
    assert (labels[62:] == states[62:]).mean() > 0.85
    # A window forgets what came before it, and that is little: it differs seldom from all that was seen.
    assert (labels[62:] == TWO.filtered(returns)[62:].argmax(axis=1)).mean() > 0.97
    assert (TWO.likeliest(returns[:62], 63) == -1).all()


def test_a_missing_return_only_lets_time_pass_and_a_huge_one_is_turbulent():
    path = TWO.filtered(np.array([0.001, np.nan, np.inf, 5.0, -5.0]))
    np.testing.assert_allclose(path[1], path[0] @ TWO.transition)
    np.testing.assert_allclose(path[2], path[1] @ TWO.transition)
    np.testing.assert_array_equal(path[3:], [[0.0, 1.0], [0.0, 1.0]])


def test_the_forecast_names_its_states_and_says_how_long_they_last():
    returns, _ = switching()
    found = regime_forecast(DAY, returns, horizon_sessions=10)
    assert [state.name for state in found.states] == ["calm", "turbulent"]
    assert sum(state.probability for state in found.states) == pytest.approx(1.0)
    assert sum(state.probability_ahead for state in found.states) == pytest.approx(1.0)
    assert found.states[0].volatility == pytest.approx(0.006 * np.sqrt(252), rel=0.15)
    assert all(20 < state.expected_sessions < 200 for state in found.states)
    assert found.likeliest.probability == max(state.probability for state in found.states)
    assert found.supported
    assert found.log_score_gain.n == 250
    nearer = regime_forecast(DAY, returns, horizon_sessions=1, judged_sessions=800)
    assert nearer.log_score_gain is None
    assert max(s.probability_ahead for s in nearer.states) > max(s.probability_ahead for s in found.states)


def test_out_of_sample_the_score_is_of_states_fitted_before():
    returns, _ = switching(900)
    changed = returns.copy()
    changed[-250:] /= 10.0
    found = regime_forecast(DAY, changed)
    deviation = np.sqrt(ewma_variances(changed, 1))[-251:-1]
    rival = -0.5 * np.log(2 * np.pi * deviation**2) - 0.5 * (changed[-250:] / deviation) ** 2
    gain = fit_regimes(returns[:-250]).log_scores(changed)[-250:] - rival
    assert found.log_score_gain.value == pytest.approx(gain.mean())
    assert (found.log_score_gain.high < 0, found.log_score_gain.n) == (True, 250)


def test_three_states_are_three():
    random = np.random.default_rng(2)
    deviations = np.tile(np.repeat([0.004, 0.012, 0.035], 80), 6)
    found = fit_regimes(random.normal(0, deviations), 3)
    assert found.names == ("calm", "normal", "turbulent")
    np.testing.assert_allclose(found.deviations, [0.004, 0.012, 0.035], rtol=0.25)


def test_returns_of_one_state_do_not_support_two():
    found = fit_regimes(np.random.default_rng(0).normal(0, 0.01, 500))
    assert found.gain < 0


@pytest.mark.parametrize(
    ("returns", "states", "kind", "message"),
    [
        (np.zeros(600), 2, DataError, "expected returns that vary"),
        (np.append(switching(600)[0], np.zeros(250)), 2, DataError, "states can be fitted to"),
        (switching(10)[0], 2, NoDataError, "at least 500 returns, found 10"),
        (np.full(600, np.nan), 2, NoDataError, "at least 500 returns, found 0"),
        (switching(600)[0], 4, DataError, "expected 2 or 3 states, found 4"),
    ],
    ids=["constant", "constant from some day on", "ten", "missing", "too many states"],
)
def test_a_series_that_says_nothing_is_refused(returns, states, kind, message):
    with pytest.raises(kind, match=message):
        fit_regimes(returns, states)
