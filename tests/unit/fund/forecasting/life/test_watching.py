"""Decay, drift of errors and of inputs, and what follows: found where planted, absent where not."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.panel import FEATURES
from fund.forecasting.life.decay import decay_of, rolling_mean
from fund.forecasting.life.error_drift import error_drift
from fund.forecasting.life.input_drift import input_drift
from fund.forecasting.life.watching import Thresholds, Watched, watch
from support.forecasters import small_universe

SESSIONS = tuple(date(2015, 1, 1) + timedelta(days=n) for n in range(600))
VOLATILITY = tuple(each for each in FEATURES if each.name in ("VOL20", "ROC5", "CNTP20"))


def ics(seed: int = 0, *, mean: float = 0.02, n: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.08, n)


def watched(daily: np.ndarray, *, age: int = 10, **changes: object) -> Watched:
    return watch(
        "gbm-1",
        SESSIONS[: len(daily)],
        daily,
        np.full(len(daily), 0.3),
        session=SESSIONS[len(daily) - 1],
        age_sessions=age,
        horizon_sessions=1,
        **changes,
    )


def test_a_worth_that_wore_off_is_decay_and_one_that_never_was_is_none() -> None:
    worn = np.concatenate([ics(1, mean=0.05), ics(2, mean=-0.05, n=63)])
    found = decay_of(worn, lag=1)
    assert found is not None
    assert found.found
    assert found.difference.value == pytest.approx(found.recent.value - found.before.value)
    assert (found.recent.n, found.before.n) == (63, 399)
    steady = decay_of(ics(3, mean=0.03), lag=1)
    assert steady is not None
    assert not steady.found
    worthless = decay_of(np.concatenate([ics(4, mean=-0.01), ics(5, mean=-0.2, n=63)]), lag=1)
    assert worthless is not None
    assert not worthless.found, "where there was no edge, none wears off"
    assert decay_of(ics(n=40), lag=1) is None
    with pytest.raises(DataError, match="at least 20 recent sessions, found 5"):
        decay_of(ics(), lag=1, recent_sessions=5)


def test_a_rolling_mean_is_that_of_the_known_sessions() -> None:
    daily = np.array([np.nan, 1.0, 2.0, np.nan, 4.0, 6.0])
    assert rolling_mean(daily, 3).tolist() == pytest.approx([np.nan, np.nan, 1.5, 1.5, 3.0, 5.0], nan_ok=True)


def test_errors_that_grow_are_found_on_the_session_they_did_and_steady_ones_are_not() -> None:
    errors = np.concatenate([ics(1, mean=0.0, n=300), ics(2, mean=0.25, n=126)])
    found = error_drift(SESSIONS[:426], errors, what="residual", horizon_sessions=1)
    assert found is not None
    assert found.session is not None
    assert SESSIONS[300] < found.session < SESSIONS[380]
    assert (found.apart_sessions, found.alarm.n) == (2, 63)
    quiet = [
        error_drift(SESSIONS[:426], ics(seed, n=426), what="rank IC", horizon_sessions=1)
        for seed in range(40)
    ]
    assert sum(each is not None and each.found for each in quiet) <= 2
    assert error_drift(SESSIONS[:100], errors[:100], what="x", horizon_sessions=5) is None


def test_a_state_follows_from_its_reasons_with_their_figures() -> None:
    assert watched(ics()).state == "steady"
    assert not watched(ics()).retrain_due
    old = watched(ics(), age=70)
    assert (old.state, old.retrain_due) == ("watch", True)
    assert old.reasons[0].told == "it was trained 70 sessions ago, 63 is the most"
    fallen = watched(np.concatenate([ics(1, mean=0.05), ics(2, mean=-0.25, n=63)]))
    assert fallen.state == "drifting"
    assert [each.cause for each in fallen.reasons] == ["errors", "decay"]
    assert "Page-Hinkley" in fallen.reasons[0].told
    assert "below its record on" in fallen.reasons[0].told
    assert watched(ics(n=30)).state == "unknown"
    assert watched(ics(n=30), age=70).state == "unknown", "age alone says nothing of how it fares"
    for wrong in ({"age_sessions": 0}, {"drifted_share": 0.0}):
        with pytest.raises(DataError, match="expected an age of at least 1 session"):
            Thresholds(**wrong)


def test_inputs_of_another_market_drift_and_those_of_the_same_do_not() -> None:
    universe = small_universe()
    calm = input_drift(universe, range(60, 180), features=VOLATILITY, recent_sessions=40)
    assert {each.feature for each in calm} == {"VOL20", "ROC5", "CNTP20"}
    assert not any(each.found for each in calm)
    panel = universe.panel
    wild = panel.close.copy()
    moves = np.random.default_rng(0).normal(1.0, 0.15, (60, wild.shape[1]))
    wild[180:] *= moves
    scale = wild / panel.close
    changed = replace(
        panel,
        close=wild,
        open=panel.open * scale,
        high=panel.high * scale,
        low=panel.low * scale,
        total_return_index=panel.total_return_index * scale,
    )
    drifted = {
        each.feature: each
        for each in input_drift(
            replace(universe, panel=changed), range(60, 180), features=VOLATILITY, recent_sessions=40
        )
    }
    assert drifted["VOL20"].found
    assert drifted["VOL20"].stability.statistic > 1.0
    told = watched(ics(), inputs=tuple(drifted.values()), thresholds=Thresholds(drifted_share=0.3))
    assert told.state == "watch"
    assert (
        "features have drifted from the training; the furthest by stability index: " in told.reasons[0].told
    )


def test_inputs_are_not_compared_before_some_sessions_have_passed() -> None:
    universe = small_universe()
    with pytest.raises(DataError, match="a training that ends 5 sessions before session 240"):
        input_drift(universe, range(60, 238), features=VOLATILITY)
