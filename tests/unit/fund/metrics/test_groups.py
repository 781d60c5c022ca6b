"""Groups drawn by chance are told from chance as seldom as promised, and days count, not cases."""

import numpy as np
import pytest

from fund.metrics.groups import chance_of_groups, chance_of_sign, drawn_means, group_means

N = 60


def noise(seed: int, n: int = N) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(0, 0.02, n)


def thirds(n: int = N) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(n, dtype=np.int64) % 3


def test_groups_that_are_apart_are_told_apart() -> None:
    assert chance_of_groups(noise(1) + 0.05 * thirds(), thirds(), seed=3) == pytest.approx(1 / 2001)


def test_shuffled_labels_look_like_something_one_time_in_twenty() -> None:
    chances = [chance_of_groups(noise(seed), thirds(), seed=5, draws=300) for seed in range(150)]
    assert 0.01 <= np.mean([chance is not None and chance < 0.05 for chance in chances]) <= 0.10


def test_a_single_group_or_a_handful_of_cases_says_nothing() -> None:
    assert chance_of_groups(noise(1), np.zeros(N, dtype=np.int64), seed=3) is None
    assert chance_of_groups(noise(1, 19), thirds(19), seed=3) is None


def test_values_that_do_not_vary_are_all_chance() -> None:
    assert chance_of_groups(np.zeros(N), thirds(), seed=3) == 1.0


def test_a_group_on_enough_sessions_has_its_mean_inside_its_interval() -> None:
    values, days = noise(4, 90), np.arange(90)
    for at, found in enumerate(group_means(values, thirds(90), days, count=3, mean_block=1, seed=7)):
        assert found is not None
        assert found.value == pytest.approx(values[thirds(90) == at].mean())
        assert found.low < found.value < found.high
        assert found.n == 30


def test_many_cases_of_one_day_are_one_day() -> None:
    days = np.repeat(np.arange(30), 10)
    values = np.repeat(noise(8, 30), 10)
    (tied,) = group_means(values, np.zeros(300, dtype=np.int64), days, count=1, mean_block=1, seed=7)
    (free,) = group_means(
        values, np.zeros(300, dtype=np.int64), np.arange(300), count=1, mean_block=1, seed=7
    )
    assert tied is not None
    assert free is not None
    assert (tied.high - tied.low) > 2 * (free.high - free.low)


def test_too_few_days_have_no_interval_however_many_cases_they_hold() -> None:
    days = np.repeat(np.arange(19), 50)
    one = np.zeros(len(days), dtype=np.int64)
    assert group_means(noise(2, len(days)), one, days, count=1, mean_block=1, seed=7) == (None,)
    assert drawn_means(noise(2, len(days)), one, days, count=1, mean_block=1, seed=7) is None


def test_a_group_that_hardly_occurs_has_none_beside_one_that_has() -> None:
    groups = np.zeros(60, dtype=np.int64)
    groups[:3] = 1
    often, seldom = group_means(noise(3), groups, np.arange(60), count=2, mean_block=1, seed=7)
    assert often is not None
    assert seldom is None


def test_a_sum_far_from_zero_is_no_coin() -> None:
    assert chance_of_sign(np.full(40, 100.0), np.arange(40), seed=3) == pytest.approx(1 / 2001)
    chance = chance_of_sign(np.tile([100.0, -100.0], 20), np.arange(40), seed=3)
    assert chance is not None
    assert chance > 0.9


def test_a_coin_is_thrown_once_a_day() -> None:
    assert chance_of_sign(np.full(400, 1.0), np.repeat(np.arange(19), 22)[:400], seed=3) is None


def test_the_same_seed_draws_the_same() -> None:
    assert chance_of_groups(noise(6), thirds(), seed=9) == chance_of_groups(noise(6), thirds(), seed=9)
