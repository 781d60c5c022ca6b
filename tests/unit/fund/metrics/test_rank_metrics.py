import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.metrics.ranks import average_ranks

NAN = np.nan


def test_ranks_run_from_worst_to_best_and_average_one_half():
    ranks = average_ranks(np.array([[30.0, 10.0, 20.0, 40.0]]))
    assert ranks.tolist() == [[0.625, 0.125, 0.375, 0.875]]
    assert ranks.mean() == 0.5


def test_equal_values_share_their_mean_rank():
    assert average_ranks(np.array([[5.0, 1.0, 5.0, 5.0]])).tolist() == [[0.625, 0.125, 0.625, 0.625]]


def test_a_missing_value_is_neither_ranked_nor_counted():
    ranks = average_ranks(np.array([[2.0, NAN, 1.0]]))
    assert ranks[0, [0, 2]].tolist() == [0.75, 0.25]
    assert np.isnan(ranks[0, 1])


def test_a_row_without_values_stays_empty():
    assert np.isnan(average_ranks(np.full((2, 3), NAN))).all()


rows = st.lists(st.one_of(st.just(NAN), st.integers(-3, 3).map(float)), min_size=1, max_size=12)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_columns_does_not_matter(row, random):
    order = list(range(len(row)))
    random.shuffle(order)
    values = np.array([row])
    np.testing.assert_array_equal(average_ranks(values)[:, order], average_ranks(values[:, order]))


@given(rows)
def test_a_rank_is_the_share_below_plus_half_of_the_share_equal(row):
    values = np.array(row)
    finite = values[np.isfinite(values)]
    for value, rank in zip(values, average_ranks(values[None])[0], strict=True):
        if np.isnan(value):
            assert np.isnan(rank)
        else:
            expected = ((finite < value).sum() + 0.5 * (finite == value).sum()) / len(finite)
            assert rank == pytest.approx(expected)
