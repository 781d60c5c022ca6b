"""Kappa is 1 for raters who agree, 0 for those who agree by chance, and never surer than the cases allow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.metrics.kappa import cohen_kappa

words = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=10, max_size=40)


def test_the_example_of_the_textbook() -> None:
    """50 applications, two readers: 20 both yes, 5 and 10 apart, 15 both no."""
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = cohen_kappa(first, second)
    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert found.low < 0.4 < found.high < 0.7


@given(words)
def test_who_is_called_first_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found = cohen_kappa(first, second)
    assert found == cohen_kappa(second, first)
    assert found is None or -1 - 1e-9 <= found.value <= 1


def test_full_agreement_on_twenty_cases_is_not_certainty() -> None:
    rated = ["buy", "hold"] * 10
    found = cohen_kappa(rated, rated)
    assert found is not None
    assert (found.value, found.high, found.n) == (1.0, 1.0, 20)
    assert found.low < 0.75


def test_what_one_rater_left_out_is_left_out_and_a_handful_says_nothing() -> None:
    first: list[str | None] = ["a", "b"] * 6
    second: list[str | None] = [None, None, *first[2:]]
    found = cohen_kappa(first, second)
    assert found is not None
    assert found.n == 10
    assert cohen_kappa(first, [None, *second[:-1]]) is None
    assert cohen_kappa([], []) is None


def test_raters_with_one_word_have_nothing_to_agree_on() -> None:
    assert cohen_kappa(["a"] * 20, ["a"] * 20) is None


def test_raters_of_other_cases_are_refused() -> None:
    with pytest.raises(DataError, match="the same cases"):
        cohen_kappa(["a"], ["a", "b"])


@pytest.mark.parametrize("kappa", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("yes", [0.5, 0.8])
def test_on_a_sheet_of_twenty_the_interval_holds_the_truth_as_often_as_it_says(
    kappa: float, yes: float
) -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(400):
        first = rng.random(20) < yes
        second = np.where(rng.random(20) < kappa, first, rng.random(20) < yes)
        found = cohen_kappa([str(rated) for rated in first], [str(rated) for rated in second])
        held += [] if found is None else [found.low <= kappa <= found.high]
    assert np.mean(held) >= 0.92
