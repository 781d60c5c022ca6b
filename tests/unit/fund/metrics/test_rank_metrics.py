import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from fund.metrics.ranks import VALUES_AT_ONCE, average_ranks

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


def by_scipy(values):
    """The ranks of every row by another hand."""
    out = np.full(values.shape, NAN)
    for row, ranks in zip(values, out, strict=True):
        finite = np.isfinite(row)
        ranks[finite] = (rankdata(row[finite]) - 0.5) / max(finite.sum(), 1)
    return out


def tangled(shape, kind):
    """Values with a share missing, many equal, huge, tiny, and zeros of both signs."""
    random = np.random.default_rng(sum(map(ord, kind)))
    values = random.normal(size=shape)
    if kind == "ties":
        values = np.round(values * 3)
    if kind == "huge and tiny":
        values = np.exp(random.uniform(-700, 700, shape)) * np.sign(values)
    if kind == "signed zeros":
        values = np.where(random.uniform(size=shape) < 0.5, -0.0, 0.0)
    if kind == "neighbours":
        values = 1.0 + np.finfo(float).eps * random.integers(0, 5, shape)
    values[random.uniform(size=shape) < 0.2] = NAN
    return values


@pytest.mark.parametrize("kind", ["plain", "ties", "huge and tiny", "signed zeros", "neighbours"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 13), (3, 20_000)], ids=str)
def test_ranks_are_those_of_another_hand_to_the_bit(shape, kind):
    values = tangled(shape, kind)
    found = average_ranks(values)
    assert found.tobytes() == by_scipy(values).tobytes()


def test_rows_ranked_together_are_the_rows_ranked_alone():
    values = tangled((300, 131), "ties")
    values[::17] = NAN
    assert values.size > VALUES_AT_ONCE
    alone = np.vstack([average_ranks(row[None]) for row in values])
    assert average_ranks(values).tobytes() == alone.tobytes()


def test_the_last_value_of_a_row_is_no_tie_of_the_first_of_the_next():
    values = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 3.0], [3.0, 4.0]])
    expected = [[0.25, 0.75], [0.25, 0.75], [0.5, 0.5], [0.25, 0.75]]
    assert average_ranks(values).tolist() == expected


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_an_infinite_value_is_not_ranked_and_pushes_nobody_out_of_the_interval(infinite):
    values = np.array([[infinite, 2.0, 1.0, NAN, 1.0]])
    ranks = average_ranks(values)
    assert np.isnan(ranks[0, [0, 3]]).all()
    assert ranks[0, [1, 2, 4]].tolist() == [2.5 / 3, 1 / 3, 1 / 3]


@pytest.mark.parametrize("shape", [(0, 5), (4, 0), (0, 0)], ids=str)
def test_no_rows_or_no_columns_are_no_ranks(shape):
    assert average_ranks(np.empty(shape)).shape == shape


def test_how_values_lie_in_memory_changes_nothing_and_they_are_left_as_they_were():
    values = tangled((60, 50), "ties")
    kept, expected = values.copy(), average_ranks(values)
    values.flags.writeable = False
    wide = np.full((120, 150), 7.0)
    wide[::2, ::3] = values
    for other in (np.asfortranarray(values), wide[::2, ::3], values[:, ::-1][:, ::-1]):
        assert average_ranks(other).tobytes() == expected.tobytes()
    assert values.tobytes() == kept.tobytes()


@settings(max_examples=30)
@given(rows)
def test_turning_the_order_around_turns_the_ranks_around(row):
    values = np.array([row])
    ranks, turned = average_ranks(values), average_ranks(-values)
    np.testing.assert_allclose(ranks + turned, np.where(np.isnan(values), NAN, 1.0))
    assert np.isnan(ranks).all() or np.nanmean(ranks) == pytest.approx(0.5)
    assert ((ranks > 0) & (ranks < 1) | np.isnan(ranks)).all()
