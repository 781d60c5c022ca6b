import numpy as np
import pytest

from fund.features.cross_section import cross_rank, less_mean, less_sector_mean

NAN = np.nan


def test_only_members_are_ranked_and_counted():
    values = np.array([[1.0, 100.0, 2.0, 3.0]])
    ranks = cross_rank(values, np.array([[True, False, True, True]]))
    assert ranks[0, [0, 2, 3]] == pytest.approx([-1 / 3, 0.0, 1 / 3])
    assert np.isnan(ranks[0, 1])


def test_an_outsider_cannot_move_anyone():
    random = np.random.default_rng(0)
    values, members = random.normal(size=(5, 20)), np.ones((5, 20), dtype=bool)
    members[:, 7] = False
    shocked = values.copy()
    shocked[:, 7] = 1e9
    sectors = np.arange(20) % 3
    np.testing.assert_array_equal(cross_rank(values, members), cross_rank(shocked, members))
    others = members[0]
    for a, b in (
        (less_mean(values, members), less_mean(shocked, members)),
        (less_sector_mean(values, members, sectors), less_sector_mean(shocked, members, sectors)),
    ):
        np.testing.assert_array_equal(a[:, others], b[:, others])


def test_an_infinite_value_is_missing_not_best():
    ranks = cross_rank(np.array([[1.0, np.inf, 2.0]]), np.ones((1, 3), dtype=bool))
    assert np.isnan(ranks[0, 1])
    assert ranks[0, [0, 2]].tolist() == [-0.25, 0.25]


def test_the_members_excess_averages_zero():
    values = np.array([[0.1, 0.3, NAN, 0.9]])
    excess = less_mean(values, np.array([[True, True, True, False]]))
    assert excess[0, [0, 1, 3]] == pytest.approx([-0.1, 0.1, 0.7])
    assert np.isnan(less_mean(values, np.zeros((1, 4), dtype=bool))).all()


def test_a_sector_is_compared_with_itself_and_no_sector_with_nothing():
    values = np.array([[1.0, 3.0, 10.0, 20.0, 7.0]])
    excess = less_sector_mean(values, np.ones((1, 5), dtype=bool), np.array([0, 0, 1, 1, -1]))
    assert excess[0, :4].tolist() == [-1.0, 1.0, -5.0, 5.0]
    assert np.isnan(excess[0, 4])
