from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.combinatorial import CombinatorialSchedule, combinatorial_scores
from fund.forecasting.families.baseline import RidgeForecaster
from fund.metrics.forecasts import rank_information_coefficients
from support.forecasters import small_samples

schedules = st.builds(
    CombinatorialSchedule,
    horizon_sessions=st.integers(1, 20),
    groups=st.integers(3, 7),
    test_groups=st.integers(1, 2),
    embargo_sessions=st.integers(5, 9),
)


def opens_of(session: int, horizon: int) -> set[int]:
    """The opens a label depends on: from the next one to the one a horizon later."""
    return set(range(session + 1, session + horizon + 2))


@given(schedule=schedules, sessions=st.integers(300, 420), first=st.integers(0, 30))
def test_no_label_that_is_learned_from_touches_a_test_or_its_embargo(schedule, sessions, first):
    for split in schedule.splits(sessions, first):
        learned = {open_ for t in split.train for open_ in opens_of(t, schedule.horizon_sessions)}
        for test in split.test:
            judged = {open_ for t in test for open_ in opens_of(t, schedule.horizon_sessions)}
            kept_apart = schedule.embargo_sessions
            assert not learned & set(range(min(judged) - kept_apart, max(judged) + kept_apart))
            assert not set(split.train) & set(test)
        assert min(split.train) >= first


@given(schedule=schedules)
def test_every_group_is_left_out_in_every_path_once(schedule):
    splits = schedule.splits(400)
    assert len(splits) == comb(schedule.groups, schedule.test_groups)
    left_out = [group for split in splits for group in split.groups]
    assert all(left_out.count(group) == schedule.paths for group in range(schedule.groups))
    whole = {t for split in splits for test in split.test for t in test}
    assert whole == set(range(400))


def test_every_path_scores_every_session_and_finds_nothing_in_a_random_walk():
    samples = small_samples()
    schedule = CombinatorialSchedule(groups=4)
    scores = combinatorial_scores(samples, RidgeForecaster(), schedule)
    assert len(scores) == 3
    warm = samples.table.present.copy()
    warm[: samples.first_warm] = False
    assert all((np.isfinite(path) == warm).all() for path in scores)
    ics = [np.nanmean(rank_information_coefficients(path, samples.labels.values)) for path in scores]
    assert np.abs(ics).max() < 0.05
    assert len(set(ics)) == 3


def test_senseless_schedules_and_short_histories_are_refused():
    with pytest.raises(DataError, match="test group"):
        CombinatorialSchedule(groups=4, test_groups=4)
    with pytest.raises(DataError, match="embargo"):
        CombinatorialSchedule(embargo_sessions=4)
    with pytest.raises(DataError, match="fewer groups"):
        CombinatorialSchedule(groups=6).splits(60)
    with pytest.raises(DataError, match="schedule's horizon"):
        combinatorial_scores(small_samples(), RidgeForecaster(), CombinatorialSchedule(horizon_sessions=20))
