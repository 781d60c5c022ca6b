import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from fund.errors import DataError
from fund.metrics.isotonic import isotonic
from fund.metrics.probability import log_loss

pairs = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1)), min_size=1, max_size=40)


@given(pairs)
def test_it_is_the_least_squares_curve_that_rises(drawn):
    scores, outcomes = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    found = isotonic(scores, outcomes)
    places, at, weights = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(at, weights=outcomes) / weights
    reference = isotonic_regression(means, weights=weights)
    assert found.at(places) == pytest.approx(reference.x)
    assert (np.diff(found.values) > 0).all()
    assert found.counts.sum() == len(drawn)


def test_scores_beyond_the_ends_stand_on_the_last_step_and_missing_ones_on_none():
    found = isotonic(np.array([0.1, 0.2, 0.3]), np.array([0.0, 1.0, 1.0]))
    assert found.at(np.array([-1.0, 0.15, 9.0])).tolist() == [0.0, 1.0, 1.0]
    assert np.isnan(found.at(np.array([np.nan]))).all()


def test_nothing_and_missing_pairs_are_refused():
    with pytest.raises(DataError, match="finite pairs"):
        isotonic(np.array([]), np.array([]))
    with pytest.raises(DataError, match="finite pairs"):
        isotonic(np.array([1.0, np.nan]), np.array([1.0, 0.0]))


def test_the_loss_is_the_logarithm_of_what_was_given_to_what_came():
    loss = log_loss(np.array([0.8, 0.8, 1.0]), np.array([True, False, False]))
    assert loss == pytest.approx([-np.log(0.8), -np.log(0.2), -np.log(0.001)])
