"""McNemar's exact test counts the cases that two contestants differ in, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fund.errors import DataError
from fund.metrics.mcnemar import RightAndWrong, right_and_wrong

counts = st.integers(0, 60)


def a_table(only_first: int, only_second: int, both: int = 10, neither: int = 5) -> RightAndWrong:
    return RightAndWrong(both=both, only_first=only_first, only_second=only_second, neither=neither)


@given(counts, counts, counts)
def test_p_is_the_exact_binomial_one_whatever_they_agree_in(one: int, other: int, both: int) -> None:
    found = a_table(one, other, both=both).p_value
    assert found == pytest.approx(a_table(other, one).p_value)
    if one + other:
        assert found == pytest.approx(stats.binomtest(one, one + other).pvalue)


def test_contestants_who_never_differ_are_no_evidence() -> None:
    assert a_table(0, 0).p_value == 1.0


def test_a_case_is_right_by_more_than_half_of_its_trials_and_counts_where_both_can_be_scored() -> None:
    nan = np.nan
    first = np.array([[1, 1, 0], [1, 0, nan], [0, 0, 1], [nan, nan, nan], [1, 1, 1], [1, nan, nan]])
    second = np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 1], [nan, nan, nan], [1, 1, 0]])
    found = right_and_wrong(first, second)
    assert found == RightAndWrong(both=1, only_first=1, only_second=1, neither=1)
    assert found.n == 4


def test_other_cases_are_refused() -> None:
    with pytest.raises(DataError, match="the same cases"):
        right_and_wrong(np.zeros((3, 1)), np.zeros((4, 1)))
