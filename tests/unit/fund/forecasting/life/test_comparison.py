"""Two versions over the same sessions: a difference is found where there is one, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from fund.forecasting.life.comparison import Comparison, compare, daily_rank_ics
from support.forecasters import a_trained_forecaster

FIRST = date(2015, 1, 5)


def days(values: np.ndarray, start: int = 0) -> dict[date, float]:
    return {FIRST + timedelta(days=start + n): float(x) for n, x in enumerate(values)}


def noise(seed: int, n: int = 300, *, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.1, n)


def compared(one: dict[date, float], two: dict[date, float], horizon: int = 1) -> Comparison:
    return compare(one, two, names=("a", "b"), horizon_sessions=horizon)


def test_one_that_is_better_by_more_than_chance_is_named() -> None:
    shared = noise(1)
    found = compared(days(shared + 0.08), days(shared + noise(2) * 0.2))
    assert found.better == "a"
    assert found.verdict == "a is better than b over 300 sessions"
    turned = compared(days(shared + noise(2) * 0.2), days(shared + 0.08))
    assert (turned.better, turned.verdict) == ("b", "b is better than a over 300 sessions")
    assert found.difference is not None
    assert found.difference.value == pytest.approx(np.mean(0.08 - noise(2) * 0.2))


def test_equals_cannot_be_told_apart_however_often_one_looks() -> None:
    wrong = 0
    for seed in range(40):
        one, two = noise(seed), noise(1000 + seed)
        looks = [compared(days(one[:n]), days(two[:n])) for n in (60, 120, 180, 240, 300)]
        wrong += any(each.better is not None for each in looks)
    assert wrong <= 5, "5 % of forty are two"
    assert looks[-1].verdict == "a and b cannot be told apart over 300 sessions"


def test_only_sessions_of_both_count_and_too_few_say_so() -> None:
    found = compared(days(noise(1, 30)), days(noise(2, 30), start=25))
    assert (found.sessions, found.first_session) == (5, FIRST + timedelta(days=25))
    assert (found.difference, found.sequential, found.better) == (None, None, None)
    assert found.verdict == "a and b cannot be told apart: 5 sessions are too few"
    none = compared(days(noise(1, 5)), days(noise(2, 5), start=50))
    assert (none.sessions, none.first_session, none.verdict) == (0, None, "a and b have no session in common")


def test_tables_are_compared_over_the_names_both_scored() -> None:
    table = a_trained_forecaster().table
    holes = table.scores.copy()
    holes[:, ::2] = np.nan
    other = replace(
        table,
        scores=-holes[20:, ::-1],
        realised=table.realised[20:, ::-1],
        sessions=table.sessions[20:],
        tickers=table.tickers[::-1],
    )
    one, two = daily_rank_ics(table, other)
    assert one.keys() == two.keys()
    assert min(one) >= table.sessions[20]
    assert [two[day] for day in one] == pytest.approx([-ic for ic in one.values()])
