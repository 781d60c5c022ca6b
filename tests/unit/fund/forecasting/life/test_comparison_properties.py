"""A comparison turned round, shuffled or cut short: what must stay the same, and what must not."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from fund.forecasting.life.comparison import DailyIC, compare, daily_rank_ics
from fund.forecasting.table import ForecastTable
from support.forecasters import a_trained_forecaster

FIRST = date(2015, 1, 5)
NAMES = ("old-1", "new-2")
figures = st.floats(min_value=-1.0, max_value=1.0, allow_nan=False)


def days(values: np.ndarray, start: int = 0) -> DailyIC:
    return {FIRST + timedelta(days=start + n): float(x) for n, x in enumerate(values)}


def noise(seed: int, n: int, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.1, n)


@given(
    one=st.dictionaries(st.integers(0, 90), figures, max_size=60),
    two=st.dictionaries(st.integers(0, 90), figures, max_size=60),
    horizon=st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_turned_round_it_is_its_mirror_and_the_order_it_came_in_has_no_part(
    one: dict[int, float], two: dict[int, float], horizon: int
) -> None:
    first, second = ({FIRST + timedelta(days=n): x for n, x in each.items()} for each in (one, two))
    found = compare(first, second, names=NAMES, horizon_sessions=horizon)
    turned = compare(
        dict(reversed(second.items())),
        dict(reversed(first.items())),
        names=NAMES[::-1],
        horizon_sessions=horizon,
    )
    assert found.sessions == turned.sessions == len(first.keys() & second.keys())
    assert (found.first_rank_ic, found.second_rank_ic) == (turned.second_rank_ic, turned.first_rank_ic)
    assert found.better == turned.better
    assert (found.difference is None) == (turned.difference is None) == (found.first_rank_ic is None)
    if found.difference is not None and turned.difference is not None:
        assert found.difference.value == pytest.approx(-turned.difference.value, abs=1e-12)
        assert found.difference.low == pytest.approx(-turned.difference.high, abs=1e-12)
    if found.sequential is not None and turned.sequential is not None:
        assert found.sequential.p_value == pytest.approx(turned.sequential.p_value, abs=1e-9)


def test_sessions_of_one_alone_have_no_part_in_any_figure() -> None:
    shared = days(noise(1, 120)), days(noise(2, 120, 0.05))
    wild = {FIRST + timedelta(days=500 + n): 1.0 for n in range(80)}
    plain = compare(*shared, names=NAMES, horizon_sessions=1)
    assert plain == compare({**shared[0], **wild}, shared[1], names=NAMES, horizon_sessions=1)
    assert plain == compare(shared[0], {**wild, **shared[1]}, names=NAMES, horizon_sessions=1)


def test_two_that_say_the_same_are_never_told_apart() -> None:
    same = days(noise(3, 200, 0.2))
    found = compare(same, dict(same), names=NAMES, horizon_sessions=5)
    assert found.better is None
    assert found.verdict == "old-1 and new-2 cannot be told apart over 200 sessions"
    assert found.difference is not None
    assert (found.difference.value, found.difference.low, found.difference.high) == (0.0, 0.0, 0.0)


def test_a_verdict_needs_bounds_that_leave_nothing_out_and_not_one_look() -> None:
    lucky = compare(
        days(noise(8, 60, 0.035)), days(np.zeros(60) + noise(9, 60) * 0.01), names=NAMES, horizon_sessions=5
    )
    assert lucky.difference is not None
    assert lucky.sequential is not None
    assert (lucky.sequential.low is None) or lucky.sequential.low < lucky.difference.low
    at_zero = replace(lucky.sequential, low=0.0, high=0.2, value=0.1)
    assert replace(lucky, sequential=at_zero).better is None, "0 on the edge is not left out"
    below = replace(lucky.sequential, low=-0.2, high=-0.01, value=-0.1)
    assert replace(lucky, sequential=below).better == "new-2"
    assert replace(lucky, sequential=below).verdict.startswith("new-2 is better than old-1 over 60")
    one_bound = replace(lucky.sequential, low=0.1, high=None, value=0.2)
    assert replace(lucky, sequential=one_bound).better is None


def test_the_span_is_that_of_the_common_sessions() -> None:
    found = compare(days(noise(1, 40)), days(noise(2, 40), start=7), names=NAMES, horizon_sessions=1)
    assert (found.first_session, found.last_session, found.sessions) == (
        FIRST + timedelta(days=7),
        FIRST + timedelta(days=39),
        33,
    )


def another(table: ForecastTable, **changes: object) -> ForecastTable:
    return replace(table, version="other", **changes)


def test_an_outcome_that_only_the_newer_training_knew_counts_whoever_is_named_first() -> None:
    table = a_trained_forecaster().table
    known = np.flatnonzero(np.isfinite(table.daily_rank_ic))
    cut = table.realised.copy()
    cut[known[-6:]] = np.nan
    older = another(table, realised=cut, scores=-table.scores)
    one, two = daily_rank_ics(older, table)
    two_first, one_first = daily_rank_ics(table, older)
    assert one.keys() == one_first.keys()
    assert len(one) == len(known)
    assert (one, two) == (one_first, two_first)


def test_a_daily_figure_is_spearman_s_over_the_names_of_both() -> None:
    table = a_trained_forecaster().table
    rng = np.random.default_rng(5)
    scores = rng.normal(size=table.scores.shape)
    scores[rng.uniform(size=scores.shape) < 0.3] = np.nan
    _, found = daily_rank_ics(table, another(table, scores=scores))
    for day in list(found)[::25]:
        t = table.sessions.index(day)
        both = np.isfinite(table.scores[t]) & np.isfinite(scores[t]) & np.isfinite(table.realised[t])
        assert found[day] == pytest.approx(spearmanr(scores[t][both], table.realised[t][both]).statistic)


def test_tables_of_other_names_or_other_days_have_nothing_to_compare() -> None:
    table = a_trained_forecaster().table
    strangers = another(table, tickers=tuple(f"Z{n}" for n in range(len(table.tickers))))
    assert daily_rank_ics(table, strangers) == ({}, {})
    later = another(table, sessions=tuple(day + timedelta(days=9000) for day in table.sessions))
    assert daily_rank_ics(table, later) == ({}, {})
    few = another(table, scores=np.where(np.arange(len(table.tickers)) < 9, table.scores, np.nan))
    assert daily_rank_ics(table, few) == ({}, {}), "nine names are no cross-section"


def test_scores_on_another_scale_and_names_in_another_order_change_nothing() -> None:
    table = a_trained_forecaster().table
    order = np.random.default_rng(2).permutation(len(table.tickers))
    turned = another(
        table,
        tickers=tuple(table.tickers[j] for j in order),
        scores=np.exp(3.0 * table.scores)[:, order],
        realised=table.realised[:, order],
    )
    one, two = daily_rank_ics(table, turned)
    assert list(one) == list(two) == sorted(one)
    assert list(one.values()) == pytest.approx(list(two.values()), abs=1e-12)
