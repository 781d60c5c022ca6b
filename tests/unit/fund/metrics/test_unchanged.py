"""Shuffled trials: the error is the shuffle's own, and an unchanged contestant is seldom suspected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fund.errors import DataError
from fund.metrics.unchanged import FloatArray, trial_noise

scores = arrays.arrays(
    np.float64, (6, 3), elements=st.integers(-8, 8).map(lambda step: step / 4) | st.just(np.nan)
)


@given(scores, scores)
def test_swapping_turns_the_gap_and_keeps_the_error(first: FloatArray, second: FloatArray) -> None:
    one, other = trial_noise(first, second), trial_noise(second, first)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert (one.gap, one.error) == pytest.approx((-other.gap, other.error))


def test_the_error_is_what_shuffling_makes() -> None:
    rng = np.random.default_rng(1)
    trials = rng.normal(size=(5, 8))
    found = trial_noise(trials[:, :3], trials[:, 3:])
    assert found is not None
    drawn = rng.permuted(np.broadcast_to(trials, (20_000, 5, 8)).copy(), axis=2)
    gaps = (drawn[:, :, :3].mean(axis=2) - drawn[:, :, 3:].mean(axis=2)).mean(axis=1)
    assert found.error == pytest.approx(gaps.std(), rel=0.03)


def test_an_unchanged_contestant_is_suspected_as_seldom_as_said() -> None:
    rng = np.random.default_rng(2)
    chances = rng.beta(2, 1, (4000, 100, 1))
    one, other = (rng.random((4000, 100, 4)) < chances for _ in range(2))
    suspected = []
    for first, second in zip(one.astype(float), other.astype(float), strict=True):
        noise = trial_noise(first, second)
        assert noise is not None
        suspected.append(noise.p_above <= 0.01)
    assert 0.004 <= np.mean(suspected) <= 0.014


def test_trials_that_never_differ_raise_no_suspicion_and_no_case_says_nothing() -> None:
    same = trial_noise(np.ones((5, 4)), np.ones((5, 4)))
    assert same is not None
    assert same.p_above == 1.0
    assert trial_noise(np.full((5, 4), np.nan), np.ones((5, 4))) is None
    with pytest.raises(DataError, match="the same cases"):
        trial_noise(np.ones((5, 4)), np.ones((4, 4)))
