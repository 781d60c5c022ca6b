from dataclasses import replace

import numpy as np
import pytest

from fund.forecasting.artifact import read_artifact, write_artifact
from fund.forecasting.conformal import NARROWEST, RATE, WIDEST, Widening, miss_shares
from fund.forecasting.families.baseline import Linear, ReversalForecaster
from fund.forecasting.trained import calibrated
from fund.forecasting.walk_forward import scaled, walk_forward
from fund.metrics.forecasts import interval_coverage
from support.forecasters import A_SCHEDULE, a_trained_forecaster, small_samples


def test_misses_are_counted_on_either_side_over_what_is_known():
    low, high = np.array([[0.0, 0.0, 0.0, np.nan]]), np.array([[1.0, 1.0, 1.0, 1.0]])
    below, above = miss_shares(low, high, np.array([[-1.0, 2.0, np.nan, 5.0]]))
    assert (below.tolist(), above.tolist()) == ([0.5], [0.5])
    none = miss_shares(low, high, np.full((1, 4), np.nan))
    assert np.isnan(none).all()


def test_each_side_widens_by_its_own_misses_beyond_the_promise():
    found = Widening().after(np.array([0.3, np.nan]), np.array([0.1, 0.0]))
    assert found.low == pytest.approx(np.exp(RATE * 0.2))
    assert found.high == pytest.approx(np.exp(RATE * -0.1))
    assert Widening().after(np.full(2, np.nan), np.full(0, np.nan)) == Widening()


def test_no_run_of_sessions_widens_or_narrows_without_end():
    assert Widening().after(np.ones(99), np.zeros(999)) == Widening(low=WIDEST, high=NARROWEST)


def coverage_of(walk, realised: np.ndarray, *, widened: bool) -> np.ndarray:
    low, high = np.full_like(realised, np.nan), np.full_like(realised, np.nan)
    for fold in walk.folds:
        if fold.calibration is not None:
            kept = fold.calibration if widened else replace(fold.calibration, widen_low=1.0, widen_high=1.0)
            test = slice(fold.split.test.start, fold.split.test.stop)
            given = calibrated(walk.scores[test], walk.scale[test], kept)
            low[test], high[test] = given["low"], given["high"]
    return interval_coverage(low, high, realised)


def test_intervals_of_a_market_that_turns_wild_come_to_cover_what_they_promise():
    samples = small_samples()
    t = len(samples.sessions) // 2
    wilder = samples.labels.values.copy()
    wilder[t:] *= 1.8
    changed = replace(samples, labels=replace(samples.labels, values=wilder))
    walk = walk_forward(changed, ReversalForecaster(), replace(A_SCHEDULE, refit_sessions=5))
    soon = slice(t + 25, t + 60)
    plain, adapted = (np.nanmean(coverage_of(walk, wilder, widened=each)[soon]) for each in (False, True))
    assert plain < 0.72
    assert abs(adapted - 0.8) < 0.5 * abs(plain - 0.8)


def test_an_interval_hears_of_no_outcome_that_was_not_known_by_then():
    samples = small_samples()
    walk = walk_forward(samples, ReversalForecaster(), A_SCHEDULE)
    fold = walk.folds[4]
    assert (fold.calibration.widen_low, fold.calibration.widen_high) != (1.0, 1.0)
    known = A_SCHEDULE.known_before(fold.split.test.start)
    values = samples.labels.values.copy()
    values[known:] = 99.0
    other = walk_forward(
        replace(samples, labels=replace(samples.labels, values=values)), ReversalForecaster(), A_SCHEDULE
    )
    assert other.folds[4].calibration == fold.calibration
    values[known - 1] = 99.0
    other = walk_forward(
        replace(samples, labels=replace(samples.labels, values=values)), ReversalForecaster(), A_SCHEDULE
    )
    assert other.folds[4].calibration != fold.calibration


class Wide(Linear):
    """Rules with a view of how wide an outcome is: the first feature's rank, or none where it is missing."""

    def spread(self, values):
        return np.exp(values[..., 0].astype(float))


def test_a_forecasters_own_spread_scales_what_residuals_are_measured_in():
    samples = small_samples()
    test = range(100, 103)
    volatility = samples.volatility[100:103]
    assert scaled(Linear({0: 1.0}), samples.table, test, volatility) is volatility
    found = scaled(Wide({0: 1.0}), samples.table, test, volatility)
    ranks = samples.table.values[100:103, :, 0]
    seen = np.isfinite(ranks) & np.isfinite(volatility)
    typical = np.nanmedian(np.exp(ranks), axis=1, keepdims=True)
    assert found[seen] == pytest.approx((volatility * np.exp(ranks) / typical)[seen])
    unseen = ~np.isfinite(ranks) & np.isfinite(volatility)
    assert (found[unseen] == volatility[unseen]).all()


def test_an_artifact_keeps_how_far_its_intervals_were_widened(tmp_path):
    trained = a_trained_forecaster()
    write_artifact(trained, tmp_path)
    kept = read_artifact(tmp_path)
    assert [fold.calibration for fold in kept.folds] == [fold.calibration for fold in trained.folds]
    assert kept.folds[-1].calibration.widen_low != 1.0
