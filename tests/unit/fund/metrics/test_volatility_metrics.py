import numpy as np

from fund.metrics.volatility import qlike, realised_variance


def test_realised_variance_is_of_the_sessions_after():
    found = realised_variance(np.array([9.0, 1.0, 2.0, 3.0]), 2)
    np.testing.assert_array_equal(found, [5.0, 13.0, np.nan, np.nan])


def test_a_missing_return_takes_every_window_with_it():
    found = realised_variance(np.array([0.0, 1.0, np.nan, 3.0, 4.0]), 1)
    np.testing.assert_array_equal(found, [1.0, np.nan, 9.0, 16.0, np.nan])
    assert np.isnan(realised_variance(np.ones(3), 5)).all()


def test_qlike_is_least_for_the_true_variance_and_worse_for_too_little_than_for_too_much():
    realised = np.full(3, 2.0)
    found = qlike(realised, np.array([2.0, 1.0, 4.0]))
    assert found[0] == 0
    np.testing.assert_allclose(found[1:], [2 - np.log(2) - 1, 0.5 + np.log(2) - 1])
    assert found[1] > found[2] > 0


def test_qlike_of_noisy_variances_still_ranks_forecasts_rightly():
    random = np.random.default_rng(0)
    truth = random.uniform(1, 4, 20_000)
    noisy = truth * random.normal(size=20_000) ** 2
    means = [np.nanmean(qlike(noisy, truth * factor)) for factor in (0.8, 1.0, 1.2)]
    assert means[1] == min(means)


def test_what_did_not_move_or_is_missing_has_no_loss():
    realised, forecast = np.array([0.0, 1.0, 1.0, np.nan, 1.0]), np.array([1.0, 0.0, -1.0, 1.0, np.inf])
    assert np.isnan(qlike(realised, forecast)).all()
