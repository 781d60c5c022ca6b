"""Calibrations, intervals and folds are attacked at the edges of what they promise."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.calibration import BINS, Calibration, fit_calibration
from fund.forecasting.combinatorial import CombinatorialSchedule, combinatorial_scores
from fund.forecasting.conformal import NARROWEST, RATE, TAIL, WIDEST, Widening, miss_shares
from fund.forecasting.families.baseline import RidgeForecaster
from fund.forecasting.validation import Schedule
from fund.metrics.ranks import average_ranks
from support.forecasters import small_samples

FloatArray = NDArray[np.float64]

SESSIONS, NAMES = 60, 12
some = settings(max_examples=12)


def drawn(seed: int = 0, *shape: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=shape or (SESSIONS, NAMES))


def fitted(scores: FloatArray, labels: FloatArray, volatility: FloatArray | None = None) -> Calibration:
    wide = np.full(scores.shape, 0.02) if volatility is None else volatility
    found = fit_calibration(scores, labels, wide, horizon_sessions=3, minimum=20)
    assert found is not None
    return found


SCORES, LABELS = drawn(1), 0.02 * drawn(2)
PLAIN = fitted(SCORES, LABELS)


# calibration


def test_scores_of_three_values_leave_bins_empty_and_these_have_the_quantiles_of_all() -> None:
    tied = np.zeros((SESSIONS, NAMES))
    tied[:, 0], tied[:, 1] = -1.0, 1.0
    found = fitted(tied, LABELS)
    used = set(np.floor(average_ranks(tied) * BINS).astype(int).ravel().tolist())
    assert used == {0, 2, 4}
    assert found.low[1] == found.low[3] < 0.0 < found.high[1] == found.high[3]
    assert len({found.low[0], found.low[2], found.low[4]}) == 3


@pytest.mark.parametrize("still", [0.0, -1.0, math.inf])
def test_a_name_that_does_not_move_is_left_out_as_if_it_had_no_volatility(still: float) -> None:
    stopped, missing = np.full((SESSIONS, NAMES), 0.02), np.full((SESSIONS, NAMES), 0.02)
    stopped[:, 3], missing[:, 3] = still, np.nan
    assert fitted(SCORES, LABELS, stopped) == fitted(SCORES, LABELS, missing)


@some
@given(order=st.permutations(range(NAMES)), scale=st.sampled_from([0.125, 8.0]))
def test_the_order_of_names_changes_nothing_and_the_unit_of_returns_only_itself(
    order: list[int], scale: float
) -> None:
    turned = fitted(SCORES[:, order], LABELS[:, order])
    assert (turned.ic, turned.dispersion) == pytest.approx((PLAIN.ic, PLAIN.dispersion))
    assert turned.low == pytest.approx(PLAIN.low)
    scaled = fitted(SCORES, scale * LABELS, np.full(SCORES.shape, 0.02 * scale))
    assert (scaled.ic, scaled.dispersion, scaled.slope) == pytest.approx(
        (PLAIN.ic, PLAIN.dispersion, PLAIN.slope)
    )
    assert (scaled.low, scaled.high) == (pytest.approx(PLAIN.low), pytest.approx(PLAIN.high))


def test_only_the_order_of_scores_is_calibrated_and_silent_sessions_have_no_say() -> None:
    assert fitted(np.exp(SCORES), LABELS) == PLAIN
    silent = np.full((15, NAMES), np.nan)
    more = fitted(np.vstack([silent, SCORES]), np.vstack([9.0 + np.abs(silent), LABELS]))
    assert more == PLAIN


@pytest.mark.parametrize("known", [19, 20])
def test_a_calibration_needs_its_least_number_of_known_sessions(known: int) -> None:
    labels = LABELS.copy()
    labels[known:] = np.nan
    found = fit_calibration(SCORES, labels, np.full(SCORES.shape, 0.02), horizon_sessions=3, minimum=20)
    assert (found is not None) == (known >= 20)


@some
@given(seed=st.integers(0, 200), skill=st.sampled_from([-0.5, 0.0, 0.5]))
def test_every_figure_is_finite_in_order_and_on_the_side_it_should_be(seed: int, skill: float) -> None:
    outcome = drawn(seed)
    found = fitted(skill * outcome + drawn(seed + 1), 0.02 * outcome)
    rank = np.linspace(0.01, 0.99, 9)[None, :]
    volatility = np.full(rank.shape, 0.02)
    expected, up = found.expected(rank, volatility), found.probability_up(rank)
    low, high = found.interval(rank, volatility)
    assert (np.diff(expected) >= 0.0).all()
    assert (np.diff(up) >= 0.0).all()
    assert ((up > 0.0) & (up < 1.0)).all()
    assert (low <= expected).all()
    assert (expected <= high).all()
    assert expected[0, 4] == pytest.approx(0.0, abs=1e-12)


def test_a_wider_volatility_is_a_wider_interval_and_no_volatility_none() -> None:
    rank = np.array([[0.2, 0.5, 0.9]])
    low, high = PLAIN.interval(rank, np.full((1, 3), 0.02))
    twice = PLAIN.interval(rank, np.full((1, 3), 0.04))
    np.testing.assert_allclose(twice[0], 2.0 * low)
    np.testing.assert_allclose(twice[1], 2.0 * high)
    none = PLAIN.interval(np.array([[0.5, np.nan]]), np.array([[np.nan, 0.02]]))
    assert np.isnan(none).all()


# intervals that hear of their misses


@some
@given(
    misses=st.lists(st.integers(0, 10).map(lambda tenth: tenth / 10), max_size=12),
    start=st.sampled_from([NARROWEST, 1.0, WIDEST]),
)
def test_a_width_is_within_bounds_and_mirrors_between_its_sides(misses: list[float], start: float) -> None:
    told, none = np.array(misses, dtype=float), np.full(len(misses), np.nan)
    found = Widening(low=start, high=start).after(told, none)
    turned = Widening(low=start, high=start).after(none, told)
    assert NARROWEST <= found.low <= WIDEST
    assert found.high == start
    assert (turned.high, turned.low) == (found.low, found.high)
    plain = start * math.exp(RATE * sum(each - TAIL for each in misses))
    assert found.low == pytest.approx(min(max(plain, NARROWEST), WIDEST))


def test_misses_as_promised_widen_nothing_and_an_outcome_on_its_bound_is_no_miss() -> None:
    assert Widening().after(np.full(50, TAIL), np.full(50, TAIL)).low == pytest.approx(1.0)
    low, high = np.full((1, 4), -1.0), np.full((1, 4), 1.0)
    below, above = miss_shares(low, high, np.array([[-1.0, 1.0, -1.1, np.nan]]))
    assert (below.tolist(), above.tolist()) == ([1 / 3], [0.0])
    nothing = miss_shares(low, high, np.full((1, 4), np.nan))
    assert np.isnan(nothing).all()


# folds


@pytest.mark.parametrize(("groups", "test_groups", "sessions"), [(3, 2, 45), (4, 3, 80)])
def test_a_choice_that_leaves_nothing_to_learn_from_is_refused(
    groups: int, test_groups: int, sessions: int
) -> None:
    schedule = CombinatorialSchedule(groups=groups, test_groups=test_groups)
    with pytest.raises(
        DataError, match=r"expected sessions to learn from beside groups \(0, .*, found none 11"
    ):
        schedule.splits(sessions)
    assert all(split.train for split in schedule.splits(60 * groups))


def test_a_forecaster_of_folds_hears_no_label_of_the_groups_it_is_judged_on() -> None:
    samples = small_samples()
    schedule = CombinatorialSchedule(groups=2, test_groups=1)
    plain = combinatorial_scores(samples, RidgeForecaster(), schedule)
    (first, second) = (split.test[0] for split in schedule.splits(len(samples.sessions), samples.first_warm))
    labels = samples.labels.values.copy()
    labels[first.start : first.stop + schedule.gap_sessions] = 99.0
    spoilt = replace(samples, labels=replace(samples.labels, values=labels))
    found = combinatorial_scores(spoilt, RidgeForecaster(), schedule)
    np.testing.assert_array_equal(found[0][first.start : first.stop], plain[0][first.start : first.stop])
    assert not np.array_equal(
        found[0][second.start : second.stop], plain[0][second.start : second.stop], equal_nan=True
    )


def test_folds_of_another_horizon_are_refused() -> None:
    with pytest.raises(DataError, match="expected labels over 3 sessions, as the schedule purges, found 5"):
        combinatorial_scores(small_samples(), RidgeForecaster(), CombinatorialSchedule(horizon_sessions=3))


@some
@given(horizon=st.integers(1, 20), embargo=st.integers(5, 12), session=st.integers(0, 200))
def test_the_last_session_that_may_be_learned_from_is_known_an_embargo_ago(
    horizon: int, embargo: int, session: int
) -> None:
    schedule = Schedule(horizon_sessions=horizon, embargo_sessions=embargo)
    last = schedule.known_before(session) - 1
    assert last < 0 or last + horizon + 1 + embargo < session
    assert schedule.known_before(session) >= 0
