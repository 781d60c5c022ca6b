"""An ensemble learns from what was known, gains from members that differ, and says when it does not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from fund.errors import DataError, NoDataError
from fund.forecasting.ensemble.against_best import AgainstBest, against_best
from fund.forecasting.ensemble.members import combined, disagreement, members_of
from fund.forecasting.ensemble.stacked import Ensemble, ensemble_of
from fund.forecasting.ensemble.weights import InverseError, Stacking, Weigh, equal, weights_of
from fund.forecasting.table import ForecastTable
from fund.forecasting.validation import Schedule
from support.panels import weekdays

SESSIONS, NAMES, START = 260, 40, 10
SCHEDULE = Schedule(min_train_sessions=40, min_calibration_sessions=20)
WAYS: dict[str, Weigh] = {"equal": equal, "inverse error": InverseError(), "stacking": Stacking()}


def tables(skills: dict[str, float], *, seed: int = 0, shared: float = 0.0) -> tuple[ForecastTable, ...]:
    """Members whose scores have these correlations with the outcome and `shared` noise among them."""
    rng = np.random.default_rng(seed)
    outcome = rng.normal(size=(SESSIONS, NAMES))
    common = rng.normal(size=outcome.shape)
    made = []
    for name, skill in skills.items():
        own = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=outcome.shape)
        scores = skill * outcome + np.sqrt(1 - skill**2) * own
        scores[:START] = np.nan
        made.append(a_table(name, scores, 0.02 * outcome))
    return tuple(made)


def a_table(name: str, scores: np.ndarray, realised: np.ndarray) -> ForecastTable:
    empty = np.full_like(scores, np.nan)
    return ForecastTable(
        forecaster=name,
        version=f"{name}-1",
        horizon_sessions=5,
        sessions=weekdays(SESSIONS),
        tickers=tuple(f"N{at:03d}" for at in range(NAMES)),
        scores=scores,
        expected=empty,
        low=empty,
        high=empty,
        probability_up=empty,
        realised=realised,
    )


def made(members: tuple[ForecastTable, ...], weigh: Weigh, **more: object) -> Ensemble:
    return ensemble_of(members, np.full((SESSIONS, NAMES), 0.02), SCHEDULE, weigh, **more)  # type: ignore[arg-type]


def compared(made_by: tuple[ForecastTable, ...], weigh: Weigh) -> AgainstBest:
    members = members_of(made_by)
    return against_best(members, combined(members, weights_of(members, SCHEDULE, weigh)))


@pytest.mark.parametrize("way", WAYS)
def test_members_that_know_different_things_beat_the_best_of_them(way: str) -> None:
    found = made(tables({"a": 0.08, "b": 0.08, "c": 0.08}), WAYS[way]).against_best
    assert found.difference.low > 0.0
    assert found.verdict.startswith("it beats its best member: +0.0")
    assert f"{found.difference.n} sessions" in found.verdict


@pytest.mark.parametrize("way", WAYS)
def test_of_members_that_know_nothing_it_says_that_it_does_not_beat_them(way: str) -> None:
    verdicts = [
        compared(tables({"a": 0.0, "b": 0.0, "c": 0.0}, seed=seed), WAYS[way]).verdict for seed in range(6)
    ]
    assert sum(verdict.startswith("it beats") for verdict in verdicts) <= 1


def test_equal_weights_are_worse_than_a_member_that_knows_alone_and_stacking_finds_it() -> None:
    members = tables({"knows": 0.15, "b": 0.0, "c": 0.0, "d": 0.0, "e": 0.0, "f": 0.0})
    drowned = made(members, equal).against_best
    assert drowned.best == "knows"
    assert drowned.verdict.startswith("it is worse than its best member: -0.0")
    stacked = made(members, Stacking())
    assert stacked.weights[-1, 0] > 0.8
    assert stacked.against_best.difference.low > drowned.difference.low


def test_stacking_gives_nothing_to_a_copy_that_errs_and_turns_nobody_round() -> None:
    weights = made(tables({"a": 0.1, "b": 0.1, "wrong": -0.1}), Stacking()).weights[-1]
    np.testing.assert_allclose(weights[:2], 0.5, atol=0.15)
    assert weights[2] == 0.0
    np.testing.assert_allclose(made(tables({"a": -0.1, "b": -0.1}), Stacking()).weights[-1], 0.5)


def test_inverse_errors_lean_to_the_better_member_and_power_sharpens() -> None:
    members = tables({"good": 0.2, "poor": 0.0})
    plain, sharp = (made(members, InverseError(power=power)).weights[-1, 0] for power in (1.0, 8.0))
    assert 0.5 < plain < 0.6 < sharp


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_learned_from_an_outcome_that_was_not_known(way: str) -> None:
    members = tables({"a": 0.1, "b": 0.0})
    whole = made(members, WAYS[way])
    first = int(np.isfinite(whole.weights[:, 0]).argmax())
    assert first == START + SCHEDULE.min_train_sessions + SCHEDULE.gap_sessions
    row = first + 2 * SCHEDULE.refit_sessions
    known = SCHEDULE.known_before(row)
    changed = [
        replace(table, realised=np.vstack([table.realised[:known], -table.realised[known:]]))
        for table in members
    ]
    other = made(tuple(changed), WAYS[way])
    stop = row + SCHEDULE.refit_sessions
    np.testing.assert_array_equal(other.weights[:stop], whole.weights[:stop])
    np.testing.assert_array_equal(other.table.expected[:stop], whole.table.expected[:stop])
    assert np.isfinite(whole.table.expected[row]).all()


def test_each_regime_has_its_own_weights_drawn_towards_those_of_all() -> None:
    a, b = tables({"a": 0.0, "b": 0.0})
    regimes = (np.arange(SESSIONS) // 13) % 2
    skilled = [
        replace(
            table,
            scores=np.where(
                np.isnan(table.scores),
                np.nan,
                table.scores + 12.0 * np.where(regimes == at, 1, 0)[:, None] * table.realised,
            ),
        )
        for at, table in enumerate((a, b))
    ]
    weights = weights_of(members_of(skilled), SCHEDULE, Stacking(), regimes=regimes)
    plain = weights_of(members_of(skilled), SCHEDULE, Stacking())
    last = {regime: weights[np.flatnonzero(regimes == regime)[-1]] for regime in (0, 1)}
    assert last[0][0] > plain[-1, 0] + 0.2
    assert last[1][1] > plain[-1, 1] + 0.2
    np.testing.assert_allclose(weights[~np.isnan(weights[:, 0])].sum(axis=1), 1.0)
    unknown = weights_of(members_of(skilled), SCHEDULE, Stacking(), regimes=np.full(SESSIONS, -1))
    np.testing.assert_array_equal(unknown, plain)


def test_a_member_without_a_view_stands_aside() -> None:
    a, b = tables({"a": 0.1, "b": 0.1})
    scores = b.scores.copy()
    scores[:, 3] = np.nan
    members = members_of((a, replace(b, scores=scores)))
    whole = combined(members, np.full((SESSIONS, 2), 0.5))
    np.testing.assert_allclose(whole[START:, 3], members.ranks[0, START:, 3])
    assert np.isnan(whole[:START]).all()
    assert np.isnan(disagreement(members)[:, 3]).all()


def test_disagreement_is_nothing_among_copies_and_a_third_between_two_strangers() -> None:
    a, b = tables({"a": 0.0, "b": 0.0})
    assert np.nanmax(disagreement(members_of((a, replace(a, forecaster="copy"))))) == 0.0
    assert np.nanmean(disagreement(members_of((a, b)))) == pytest.approx(1 / 3, abs=0.01)
    upside_down = replace(a, forecaster="opposite", scores=-a.scores)
    assert np.nanmax(disagreement(members_of((a, upside_down)))) == pytest.approx(1.0 - 1 / NAMES)


def test_the_table_is_calibrated_and_its_version_follows_from_its_causes() -> None:
    members = tables({"a": 0.1, "b": 0.1})
    found = made(members, Stacking())
    (first, *_) = found.table.at(found.table.sessions[-1])
    assert first.low < first.expected < first.high
    apart = found.disagreement_at(found.table.sessions[-1])
    assert apart["N000"] == found.disagreement[-1, 0]
    assert len(apart) == NAMES
    with pytest.raises(DataError, match="ask for one of these"):
        found.disagreement_at(date(1999, 1, 4))
    other = made(members, Stacking(), regimes=np.zeros(SESSIONS, dtype=int))
    versions = {found.table.version, other.table.version, made(members, equal).table.version}
    assert len(versions) == 3
    assert made(members, Stacking()).table.version == found.table.version


def test_tables_that_do_not_belong_together_are_refused() -> None:
    a, b = tables({"a": 0.1, "b": 0.1})
    with pytest.raises(DataError, match="at least two"):
        members_of((a,))
    with pytest.raises(DataError, match="different names"):
        members_of((a, a))
    for change in ({"horizon_sessions": 10}, {"realised": b.realised + 1.0}, {"tickers": b.tickers[::-1]}):
        with pytest.raises(DataError, match="train them on the same samples"):
            members_of((a, replace(b, **change)))
    with pytest.raises(DataError, match="volatility of shape"):
        ensemble_of((a, b), np.zeros((3, 3)), SCHEDULE, equal)
    with pytest.raises(DataError, match="look ahead"):
        weights_of(members_of((a, b)), replace(SCHEDULE, horizon_sessions=10), equal)
    with pytest.raises(DataError, match="regime for each"):
        weights_of(members_of((a, b)), SCHEDULE, equal, regimes=[0, 1])
    with pytest.raises(DataError, match="every member spoke"):
        weights_of(members_of((a, replace(b, scores=np.full_like(b.scores, np.nan)))), SCHEDULE, equal)
    with pytest.raises(DataError, match="penalty above 0"):
        Stacking(penalty_per_row=0.0)


def test_a_comparison_without_a_later_part_is_refused() -> None:
    a, b = tables({"a": 0.1, "b": 0.1})
    members = members_of((a, b))
    scores = np.full((SESSIONS, NAMES), np.nan)
    scores[100:104] = members.ranks[0, 100:104]
    with pytest.raises(NoDataError, match="longer history"):
        against_best(members, scores)
