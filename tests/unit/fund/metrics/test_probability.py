"""Probabilities that are kept are told from broken ones, and sampling alone is never called a fault."""

import numpy as np
import pytest

from fund.metrics.probability import Calibration, calibration_of

DAYS, NAMES = 60, 20


def forecasts(seed: int, honesty: float) -> Calibration:
    """Return the calibration of promises from 0.3 to 0.7, kept in full (1), or turned round (-1)."""
    rng = np.random.default_rng(seed)
    promised = rng.uniform(0.3, 0.7, DAYS * NAMES)
    happened = rng.random(DAYS * NAMES) < 0.5 + honesty * (promised - 0.5)
    days = np.repeat(np.arange(DAYS), NAMES)
    found = calibration_of(promised, happened, days, horizon_sessions=1, seed=5)
    assert found is not None
    return found


def test_a_kept_promise_stays_below_what_sampling_makes() -> None:
    kept = [forecasts(seed, 1.0) for seed in range(20)]
    assert sum(f.error <= (f.error_by_chance or 0) for f in kept) >= 16
    assert all(f.brier_value < f.brier_constant for f in kept)


def test_a_promise_turned_round_is_a_fault_beyond_sampling() -> None:
    broken = forecasts(3, -1.0)
    assert broken.error_by_chance is not None
    assert broken.error > 2 * broken.error_by_chance
    assert broken.brier_value > broken.brier_constant


def test_the_scores_are_those_of_the_formula() -> None:
    promised = np.array([0.9] * 10 + [0.1] * 10)
    happened = np.array([True] * 8 + [False] * 2 + [False] * 10)
    found = calibration_of(promised, happened, np.arange(20), horizon_sessions=1, seed=5, groups=2)
    assert found is not None
    assert found.brier_value == pytest.approx((8 * 0.01 + 2 * 0.81 + 10 * 0.01) / 20)
    assert found.brier_constant == pytest.approx(0.4 * 0.6)
    assert found.error == pytest.approx(0.1)
    assert [(g.forecast, g.realised, g.n) for g in found.groups] == [
        (pytest.approx(0.1), 0.0, 10),
        (pytest.approx(0.9), 0.8, 10),
    ]


def test_the_groups_hold_every_forecast_and_rise() -> None:
    found = forecasts(1, 1.0)
    assert sum(group.n for group in found.groups) == found.n == DAYS * NAMES
    promised = [group.forecast for group in found.groups]
    assert promised == sorted(promised)
    assert found.sessions == DAYS
    assert all(g.low is not None and g.high is not None and g.low <= g.high for g in found.groups)


def test_one_probability_for_all_is_one_group() -> None:
    found = calibration_of(
        np.full(30, 0.5), np.arange(30) % 2 == 0, np.arange(30), horizon_sessions=1, seed=5
    )
    assert found is not None
    assert [(g.forecast, g.realised, g.n) for g in found.groups] == [(0.5, 0.5, 30)]


def test_too_few_sessions_have_values_and_no_interval() -> None:
    days = np.repeat(np.arange(5), 20)
    rng = np.random.default_rng(2)
    found = calibration_of(rng.random(100), rng.random(100) < 0.5, days, horizon_sessions=1, seed=5)
    assert found is not None
    assert (found.brier, found.error_by_chance) == (None, None)
    assert {group.low for group in found.groups} == {None}


def test_fewer_forecasts_than_groups_say_nothing() -> None:
    assert calibration_of(np.full(9, 0.5), np.full(9, True), np.arange(9), horizon_sessions=1, seed=5) is None
