"""Paired comparisons: symmetric, indifferent to order, and as sure as they say, also of few or tied cases."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fund.errors import DataError
from fund.metrics.paired import FloatArray, case_means, paired_difference, smallest_detectable

grid = st.integers(-16, 16).map(lambda step: step / 8) | st.just(np.nan)
scores = arrays.arrays(np.float64, (24, 2), elements=grid)
Draw = Callable[[np.random.Generator, int], FloatArray]


def some(seed: int, cases: int = 40, trials: int = 4, mean: float = 0.0) -> FloatArray:
    return np.random.default_rng(seed).normal(mean, 1.0, (cases, trials))


@given(scores, scores)
def test_swapping_the_contestants_flips_the_sign_and_nothing_else(
    first: FloatArray, second: FloatArray
) -> None:
    one = paired_difference(first, second, seed=1, draws=100)
    other = paired_difference(second, first, seed=1, draws=100)
    if one.mean != 0:
        assert one == other.reversed


@given(scores, scores, st.permutations(range(24)))
def test_the_order_of_the_cases_changes_nothing(
    first: FloatArray, second: FloatArray, order: list[int]
) -> None:
    blocks = np.arange(24) // 2
    one = paired_difference(first, second, blocks=blocks, seed=1, draws=100)
    assert one == paired_difference(first[order], second[order], blocks=blocks[order], seed=1, draws=100)


@given(scores, st.integers(1, 5))
def test_a_constant_gap_is_that_gap(first: FloatArray, step: int) -> None:
    found = paired_difference(first + step, first, seed=1, draws=100)
    shared = int(np.isfinite(first).any(axis=1).sum())
    assert found.cases == shared
    if shared >= 20:
        assert found.interval is not None
        assert (found.mean, found.interval.low, found.interval.high) == (step, step, step)
        assert found.p_value == pytest.approx(1 / 101)


@given(scores, scores)
def test_the_interval_excludes_nothing_where_the_p_says_chance(first: FloatArray, second: FloatArray) -> None:
    found = paired_difference(first, second, seed=1, draws=400)
    if found.interval is not None and found.p_value is not None and abs(found.p_value - 0.05) > 0.005:
        assert (found.interval.low > 0 or found.interval.high < 0) == (found.p_value < 0.05)


def test_a_case_counts_by_the_mean_of_its_scorable_trials_and_where_both_have_one() -> None:
    nan = np.nan
    assert case_means(np.array([[1.0, nan, 0.0], [nan, nan, nan]])).tolist()[0] == 0.5
    first, second = some(1, 30), some(2, 30)
    first[:3], second[2:5], second[10, :2] = nan, nan, nan
    found = paired_difference(first, second, seed=3)
    assert (found.cases, found.clusters, found.trials) == (25, 25, 2)
    gone = np.r_[5:30]
    assert found == paired_difference(first[gone], second[gone], seed=3)


def test_below_twenty_shared_cases_or_ten_clusters_there_is_a_mean_and_no_more() -> None:
    few = paired_difference(some(1, 19), some(2, 19), seed=3)
    assert few.mean is not None
    assert (few.interval, few.p_value, few.p_above, few.smallest_detectable) == (None, None, None, None)
    tied = paired_difference(some(1), some(2), blocks=np.arange(40) % 9, seed=3)
    assert (tied.interval, tied.p_value, tied.clusters) == (None, None, 9)
    none = paired_difference(np.full((30, 2), np.nan), some(2, 30), seed=3)
    assert (none.mean, none.cases, none.trials, none.reversed.mean) == (None, 0, 0, None)


def test_the_same_scores_twice_are_no_difference() -> None:
    found = paired_difference(some(1), some(1), seed=3)
    assert (found.mean, found.p_value, found.error) == (0.0, 1.0, 0.0)


def test_one_sided_p_is_small_for_the_better_and_large_for_the_worse() -> None:
    found = paired_difference(some(1, mean=1.0), some(2), seed=3)
    assert found.p_above is not None
    assert found.p_above < 0.001
    assert found.reversed.p_above == pytest.approx(1.0 - found.p_above)


def test_cases_of_one_cluster_are_not_counted_as_if_they_were_many() -> None:
    session = np.repeat(np.arange(30), 6)
    shared = np.random.default_rng(4).normal(size=30)[session, None]
    alone = paired_difference(some(1, 180, 1) / 4 + shared, np.zeros((180, 1)), seed=3)
    together = paired_difference(some(1, 180, 1) / 4 + shared, np.zeros((180, 1)), blocks=session, seed=3)
    assert alone.mean == pytest.approx(together.mean)
    assert alone.error is not None
    assert together.error is not None
    assert together.error > 2 * alone.error


def test_the_smallest_detectable_effect_is_found_eight_times_in_ten() -> None:
    effect = smallest_detectable(1.0 / np.sqrt(80))
    found = [
        paired_difference(some(seed, 80, 1, mean=effect), np.zeros((80, 1)), seed=1, draws=1000).p_value
        for seed in range(400)
    ]
    assert 0.74 <= np.mean([p is not None and p < 0.05 for p in found]) <= 0.86
    stricter = smallest_detectable(1.0, level=0.01)
    assert stricter > smallest_detectable(1.0) == pytest.approx(2.8016, abs=1e-4)


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        pytest.param(lambda rng, n: rng.normal(size=n), 0.0, id="even"),
        pytest.param(lambda rng, n: rng.standard_t(3, size=n), 0.0, id="heavy tails"),
        pytest.param(
            lambda rng, n: rng.choice([-1.0, 0.0, 1.0], n, p=[0.05, 0.9, 0.05]), 0.0, id="mostly ties"
        ),
        pytest.param(
            lambda rng, n: rng.choice([-1.0, 0.0, 1.0], n, p=[0.03, 0.84, 0.13]), 0.1, id="lopsided"
        ),
    ],
)
@pytest.mark.parametrize("n", [24, 120])
def test_the_interval_holds_the_true_gap_as_often_as_it_says(draw: Draw, mean: float, n: int) -> None:
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(400):
        found = paired_difference(draw(rng, n)[:, None], np.zeros((n, 1)), seed=2, draws=1000).interval
        assert found is not None
        held += found.low <= mean <= found.high
    assert held / 400 >= 0.92


def test_the_interval_holds_the_true_gap_where_cases_come_in_clusters() -> None:
    rng = np.random.default_rng(7)
    session = np.repeat(np.arange(15), rng.integers(2, 8, size=15))
    held = 0
    for _ in range(400):
        gaps = rng.normal(size=15)[session] + rng.normal(size=len(session))
        found = paired_difference(
            gaps[:, None], np.zeros((len(gaps), 1)), blocks=session, seed=2, draws=1000
        ).interval
        assert found is not None
        held += found.low <= 0.0 <= found.high
    assert held / 400 >= 0.92


@pytest.mark.parametrize(
    ("first", "second", "blocks"),
    [
        (np.zeros(30), np.zeros((30, 1)), None),
        (np.zeros((30, 1)), np.zeros((31, 1)), None),
        (np.full((30, 1), np.inf), np.zeros((30, 1)), None),
        (np.zeros((30, 1)), np.zeros((30, 1)), np.zeros(29, dtype=np.int64)),
    ],
)
def test_scores_that_do_not_belong_together_are_refused(
    first: FloatArray, second: FloatArray, blocks: np.ndarray[tuple[int], np.dtype[np.int64]] | None
) -> None:
    with pytest.raises(DataError, match="expected"):
        paired_difference(first, second, blocks=blocks, seed=1)


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(DataError, match="at least 100 draws"):
        paired_difference(some(1), some(2), seed=1, draws=99)
