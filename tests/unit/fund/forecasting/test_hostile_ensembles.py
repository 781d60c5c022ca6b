"""Ensembles are attacked: order, units, silence, futures and damaged members change only what they may."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError, NoDataError
from fund.forecasting.ensemble.against_best import against_best
from fund.forecasting.ensemble.members import FEWEST_NAMES, Members, combined, disagreement, members_of
from fund.forecasting.ensemble.stacked import ensemble_of
from fund.forecasting.ensemble.weights import (
    REGIME_PRIOR_SESSIONS,
    InverseError,
    Stacking,
    Weigh,
    equal,
    weights_of,
)
from fund.forecasting.table import ForecastTable
from fund.forecasting.validation import Schedule
from fund.metrics.forecasts import rank_information_coefficients
from support.panels import weekdays

FloatArray = NDArray[np.float64]

SESSIONS, NAMES = 120, 14
SCHEDULE = Schedule(horizon_sessions=2, refit_sessions=10, min_train_sessions=25, min_calibration_sessions=15)
WAYS: dict[str, Weigh] = {"equal": equal, "inverse error": InverseError(power=3.0), "stacking": Stacking()}
some = settings(max_examples=10)


def a_table(name: str, scores: FloatArray, realised: FloatArray) -> ForecastTable:
    empty = np.full_like(scores, np.nan)
    return ForecastTable(
        forecaster=name,
        version=f"{name}-1",
        horizon_sessions=SCHEDULE.horizon_sessions,
        sessions=weekdays(len(scores)),
        tickers=tuple(f"N{at:03d}" for at in range(scores.shape[1])),
        scores=scores,
        expected=empty,
        low=empty,
        high=empty,
        probability_up=empty,
        realised=realised,
    )


def made(
    skills: Sequence[float] = (0.3, 0.1, 0.0), *, seed: int = 0, sessions: int = SESSIONS
) -> list[ForecastTable]:
    rng = np.random.default_rng(seed)
    outcome = rng.normal(size=(sessions, NAMES))
    realised = 0.02 * outcome
    realised[-SCHEDULE.horizon_sessions - 1 :] = np.nan
    return [
        a_table(
            f"m{at}", skill * outcome + math.sqrt(1 - skill**2) * rng.normal(size=outcome.shape), realised
        )
        for at, skill in enumerate(skills)
    ]


MADE = made()
VOLATILITY = np.full((SESSIONS, NAMES), 0.02)


def weighed(tables: Sequence[ForecastTable], way: str) -> FloatArray:
    return weights_of(members_of(tables), SCHEDULE, WAYS[way])


@pytest.mark.parametrize("way", WAYS)
def test_weights_are_shares_from_the_first_fold_on_and_none_before_it(way: str) -> None:
    weights = weighed(MADE, way)
    first = SCHEDULE.min_train_sessions + SCHEDULE.gap_sessions
    assert np.isnan(weights[:first]).all()
    assert (weights[first:] >= 0.0).all()
    np.testing.assert_allclose(weights[first:].sum(axis=1), 1.0)
    for start in range(first, SESSIONS, SCHEDULE.refit_sessions):
        fold = weights[start : start + SCHEDULE.refit_sessions]
        np.testing.assert_array_equal(fold, np.broadcast_to(fold[0], fold.shape))


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_members_orders_their_weights_and_changes_no_score(way: str) -> None:
    plain, turned = weighed(MADE, way), weighed(MADE[::-1], way)
    np.testing.assert_allclose(turned[:, ::-1], plain, atol=1e-10)
    np.testing.assert_allclose(
        combined(members_of(MADE[::-1]), turned), combined(members_of(MADE), plain), atol=1e-9
    )


@pytest.mark.parametrize("way", WAYS)
def test_only_the_order_of_a_members_scores_counts(way: str) -> None:
    bent = [replace(table, scores=np.exp(3.0 * table.scores) - 1e3) for table in MADE]
    np.testing.assert_array_equal(weighed(bent, way), weighed(MADE, way))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("poison", [np.nan, 1e6, -1e6], ids=["missing", "huge", "turned"])
def test_outcomes_and_scores_to_come_change_no_weight_and_no_score(way: str, poison: float) -> None:
    row = 75
    scores = [table.scores.copy() for table in MADE]
    for each in scores:
        each[row + 1 :] = np.random.default_rng(9).normal(size=each[row + 1 :].shape)
    realised = MADE[0].realised.copy()
    realised[row - SCHEDULE.horizon_sessions :] = poison
    realised[row - SCHEDULE.horizon_sessions :, 0] = 0.5
    spoilt = [replace(t, scores=s, realised=realised) for t, s in zip(MADE, scores, strict=True)]
    whole, other = (ensemble_of(tables, VOLATILITY, SCHEDULE, WAYS[way]) for tables in (MADE, spoilt))
    np.testing.assert_array_equal(other.weights[: row + 1], whole.weights[: row + 1])
    for name in ("scores", "expected", "low", "high", "probability_up"):
        np.testing.assert_array_equal(
            getattr(other.table, name)[: row + 1], getattr(whole.table, name)[: row + 1]
        )


@pytest.mark.parametrize("way", WAYS)
def test_a_shorter_history_gives_the_same_beginning(way: str) -> None:
    cut = 80
    short = [
        replace(
            t,
            sessions=t.sessions[:cut],
            scores=t.scores[:cut],
            realised=t.realised[:cut],
            expected=t.expected[:cut],
            low=t.low[:cut],
            high=t.high[:cut],
            probability_up=t.probability_up[:cut],
        )
        for t in MADE
    ]
    np.testing.assert_array_equal(weighed(short, way), weighed(MADE, way)[:cut])


def test_a_member_that_is_never_wrong_takes_all_and_two_of_them_share() -> None:
    outcome = MADE[0].realised
    filled = np.where(np.isfinite(outcome), outcome, 0.0)
    oracle = [a_table("oracle", filled, outcome), MADE[2], a_table("twin", 2.0 * filled, outcome)]
    alone = weights_of(members_of(oracle[:2]), SCHEDULE, InverseError())[-1]
    np.testing.assert_array_equal(alone, [1.0, 0.0])
    np.testing.assert_array_equal(
        weights_of(members_of(oracle), SCHEDULE, InverseError())[-1], [0.5, 0.0, 0.5]
    )


def test_no_power_is_equal_weights_and_a_great_one_the_best_member_alone() -> None:
    members = members_of(MADE)
    learned = np.arange(60)
    np.testing.assert_allclose(InverseError(power=0.0)(members, learned), equal(members, learned))
    assert InverseError(power=400.0)(members, learned)[0] > 0.99


def test_stacking_solves_its_ridge_where_no_bound_is_met() -> None:
    members = members_of(made((0.4, 0.4)))
    learned = np.arange(100)
    x = members.ranks[:, learned].reshape(2, -1).T
    y = members.outcome[learned].ravel()
    beta = np.linalg.solve(x.T @ x + 0.5 * len(y) * np.eye(2), x.T @ y)
    assert (beta > 0).all()
    np.testing.assert_allclose(Stacking()(members, learned), beta / beta.sum())


@pytest.mark.parametrize("penalty", [0.0, -1.0, math.nan])
def test_a_penalty_that_is_none_is_refused(penalty: float) -> None:
    with pytest.raises(DataError, match="expected a penalty above 0, found"):
        Stacking(penalty_per_row=penalty)


def test_the_same_outcomes_told_twice_change_no_stacked_weight() -> None:
    members = members_of(MADE)
    learned = np.arange(60)
    np.testing.assert_allclose(Stacking()(members, np.tile(learned, 2)), Stacking()(members, learned))


# silence


def test_weights_begin_when_every_member_speaks_of_enough_names() -> None:
    late = MADE[1].scores.copy()
    late[:20] = np.nan
    late[20:30, FEWEST_NAMES - 1 :] = np.nan
    tables = [MADE[0], replace(MADE[1], scores=late)]
    assert np.flatnonzero(members_of(tables).spoke)[0] == 30
    first = int(np.isfinite(weighed(tables, "stacking")[:, 0]).argmax())
    assert first == 30 + SCHEDULE.min_train_sessions + SCHEDULE.gap_sessions


def test_members_that_never_speak_together_are_refused() -> None:
    early, late = MADE[0].scores.copy(), MADE[1].scores.copy()
    early[60:], late[:60] = np.nan, np.nan
    tables = [replace(MADE[0], scores=early), replace(MADE[1], scores=late)]
    with pytest.raises(DataError, match="expected a session on which every member spoke, found none"):
        weighed(tables, "equal")


@some
@given(seed=st.integers(0, 99), silent=st.sampled_from([0.0, 0.3, 0.9]))
def test_a_combination_is_the_mean_of_those_who_speak(seed: int, silent: float) -> None:
    rng = np.random.default_rng(seed)
    ranks = rng.normal(size=(3, 4, 5))
    ranks[rng.random(ranks.shape) < silent] = np.nan
    weights = np.abs(rng.normal(size=(4, 3)))
    weights[0], weights[1, 2] = np.nan, 0.0
    members = Members(
        names=("a", "b", "c"),
        sessions=weekdays(4),
        tickers=tuple("VWXYZ"),
        horizon_sessions=2,
        ranks=ranks,
        realised=np.zeros((4, 5)),
    )
    found = combined(members, weights)
    for t in range(4):
        for n in range(5):
            said = [(weights[t, m], ranks[m, t, n]) for m in range(3) if np.isfinite(ranks[m, t, n])]
            total = sum(w for w, _ in said if w > 0)
            if total > 0:
                assert found[t, n] == pytest.approx(sum(w * r for w, r in said) / total)
            else:
                assert np.isnan(found[t, n])


@some
@given(seed=st.integers(0, 99), members=st.integers(2, 5))
def test_disagreement_is_symmetric_bounded_and_nothing_of_one_voice(seed: int, members: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(members, 6, NAMES))
    scores[rng.random(scores.shape) < 0.3] = np.nan
    realised = np.zeros((6, NAMES))
    tables = [a_table(f"m{at}", each, realised) for at, each in enumerate(scores)]
    found = disagreement(members_of(tables))
    np.testing.assert_allclose(disagreement(members_of(tables[::-1])), found)
    np.testing.assert_allclose(
        disagreement(members_of([replace(t, scores=-t.scores) for t in tables])), found, atol=1e-12
    )
    voices = np.isfinite(scores).sum(axis=0)
    np.testing.assert_array_equal(np.isfinite(found), voices >= 2)
    assert (found[voices >= 2] >= 0.0).all()
    assert (found[voices >= 2] <= 1.0).all()


# regimes


def test_labels_to_come_change_no_weight_and_one_regime_is_drawn_to_itself() -> None:
    members = members_of(MADE)
    labels = (np.arange(SESSIONS) // 7) % 2
    later = labels.copy()
    later[70:] = 1 - later[70:]
    first, second = (weights_of(members, SCHEDULE, Stacking(), regimes=each) for each in (labels, later))
    np.testing.assert_array_equal(first[:70], second[:70])
    assert not np.array_equal(first[70:], second[70:])
    same = weights_of(members, SCHEDULE, Stacking(), regimes=[3] * SESSIONS)
    np.testing.assert_allclose(same, weights_of(members, SCHEDULE, Stacking()))


def test_a_regime_that_is_unknown_or_new_has_the_weights_of_all() -> None:
    members = members_of(MADE)
    labels = np.zeros(SESSIONS, dtype=np.int64)
    labels[80:85], labels[85:90] = -1, 7
    plain = weights_of(members, SCHEDULE, Stacking())
    found = weights_of(members, SCHEDULE, Stacking(), regimes=labels)
    np.testing.assert_array_equal(found[80:90], plain[80:90])


def test_a_regime_counts_by_the_sessions_it_had() -> None:
    members = members_of(MADE)
    labels = np.zeros(SESSIONS, dtype=np.int64)
    labels[::3] = 1
    found = weights_of(members, SCHEDULE, Stacking(), regimes=labels)
    first = SCHEDULE.min_train_sessions + SCHEDULE.gap_sessions
    learned = np.arange(SCHEDULE.min_train_sessions)
    own = learned[labels[learned] == 1]
    trust = len(own) / (len(own) + REGIME_PRIOR_SESSIONS)
    row = next(r for r in range(first, SESSIONS) if labels[r] == 1)
    expected = trust * Stacking()(members, own) + (1 - trust) * Stacking()(members, learned)
    np.testing.assert_allclose(found[row], expected)


# against the best


def test_the_best_is_chosen_before_and_compared_after_a_gap() -> None:
    members = members_of(MADE)
    scores = combined(members, weights_of(members, SCHEDULE, equal))
    found = against_best(members, scores)
    daily = [
        rank_information_coefficients(np.where(np.isfinite(scores), r, np.nan), members.realised)
        for r in members.ranks
    ]
    judged = np.flatnonzero(np.isfinite(daily[0]))
    early = judged[: len(judged) // 2]
    means = [float(each[early].mean()) for each in daily]
    assert found.best == members.names[int(np.argmax(means))]
    assert found.best_earlier == pytest.approx(max(means))
    row = members.sessions.index(found.first)
    assert row == early[-1] + SCHEDULE.horizon_sessions + 2
    assert found.ensemble is not None
    assert found.ensemble.n == int((judged >= row).sum())


def test_an_ensemble_that_is_its_best_member_does_not_beat_it() -> None:
    members = members_of(MADE)
    found = against_best(members, members.ranks[0])
    assert found.best == "m0"
    assert found.difference is not None
    assert (found.difference.low, found.difference.value, found.difference.high) == (0.0, 0.0, 0.0)
    assert found.verdict.startswith("it does not beat its best member: +0.0000")
    assert against_best(members, -members.ranks[0]).verdict.startswith("it is worse than its best member")


@pytest.mark.parametrize("known", [0, 1, 5])
def test_too_few_known_outcomes_compare_nothing(known: int) -> None:
    realised = MADE[0].realised.copy()
    realised[known:] = np.nan
    members = members_of([replace(t, realised=realised) for t in MADE])
    with pytest.raises(NoDataError, match=f"found {known} judged; walk forward over a longer history"):
        against_best(members, members.ranks[0])


# what does not belong together


def test_the_version_follows_from_members_schedule_way_and_regimes_and_from_nothing_else() -> None:
    short = made(sessions=60)

    def version(
        tables: Sequence[ForecastTable] = short, schedule: Schedule = SCHEDULE, weigh: Weigh = equal, **more
    ):
        return ensemble_of(tables, VOLATILITY[:60], schedule, weigh, **more).table.version

    labels = [0, 1] * (30)
    versions = [
        version(),
        version(short[:2]),
        version([replace(short[0], version="m0-2"), *short[1:]]),
        version(schedule=replace(SCHEDULE, refit_sessions=11)),
        version(weigh=Stacking()),
        version(weigh=Stacking(penalty_per_row=0.7)),
        version(regimes=labels),
        version(name="other"),
    ]
    assert len(set(versions)) == len(versions)
    assert version(regimes=np.array(labels)) == versions[6]
    assert version() == versions[0]


@pytest.mark.parametrize("labels", [[0] * (SESSIONS - 1), [[0]] * SESSIONS], ids=["too few", "a table"])
def test_regimes_that_do_not_fit_are_refused_by_their_shape(labels: list[int]) -> None:
    with pytest.raises(DataError, match=f"expected a regime for each of {SESSIONS} sessions, found shape"):
        weights_of(members_of(MADE), SCHEDULE, equal, regimes=labels)


def test_volatility_of_other_samples_and_a_day_outside_the_table_are_refused() -> None:
    with pytest.raises(DataError, match=r"expected volatility of shape \(120, 14\), found \(120, 13\)"):
        ensemble_of(MADE, VOLATILITY[:, 1:], SCHEDULE, equal)
    found = ensemble_of(MADE, VOLATILITY, SCHEDULE, equal)
    with pytest.raises(DataError, match="found 2014-12-31; ask for one of these"):
        found.disagreement_at(date(2014, 12, 31))
    assert set(found.disagreement_at(found.table.sessions[-1])) == set(found.table.tickers)


def test_a_hair_of_difference_in_the_outcomes_is_another_sample() -> None:
    realised = MADE[1].realised.copy()
    realised[0, 0] = np.nextafter(realised[0, 0], 1.0)
    with pytest.raises(
        DataError, match="expected 'm1' to speak of the sessions, tickers, horizon and outcomes"
    ):
        members_of([MADE[0], replace(MADE[1], realised=realised)])
