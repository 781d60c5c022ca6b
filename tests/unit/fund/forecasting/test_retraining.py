"""Whom a retraining is for: called once, left alone while it rests, and never more often than allowed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.life.retraining import (
    AGAIN_SESSIONS,
    CAUSES,
    MONTH_SESSIONS,
    Allowance,
    Attempt,
    Call,
    Faring,
    called,
    died_in_it,
)

ALLOWED = {
    "drift": Allowance(rest_sessions=21, per_month=4),
    "decay": Allowance(rest_sessions=42, per_month=2),
    "age": Allowance(rest_sessions=63, per_month=2),
}
DRIFTS, DECAYS = {"drift": "its errors grew"}, {"decay": "it wears off"}


def faring(version: str = "gbm-1", **changes: object) -> Faring:
    plain = Faring(
        version=version,
        name=version.rpartition("-")[0],
        horizon_sessions=5,
        place=0,
        causes={},
        rested_sessions=50,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def attempt(name: str = "gbm", status: str = "made", ago: int = 0, cause: str = "drift") -> Attempt:
    return Attempt(
        name=name,
        horizon_sessions=5,
        cause=cause,  # type: ignore[arg-type]
        status=status,  # type: ignore[arg-type]
        ago_sessions=ago,
    )


def names(found: Sequence[Call]) -> list[tuple[str, str]]:
    return [(each.because_of, each.cause) for each in found]


@pytest.mark.parametrize(
    ("causes", "rested", "expected"),
    [
        ({}, 63, []),
        ({}, 64, ["age"]),
        (DRIFTS, 20, []),
        (DRIFTS, 21, ["drift"]),
        (DECAYS, 41, []),
        (DECAYS, 42, ["decay"]),
        (DRIFTS | DECAYS, 30, ["drift"]),
        (DRIFTS | DECAYS, 99, ["drift"]),
        (DECAYS, 99, ["decay"]),
        (DRIFTS, 0, []),
    ],
)
def test_each_cause_calls_after_its_rest_and_the_gravest_is_named(
    causes: dict[str, str], rested: int, expected: list[str]
) -> None:
    found = called([faring(causes=causes, rested_sessions=rested)], (), ALLOWED)
    assert [each.cause for each in found] == expected
    if expected == ["age"]:
        assert found[0].why == "it was last trained 64 sessions ago, 63 is the most"
    elif expected:
        assert found[0].why == causes[expected[0]]


def test_a_name_is_trained_once_for_all_of_its_versions_and_apart_for_each_horizon() -> None:
    pinned, challenger = faring("gbm-1", causes=DRIFTS), faring("gbm-2", causes=DRIFTS, place=2)
    other = faring("gbm-9", causes=DRIFTS, horizon_sessions=20)
    found = called([challenger, other, pinned], (), ALLOWED)
    assert {(each.because_of, each.horizon_sessions) for each in found} == {("gbm-1", 5), ("gbm-9", 20)}


def test_a_month_has_so_many_and_who_is_heard_more_comes_first() -> None:
    many = [faring(f"n{k}-1", causes=DRIFTS, place=min(k, 2), rested_sessions=30 + k) for k in range(8)]
    found = called(many[::-1], (), ALLOWED)
    assert [each.because_of for each in found] == ["n0-1", "n1-1", "n7-1", "n6-1"]
    made = [attempt("x", ago=MONTH_SESSIONS - 1), attempt("y", ago=MONTH_SESSIONS)]
    assert len(called(many, made, ALLOWED)) == 3, "one of them is a month ago"
    assert len(called(many, [attempt("x", cause="age")], ALLOWED)) == 4, "another cause has its own number"
    off = ALLOWED | {"drift": Allowance(rest_sessions=21, per_month=0)}
    assert called(many, (), off) == ()


def test_one_that_drifts_may_still_be_called_by_age_where_drift_has_none_left() -> None:
    old = faring(causes=DRIFTS, rested_sessions=64)
    none_left = [attempt(f"x{k}") for k in range(4)]
    assert names(called([old], none_left, ALLOWED)) == [("gbm-1", "age")]


@pytest.mark.parametrize(
    ("ago", "again"), [(0, False), (AGAIN_SESSIONS - 1, False), (AGAIN_SESSIONS, True), (99, True)]
)
def test_what_failed_is_left_alone_for_a_week_and_takes_nothing_from_the_month(ago: int, again: bool) -> None:
    failed = attempt(status="failed", ago=ago)
    assert bool(called([faring(causes=DRIFTS)], [failed], ALLOWED)) is again
    others = [attempt(f"x{k}", "failed", ago=1) for k in range(4)]
    assert called([faring(causes=DRIFTS)], others, ALLOWED), "a full disk of yesterday is no reason today"
    tonight = [replace(each, ago_sessions=0) for each in others]
    assert called([faring(causes=DRIFTS)], tonight, ALLOWED) == (), "nor is it tried with everybody tonight"


def test_one_that_the_process_died_in_twice_is_given_up_and_one_that_was_stopped_is_not() -> None:
    (call,) = called([faring(causes=DRIFTS)], (), ALLOWED)
    begun, stopped = attempt(status="begun"), attempt(status="stopped")
    assert not died_in_it(call, [begun])
    assert died_in_it(call, [begun, begun])
    assert not died_in_it(call, [begun, stopped, begun, stopped, begun])
    assert not died_in_it(call, [replace(begun, ago_sessions=1), begun])
    assert not died_in_it(call, [replace(begun, name="xgb"), begun])


@given(
    rested=st.lists(st.integers(0, 200), min_size=1, max_size=8),
    made=st.lists(st.tuples(st.sampled_from(CAUSES), st.integers(0, 40)), max_size=8),
)
def test_whatever_is_on_record_nobody_is_called_beyond_what_is_allowed(
    rested: list[int], made: list[tuple[str, int]]
) -> None:
    them = [
        faring(f"n{k}-1", causes=DRIFTS | DECAYS, rested_sessions=each, place=k % 3)
        for k, each in enumerate(rested)
    ]
    attempts = [attempt(f"x{k}", ago=ago, cause=cause) for k, (cause, ago) in enumerate(made)]
    found = called(them, attempts, ALLOWED)
    assert len({each.name for each in found}) == len(found)
    for cause in CAUSES:
        used = sum(each.cause == cause and each.ago_sessions < MONTH_SESSIONS for each in attempts)
        assert sum(each.cause == cause for each in found) <= max(ALLOWED[cause].per_month - used, 0)
    assert called(them[::-1], attempts[::-1], ALLOWED) == found, "the order of the records says nothing"


@pytest.mark.parametrize(("rest", "most"), [(0, 1), (-5, 1), (5, -1)])
def test_a_rest_of_nothing_is_refused(rest: int, most: int) -> None:
    with pytest.raises(DataError, match="expected a rest of at least 1 session and 0 or more trainings"):
        Allowance(rest_sessions=rest, per_month=most)
