import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.forecasts import (
    calibration_bins,
    hit_rates,
    information_coefficients,
    interval_coverage,
    rank_information_coefficients,
)

RANDOM = np.random.default_rng(3)


def test_the_ic_is_the_correlation_across_names():
    forecast, realised = RANDOM.normal(size=(2, 4, 25))
    expected = [np.corrcoef(f, r)[0, 1] for f, r in zip(forecast, realised, strict=True)]
    np.testing.assert_allclose(information_coefficients(forecast, realised), expected)


def test_the_rank_ic_does_not_care_for_scale():
    forecast, realised = RANDOM.normal(size=(2, 3, 25))
    plain = rank_information_coefficients(forecast, realised)
    np.testing.assert_allclose(rank_information_coefficients(np.exp(5 * forecast), realised**3), plain)
    assert not np.allclose(information_coefficients(np.exp(5 * forecast), realised), plain)


def test_the_rank_ic_is_spearmans_by_his_own_formula():
    forecast = np.arange(10.0)[None]
    realised = np.array([[3.0, 1.0, 4.0, 15.0, 9.0, 2.0, 6.0, 5.0, 35.0, 8.0]])
    places = [3, 1, 4, 9, 8, 2, 6, 5, 10, 7]
    squares = sum((place - k) ** 2 for k, place in enumerate(places, start=1))
    assert squares == 4 + 1 + 1 + 25 + 9 + 16 + 1 + 9 + 1 + 9
    assert rank_information_coefficients(forecast, realised) == pytest.approx(1 - 6 * squares / (10 * 99))


def test_pairs_with_a_missing_half_are_skipped():
    forecast, realised = RANDOM.normal(size=(2, 1, 30))
    forecast[0, 0], realised[0, 1] = np.nan, np.nan
    for measure in (information_coefficients, rank_information_coefficients, hit_rates):
        assert measure(forecast, realised) == pytest.approx(measure(forecast[:, 2:], realised[:, 2:]))


@pytest.mark.parametrize("measure", [information_coefficients, rank_information_coefficients, hit_rates])
def test_a_handful_of_names_has_no_figure(measure):
    assert np.isnan(measure(RANDOM.normal(size=(1, 9)), RANDOM.normal(size=(1, 9)))).all()


def test_a_constant_forecast_has_no_ic_and_an_even_hit_rate():
    constant, realised = np.ones((1, 20)), RANDOM.normal(size=(1, 20))
    assert np.isnan(information_coefficients(constant, realised)).all()
    assert hit_rates(constant, realised).tolist() == [0.5]


def test_the_hit_rate_judges_against_the_median_not_against_zero():
    realised = np.arange(1.0, 13.0)[None]
    assert hit_rates(realised, realised).tolist() == [1.0]
    assert hit_rates(-realised, realised).tolist() == [0.0]


def test_coverage_is_the_share_inside_the_interval():
    realised = np.arange(10.0)[None]
    low, high = np.full((1, 10), 1.5), np.full((1, 10), 7.0)
    assert interval_coverage(low, high, realised).tolist() == [0.6]
    assert np.isnan(interval_coverage(low[:, :5], high[:, :5], realised[:, :5])).all()


def test_calibration_bins_compare_promise_and_outcome():
    probability = np.array([[0.2] * 10 + [0.7] * 10])
    realised = np.where(np.arange(20) % 10 < np.where(np.arange(20) < 10, 2, 7), 1.0, -1.0)[None]
    low, high = calibration_bins(probability, realised, bins=2)
    assert low == pytest.approx((0.2, 0.2, 10))
    assert high == pytest.approx((0.7, 0.7, 10))


@given(st.lists(st.sampled_from([0.3, 0.4, 0.5, 0.6, np.nan]), min_size=1, max_size=60))
def test_calibration_bins_lose_no_forecast_and_split_no_tie(values):
    probability = np.array([values])
    bins = calibration_bins(probability, np.ones_like(probability), bins=3)
    known = probability[np.isfinite(probability)]
    assert sum(b.n for b in bins) == (len(known) if len(known) >= 3 else 0)
    assert [b.forecast for b in bins] == sorted(b.forecast for b in bins)
    assert all(b.realised == 1.0 for b in bins)
