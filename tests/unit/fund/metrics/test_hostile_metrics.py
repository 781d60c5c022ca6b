"""Metrics are attacked: constants, copies, prefixes, orders, units, and what a plain second one says."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.cointegration import cointegration, engle_granger_p
from fund.metrics.drift import kolmogorov_smirnov, page_hinkley, population_stability_index
from fund.metrics.overfitting import backtest_overfitting, superior_ability
from fund.metrics.sequential import sequential_difference

FloatArray = NDArray[np.float64]

steps = st.integers(-40, 40).map(lambda step: step / 8)
some = settings(max_examples=12)


def drawn(n: int, *shape: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(n, *shape))


def walks(count: int, n: int = 80, seed: int = 0) -> FloatArray:
    return np.cumsum(drawn(n, count, seed=seed), axis=0)


# cointegration


def test_a_spread_that_repeats_exactly_is_undefined_and_does_not_stop_the_others() -> None:
    y = np.array([0.0, 1.0] * 40)
    others = np.column_stack([np.array([0.0, 0.0, 1.0, 1.0] * 20), walks(1)[:, 0]])
    found = cointegration(y, others)
    assert np.isnan(found.statistic[0])
    assert found.p_value[0] == 1.0
    alone = cointegration(y, others[:, 1:])
    assert found.statistic[1] == pytest.approx(alone.statistic[0], rel=1e-5)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_pair_is_tested_the_same_alone_and_in_any_company(lag: int) -> None:
    series = walks(6)
    whole = cointegration(series[:, 0], series[:, 1:], lag=lag)
    for at in range(5):
        alone = cointegration(series[:, 0], series[:, [at + 1]], lag=lag)
        for name in ("slope", "intercept", "statistic", "p_value", "deviation", "half_life"):
            np.testing.assert_allclose(getattr(whole, name)[at], getattr(alone, name)[0], rtol=1e-10)


@some
@given(scale=st.sampled_from([1e-6, 0.5, 3.0, 1e6]), shift=st.sampled_from([-1e3, 0.0, 7.0]))
def test_the_unit_of_either_series_changes_no_statistic(scale: float, shift: float) -> None:
    series = walks(4)
    plain = cointegration(series[:, 0], series[:, 1:])
    y_moved = cointegration(scale * series[:, 0] + shift, series[:, 1:])
    x_moved = cointegration(series[:, 0], scale * series[:, 1:] + shift)
    for moved, slope, deviation in ((y_moved, scale, scale), (x_moved, 1.0 / scale, 1.0)):
        np.testing.assert_allclose(moved.statistic, plain.statistic, rtol=1e-6)
        np.testing.assert_allclose(moved.slope, slope * plain.slope, rtol=1e-6)
        np.testing.assert_allclose(moved.deviation, deviation * plain.deviation, rtol=1e-6)


def test_a_series_is_cointegrated_with_nothing_through_a_copy_of_itself() -> None:
    series = walks(1)[:, 0]
    found = cointegration(series, np.column_stack([series, 2.0 * series + 1.0, -series]))
    assert (found.p_value == 1.0).all()
    assert np.isinf(found.half_life).all()


def test_a_p_value_is_whole_at_the_right_end_and_never_negative_at_the_left() -> None:
    p = engle_granger_p(np.array([np.nan, np.inf, 5.0, -4.0, -30.0, -np.inf]))
    assert p[:3].tolist() == [1.0, 1.0, 1.0]
    assert 0.0 < p[5] == p[4] < 1e-20 < p[3] < 0.01


@pytest.mark.parametrize(
    ("y", "x", "lag"),
    [
        (np.zeros((40, 1)), np.zeros((40, 2)), 1),
        (np.zeros(40), np.zeros(40), 1),
        (np.zeros(40), np.zeros((41, 2)), 1),
        (np.zeros(29), np.zeros((29, 2)), 1),
        (np.zeros(40), np.zeros((40, 2)), -1),
        (np.zeros(40), np.full((40, 2), np.inf), 1),
    ],
    ids=["y is a table", "x is a row", "lengths differ", "too short", "no lag", "infinite"],
)
def test_what_cannot_be_tested_for_cointegration_is_refused(y: FloatArray, x: FloatArray, lag: int) -> None:
    with pytest.raises(DataError, match=r"expected series .*;|expected a series .*; take a longer"):
        cointegration(y, x, lag=lag)


def test_no_other_series_gives_no_figure() -> None:
    assert cointegration(walks(1)[:, 0], np.zeros((80, 0))).p_value.shape == (0,)


# overfitting and superiority


@pytest.mark.parametrize("constant", [0.01 / 3, -0.1 / 3, 1e-9, 1e6 / 7])
def test_a_strategy_that_never_varies_counts_as_a_ratio_of_nothing(constant: float) -> None:
    returns = 0.01 * drawn(96, 4)
    held, nothing = returns.copy(), returns.copy()
    held[:, 2], nothing[:, 2] = constant, 0.0
    with_constant, with_nothing = (backtest_overfitting(each, parts=6) for each in (held, nothing))
    assert with_constant is not None
    assert with_nothing is not None
    assert with_constant.probability == with_nothing.probability


def test_strategies_that_are_one_strategy_are_overfitting_half_of_the_time() -> None:
    found = backtest_overfitting(np.repeat(drawn(64, 1), 5, axis=1), parts=8)
    assert found is not None
    assert found.probability == 0.5


@some
@given(order=st.permutations(range(5)), scale=st.sampled_from([1e-8, 0.25, 64.0]))
def test_neither_the_order_of_strategies_nor_their_leverage_overfits(order: list[int], scale: float) -> None:
    returns = drawn(50, 5, seed=3)
    plain, moved = (backtest_overfitting(each, parts=4) for each in (returns, scale * returns[:, order]))
    assert plain is not None
    assert moved is not None
    assert (moved.probability, moved.loss) == (plain.probability, plain.loss)


def test_sessions_that_fill_no_block_have_no_say() -> None:
    returns = drawn(50, 4)
    spoilt = returns.copy()
    spoilt[:2] = 1e6
    assert backtest_overfitting(spoilt, parts=16) == backtest_overfitting(returns, parts=16)
    spoilt[2] = 1e6
    assert backtest_overfitting(spoilt, parts=16) != backtest_overfitting(returns, parts=16)


def test_every_half_is_judged_once_each_way_so_halves_may_be_swapped() -> None:
    returns = drawn(48, 3, seed=5)
    blocks = returns.reshape(6, 8, 3)
    found = {
        backtest_overfitting(blocks[list(o)].reshape(48, 3), parts=6)
        for o in ((0, 1, 2, 3, 4, 5), (5, 3, 1, 0, 2, 4))
    }
    assert len(found) == 1
    assert next(iter(found)).halves == len(list(combinations(range(6), 3)))  # type: ignore[union-attr]


def test_a_constant_excess_is_not_superior_and_does_not_stop_the_test() -> None:
    excess = 0.01 * drawn(60, 3)
    excess[:, 1] = 0.1 / 3
    found = superior_ability(excess, seed=0, draws=200)
    without = superior_ability(np.delete(excess, 1, axis=1), seed=0, draws=200)
    assert found is not None
    assert without is not None
    assert (found.p_value, found.value, found.strategies) == (without.p_value, without.value, 3)
    assert superior_ability(np.full((30, 2), 0.1), seed=0, draws=50) is None
    assert superior_ability(np.zeros((0, 2)), seed=0, draws=50) is None


def test_superiority_does_not_depend_on_the_unit_and_names_the_best_by_its_place() -> None:
    excess = drawn(80, 4, seed=2)
    excess[:, 3] += 0.6
    plain, percent = (superior_ability(each, seed=1, draws=200) for each in (excess, 100.0 * excess))
    turned = superior_ability(excess[:, ::-1], seed=1, draws=200)
    assert plain is not None
    assert percent is not None
    assert turned is not None
    assert (plain.best, percent.best, turned.best) == (3, 3, 0)
    assert plain.p_value == percent.p_value == turned.p_value < 0.05
    assert superior_ability(excess, seed=1, draws=200) == plain


# a mean watched all the time


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_longer_record_never_takes_back_what_was_decided(lag: int) -> None:
    differences = drawn(120, seed=4) + 0.45
    found = [sequential_difference(differences[:n], lag=lag) for n in range(1, 121)]
    told = [each for each in found if each is not None]
    p = [each.p_value for each in told]
    assert p == sorted(p, reverse=True)
    decided = [each.decided for each in told if each.decided is not None]
    assert decided
    assert len(set(decided)) == 1
    assert decided[0] % max(1, 2 * lag) == 0


@some
@given(values=st.lists(steps, min_size=5, max_size=40), scale=st.sampled_from([1e-9, 0.5, 1e9]))
def test_the_unit_of_differences_changes_no_decision_and_their_sign_mirrors_it(
    values: list[float], scale: float
) -> None:
    plain, large, mirrored = (
        sequential_difference(factor * np.array(values), lag=0) for factor in (1.0, scale, -1.0)
    )
    assert plain is not None
    assert large is not None
    assert mirrored is not None
    assert large.decided == plain.decided == mirrored.decided
    assert large.p_value == pytest.approx(plain.p_value, rel=1e-6)
    if plain.low is not None and plain.high is not None:
        assert mirrored.low == pytest.approx(-plain.high)
        assert large.high == pytest.approx(scale * plain.high)


@pytest.mark.parametrize("value", [0.1, -3.0, 1e-12])
def test_differences_that_never_vary_have_no_bounds_whatever_they_are(value: float) -> None:
    found = sequential_difference(np.full(200, value), lag=0)
    assert found is not None
    assert (found.low, found.high, found.p_value, found.decided) == (None, None, 1.0, None)
    assert found.value == pytest.approx(value)


def test_a_last_block_that_is_not_full_has_no_say() -> None:
    differences = drawn(47)
    spoilt = differences.copy()
    spoilt[42:] = 1e9
    assert sequential_difference(spoilt, lag=3) == sequential_difference(differences, lag=3)


# drift


@some
@given(scale=st.sampled_from([0.5, 4.0, 1024.0]), seed=st.integers(0, 9))
def test_the_unit_of_values_is_no_drift(scale: float, seed: int) -> None:
    reference, sample = drawn(120, seed=seed), drawn(90, seed=seed + 50)
    for measure in (population_stability_index, kolmogorov_smirnov):
        assert measure(scale * reference, scale * sample) == measure(reference, sample)
        assert measure(reference, np.sort(sample)[::-1]) == measure(reference, sample)


def test_the_distance_is_symmetric_and_infinite_values_are_missing_ones() -> None:
    reference, sample = drawn(40), drawn(30, seed=1)
    there, back = kolmogorov_smirnov(reference, sample), kolmogorov_smirnov(sample, reference)
    assert there is not None
    assert back is not None
    assert (there.statistic, there.by_chance) == (back.statistic, back.by_chance)
    assert (there.n_reference, there.n) == (back.n, back.n_reference)
    assert kolmogorov_smirnov(np.append(reference, [np.inf, -np.inf]), sample) == there


def test_a_reference_of_two_values_still_has_an_index_and_a_swap_of_them_is_found() -> None:
    reference = np.array([0.0] * 90 + [1.0] * 10)
    same = population_stability_index(reference, reference)
    swapped = population_stability_index(reference, 1.0 - reference)
    assert same is not None
    assert swapped is not None
    assert same.statistic == 0.0
    assert swapped.statistic > 1.0
    assert swapped.found


def test_values_beyond_the_reference_fall_into_its_outer_bins() -> None:
    reference = drawn(200)
    far, near = np.full(60, 1e12), np.full(60, float(reference.max()))
    assert population_stability_index(reference, far) == population_stability_index(reference, near)


def test_an_alarm_that_chance_never_raises_is_infinitely_far_apart() -> None:
    found = page_hinkley(drawn(30), drawn(5), tolerance=1.0, threshold=400.0)
    assert found is not None
    assert math.isinf(found.values_between_false_alarms)
    assert found.alarm is None


@some
@given(values=st.lists(steps, max_size=30), threshold=st.sampled_from([0.5, 2.0, 6.0]))
def test_the_alarm_is_that_of_a_sum_kept_above_nothing(values: list[float], threshold: float) -> None:
    reference = drawn(40)
    found = page_hinkley(reference, np.array(values, dtype=float), tolerance=0.5, threshold=threshold)
    standing, highest, alarm = 0.0, 0.0, None
    for at, value in enumerate(values):
        excess = (value - reference.mean()) / reference.std(ddof=1) - 0.5
        standing = max(0.0, standing + excess)
        highest = max(highest, standing)
        if alarm is None and standing > threshold:
            alarm = at
    assert found is not None
    assert found.alarm == alarm
    assert found.statistic == pytest.approx(highest)


def test_missing_values_move_no_alarm_but_its_place() -> None:
    values = np.array([0.0, 3.0, 3.0, 3.0])
    holes = np.array([np.nan, 0.0, np.inf, 3.0, np.nan, 3.0, 3.0])
    plain, missing = (page_hinkley(drawn(40), each, threshold=4.0) for each in (values, holes))
    assert plain is not None
    assert missing is not None
    assert plain.statistic == missing.statistic
    assert (plain.alarm, missing.alarm) == (2, 5)
    assert (plain.n, missing.n) == (4, 4)
