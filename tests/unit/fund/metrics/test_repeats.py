"""pass^k is unbiased, falls with k, and trials agree by pairs."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.metrics.repeats import agreements, pass_all

nan = np.nan
passes = st.lists(st.lists(st.sampled_from([0.0, 1.0, nan]), min_size=5, max_size=5), min_size=1, max_size=9)


def test_it_is_the_share_of_ways_to_take_k_trials_that_all_passed() -> None:
    passed = np.array([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0], [1, 1, nan, nan]])
    assert pass_all(passed, 2).tolist() == [0.5, 1.0, 0.0, 1.0]
    assert pass_all(passed, 1).tolist() == [0.75, 1.0, 0.0, 1.0]


def test_fewer_trials_than_k_say_nothing() -> None:
    assert np.isnan(pass_all(np.array([[1.0, 1.0, nan]]), 3)).all()


@given(passes)
def test_more_trials_to_pass_are_never_easier(rows: list[list[float]]) -> None:
    found = [pass_all(np.array(rows), k) for k in (1, 2, 3)]
    for easier, harder in pairwise(found):
        known = np.isfinite(harder)
        assert (easier[known] >= harder[known]).all()


def test_it_is_right_on_average() -> None:
    passed = (np.random.default_rng(1).random((20_000, 5)) < 0.8).astype(float)
    assert pass_all(passed, 3).mean() == pytest.approx(0.8**3, abs=0.01)


@pytest.mark.parametrize(("passed", "k"), [([[0.5]], 1), ([[1.0]], 0), ([[2.0]], 1)])
def test_what_is_no_pass_is_refused(passed: list[list[float]], k: int) -> None:
    with pytest.raises(DataError, match="passes of 0 or 1"):
        pass_all(np.array(passed), k)


def test_trials_agree_by_pairs_and_silence_is_no_answer() -> None:
    found = agreements([["a", "a", "b", "b"], ["a", "a", None], ["a", None], ["a", "b"], []])
    assert found[:2].tolist() == [pytest.approx(1 / 3), 1.0]
    assert found[3] == 0.0
    assert np.isnan(found[[2, 4]]).all()
