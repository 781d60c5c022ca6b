import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.features.labels import label_known_index
from fund.forecasting.validation import Schedule

schedules = st.builds(
    Schedule,
    horizon_sessions=st.integers(1, 20),
    refit_sessions=st.integers(1, 40),
    embargo_sessions=st.integers(5, 15),
    min_train_sessions=st.integers(1, 60),
    max_train_sessions=st.one_of(st.none(), st.integers(60, 120)),
)


@given(schedules, st.integers(200, 400), st.integers(0, 60))
def test_every_label_learned_from_is_known_an_embargo_before_it_is_used(schedule, sessions, first):
    known = label_known_index(sessions, schedule.horizon_sessions)
    for split in schedule.splits(sessions, first):
        assert known[split.train[-1]] + schedule.embargo_sessions <= split.test[0]


@given(schedules, st.integers(200, 400), st.integers(0, 60))
def test_tests_follow_each_other_to_the_last_session_without_a_hole(schedule, sessions, first):
    splits = schedule.splits(sessions, first)
    tested = [t for split in splits for t in split.test]
    assert tested == list(range(splits[0].test[0], sessions))
    assert all(len(split.test) == schedule.refit_sessions for split in splits[:-1])


@given(schedules, st.integers(200, 400), st.integers(0, 60))
def test_training_starts_warm_and_is_long_enough(schedule, sessions, first):
    for split in schedule.splits(sessions, first):
        assert split.train[0] >= first
        assert len(split.train) >= schedule.min_train_sessions
        assert len(split.train) <= (schedule.max_train_sessions or sessions)


@given(schedules, st.integers(200, 300), st.integers(1, 100))
def test_more_sessions_only_add_to_what_was_there(schedule, sessions, more):
    before, after = schedule.splits(sessions), schedule.splits(sessions + more)
    assert [s.train for s in after[: len(before)]] == [s.train for s in before]
    assert [s.test[0] for s in after[: len(before)]] == [s.test[0] for s in before]


def test_a_growing_window_keeps_its_start_and_a_rolling_one_its_length():
    growing = Schedule(min_train_sessions=40).splits(200)
    rolling = Schedule(min_train_sessions=40, max_train_sessions=40).splits(200)
    assert {split.train[0] for split in growing} == {0}
    assert {len(split.train) for split in rolling} == {40}


def test_the_default_leaves_eleven_sessions_between_learning_and_forecasting():
    split = Schedule().splits(200)[0]
    assert split.train == range(84)
    assert split.test[0] == 84 + 5 + 1 + 5


def test_a_history_too_short_for_one_fold_says_how_much_is_missing():
    with pytest.raises(DataError, match="more than 95 sessions for a first fold, found 95"):
        Schedule().splits(95)


@pytest.mark.parametrize(
    ("setting", "found"),
    [("embargo_sessions", 4), ("horizon_sessions", 0), ("refit_sessions", 0), ("min_train_sessions", -1)],
)
def test_a_schedule_that_would_leak_or_loop_is_refused(setting, found):
    with pytest.raises(DataError, match=f"{setting}.*found {found}"):
        Schedule(**{setting: found})


def test_a_rolling_window_shorter_than_the_minimum_is_refused():
    with pytest.raises(DataError, match="max_train_sessions"):
        Schedule(min_train_sessions=84, max_train_sessions=60)
