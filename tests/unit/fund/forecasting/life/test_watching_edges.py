"""Decay, drift and scores at their edges: nothing known, all alike, out of order, and the future."""

from dataclasses import replace
from datetime import date, timedelta
from math import inf, log, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.features.feature import Feature
from fund.features.panel import FEATURES
from fund.forecasting.forecast import Forecast
from fund.forecasting.life.decay import decay_of, rolling_mean
from fund.forecasting.life.error_drift import ErrorDrift, error_drift
from fund.forecasting.life.input_drift import InputDrift, input_drift
from fund.forecasting.life.live_score import LiveScore, live_score, outcomes_of, residuals, unscored
from fund.forecasting.life.watching import Thresholds, Watched, watch
from fund.metrics.drift import Drift
from support.forecasters import small_universe

SESSIONS = tuple(date(2015, 1, 1) + timedelta(days=n) for n in range(900))
FEW = tuple(each for each in FEATURES if each.name in ("VOL20", "ROC5"))


def ics(seed: int, n: int = 400, mean: float = 0.02) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.08, n)


def drift(daily: np.ndarray, **changes: object) -> ErrorDrift | None:
    asked = {"what": "residual", "horizon_sessions": 1, **changes}
    return error_drift(SESSIONS[: len(daily)], daily, **asked)


def watched(daily: np.ndarray, residual: np.ndarray | None = None, **changes: object) -> Watched:
    asked = {"session": SESSIONS[len(daily)], "age_sessions": 1, "horizon_sessions": 1, **changes}
    told = np.full(len(daily), nan) if residual is None else residual
    return watch("gbm-1", SESSIONS[: len(daily)], daily, told, **asked)


def test_a_record_without_any_known_session_is_unknown_and_nothing_worse() -> None:
    for daily in (np.empty(0), np.full(300, nan)):
        found = watched(daily)
        assert (found.state, found.reasons, found.scored_sessions) == ("unknown", (), 0)
        assert (found.rank_ic, found.residual, found.decay) == (None, None, None)
        assert not found.retrain_due


def test_a_record_that_never_varies_raises_no_alarm() -> None:
    flat = watched(np.full(400, 0.03), np.full(400, 0.3))
    assert (flat.rank_ic, flat.residual, flat.decay) == (None, None, None)
    assert (flat.state, flat.reasons) == ("unknown", ()), "a difference of rounding is no decay"


@pytest.mark.parametrize("gap", [0, 1, 7])
def test_missing_sessions_have_no_part_in_decay_or_drift(gap: int) -> None:
    daily = ics(1)
    holed = np.full(len(daily) * (gap + 1), nan)
    holed[:: gap + 1] = daily
    assert decay_of(holed, lag=1) == decay_of(daily, lag=1)
    sessions = tuple(SESSIONS[0] + timedelta(days=n) for n in range(len(holed)))
    found = error_drift(sessions, holed, what="residual", horizon_sessions=1)
    plain = drift(daily)
    assert found is not None
    assert plain is not None
    assert (found.alarm.statistic, found.alarm.n) == (plain.alarm.statistic, plain.alarm.n)


def test_decay_holds_a_horizon_out_between_its_two_sides() -> None:
    daily = ics(2, 300)
    found = decay_of(daily, lag=20)
    poisoned = daily.copy()
    poisoned[300 - 63 - 20 : 300 - 63] = 9.0
    assert decay_of(poisoned, lag=20) == found, "their outcomes overlap with those of the last sessions"
    poisoned[300 - 63 - 21] = 9.0
    assert decay_of(poisoned, lag=20) != found


def test_the_interval_of_a_difference_is_wider_than_either_side_s() -> None:
    for seed in range(20):
        found = decay_of(ics(seed), lag=5)
        assert found is not None
        widths = [each.high - each.low for each in (found.before, found.recent, found.difference)]
        assert widths[2] == pytest.approx(np.hypot(widths[0], widths[1]))
        assert found.difference.n == min(found.before.n, found.recent.n)


@pytest.mark.parametrize(("known", "told"), [(63 + 1 + 19, False), (63 + 1 + 20, True)])
def test_decay_is_told_from_the_twentieth_session_before(known: int, told: bool) -> None:
    assert (decay_of(ics(3, known), lag=1) is not None) is told


@given(st.lists(st.one_of(st.just(nan), st.floats(-1, 1)), max_size=60), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_rolling_mean_is_that_of_each_window_by_itself(values: list[float], sessions: int) -> None:
    daily = np.array(values, dtype=np.float64)
    for at, found in enumerate(rolling_mean(daily, sessions)):
        window = daily[max(at + 1 - sessions, 0) : at + 1]
        known = window[np.isfinite(window)]
        expected = known.mean() if 2 * len(known) >= sessions else nan
        assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_a_rolling_mean_of_a_session_knows_none_after_it() -> None:
    daily = ics(4, 100)
    poisoned = np.concatenate([daily[:60], np.full(40, 99.0)])
    assert rolling_mean(daily)[:60].tobytes() == rolling_mean(poisoned)[:60].tobytes()


def test_an_alarm_says_the_first_session_of_it_whatever_came_after() -> None:
    risen = np.concatenate([ics(1, 300, 0.0), ics(2, 126, 0.3)])
    found = drift(risen)
    assert found is not None
    assert found.session is not None
    at = SESSIONS.index(found.session)
    worse = risen.copy()
    worse[at + 1 :] = 5.0
    again = drift(worse)
    assert again is not None
    assert again.session == found.session


def test_errors_that_shrink_are_no_drift_and_other_units_change_nothing() -> None:
    shrunk = np.concatenate([ics(1, 300, 0.5), ics(2, 126, 0.0)])
    found = drift(shrunk)
    assert found is not None
    assert not found.found
    risen = np.concatenate([ics(1, 300, 0.0), ics(2, 126, 0.3)])
    one, scaled = drift(risen), drift(risen * 1e6 - 7.0)
    assert one is not None
    assert scaled is not None
    assert scaled.session == one.session
    assert scaled.alarm.statistic == pytest.approx(one.alarm.statistic)


def test_only_sessions_a_horizon_apart_are_looked_at() -> None:
    daily = ics(6, 426, 0.0)
    apart = drift(daily, horizon_sessions=5)
    assert apart is not None
    assert (apart.apart_sessions, apart.alarm.n) == (6, 21)
    between = daily.copy()
    watched_rows = np.arange(300, 426)
    skipped = watched_rows[np.arange(126) % 6 != 0]
    between[skipped] = 50.0
    again = drift(between, horizon_sessions=5)
    assert again is not None
    assert again.alarm.statistic == apart.alarm.statistic
    assert drift(daily, horizon_sessions=20) is None, "fifteen values a horizon apart are no record"


def test_a_state_is_the_gravest_of_its_reasons_and_names_them_all() -> None:
    fallen = np.concatenate([ics(1, 400, 0.05), ics(2, 63, -0.25)])
    further = np.concatenate([ics(3, 337, 0.3), ics(4, 126, 0.9)])
    found = watched(fallen, further, age_sessions=200)
    assert found.state == "drifting"
    assert [each.cause for each in found.reasons] == ["errors", "errors", "decay", "age"]
    assert found.reasons[1].told.startswith("outcomes lie further from what it expected than in its record, ")
    assert all(each.n > 0 for each in found.reasons)
    assert [each.figure > each.threshold for each in found.reasons] == [True, True, False, True], (
        "decay is a difference whose upper bound lies below 0"
    )


@pytest.mark.parametrize(("age", "state"), [(0, "steady"), (63, "steady"), (64, "watch")])
def test_age_counts_from_the_session_after_the_most(age: int, state: str) -> None:
    assert watched(ics(1), age_sessions=age).state == state


def test_one_that_cannot_be_told_may_still_be_old() -> None:
    found = watched(ics(1, 30), age_sessions=64)
    assert (found.state, [each.cause for each in found.reasons]) == ("unknown", ["age"])
    assert found.retrain_due


def an_input(feature: str, *, moved: bool, as_far: int = 0, spans: int = 10) -> InputDrift:
    """A feature whose figures moved far, or not."""
    figure = Drift(statistic=0.9 if moved else 0.05, by_chance=0.1, n_reference=500, n=100)
    return InputDrift(
        feature=feature,
        stability=figure,
        distance=figure,
        as_far_before=as_far,
        spans=spans,
        missing_before=0.0,
        missing=0.0,
    )


def test_inputs_are_a_reason_from_their_share_on_and_the_furthest_are_named_first() -> None:
    moved = an_input("B", moved=True)
    still = [an_input(f"S{n}", moved=False) for n in range(4)]
    found = watched(ics(1), inputs=(moved, *still))
    assert found.state == "watch"
    assert found.reasons[0].told == (
        "1 of 5 features have drifted from the training; the furthest by stability index: B 0.90"
    )
    assert (found.reasons[0].figure, found.reasons[0].n) == (0.2, 5)
    assert watched(ics(1), inputs=(moved, *still, still[0])).state == "steady"
    tied = tuple(an_input(name, moved=True) for name in ("D", "A", "C", "B"))
    assert watched(ics(1), inputs=tied).reasons[0].told.endswith("A 0.90, B 0.90, C 0.90"), "ties by name"


@pytest.mark.parametrize(
    ("as_far", "spans", "found"), [(0, 20, True), (1, 20, True), (2, 20, False), (4, 4, True), (0, 0, True)]
)
def test_a_move_that_the_training_itself_often_made_is_no_drift(as_far: int, spans: int, found: bool) -> None:
    assert an_input("X", moved=True, as_far=as_far, spans=spans).found is found
    assert not an_input("X", moved=False, as_far=as_far, spans=spans).found


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, nan, inf], ids=["0", "below", "above", "nan", "inf"])
def test_thresholds_that_mean_nothing_are_refused(share: float) -> None:
    with pytest.raises(DataError, match=r"a share in \(0, 1\], found 63 and "):
        Thresholds(drifted_share=share)


def constant(name: str, value: float) -> Feature:
    return replace(FEW[0], name=name, compute=lambda columns: np.full(columns.close.shape, value))


def test_a_feature_that_never_varied_or_is_never_there_is_left_out() -> None:
    features = (constant("FLAT", 1.0), constant("NONE", nan), constant("HUGE", inf))
    assert input_drift(small_universe(), range(60, 180), features=features) == ()
    assert input_drift(small_universe(), range(60, 180), features=()) == ()


def test_what_lies_before_the_training_and_between_is_not_looked_at() -> None:
    universe = small_universe()
    found = input_drift(universe, range(60, 180), features=FEW, recent_sessions=40)
    members = universe.members.copy()
    members[:55] = False
    members[181:199] = False
    without = input_drift(
        replace(universe, members=members), range(60, 180), features=FEW, recent_sessions=40
    )
    assert without == found
    assert [each.stability.n for each in found] == [each.stability.n for each in without]


@pytest.mark.parametrize(
    "train",
    [range(0), range(60, 60), range(60, 236), range(60, 500)],
    ids=["empty", "none", "too near", "beyond"],
)
def test_a_training_that_leaves_nothing_to_look_at_is_refused(train: range) -> None:
    with pytest.raises(DataError, match=r"look again when more have passed"):
        input_drift(small_universe(), train, features=FEW)


def forecasts(count: int = 12, **changes: object) -> list[Forecast]:
    plain = Forecast(
        ticker="",
        session=SESSIONS[0],
        horizon_sessions=5,
        expected=0.0,
        low=-0.04,
        high=0.05,
        probability_up=0.5,
        rank=0.5,
        forecaster="gbm",
        version="gbm-1",
    )
    return [
        replace(plain, ticker=f"T{n}", rank=(n + 0.5) / count, expected=0.001 * n, **changes)
        for n in range(count)
    ]


def scored(made: list[Forecast], outcomes: dict[str, float]) -> LiveScore:
    return live_score(
        made,
        outcomes,
        version="gbm-1",
        session=SESSIONS[0],
        horizon_sessions=5,
        known_session=SESSIONS[6],
    )


def test_the_order_of_forecasts_and_outcomes_of_others_change_no_score() -> None:
    made = forecasts()
    outcomes = {each.ticker: 0.01 * (n % 5) - 0.02 for n, each in enumerate(made)}
    plain = scored(made, outcomes)
    others = {f"Z{n}": 9.0 for n in range(40)}
    again = scored(made[::-1], {**others, **dict(reversed(outcomes.items()))})
    for name in ("ic", "rank_ic", "hit_rate", "coverage", "log_loss", "residual"):
        assert getattr(again, name) == pytest.approx(getattr(plain, name)), name
    assert again.names == 12


def test_no_forecast_at_all_and_the_tenth_name_are_told_apart() -> None:
    assert scored([], {"A": 0.1}).why == "0 of its 0 forecasts have an outcome, 10 are needed"
    made = forecasts(10)
    outcomes = {each.ticker: 0.01 * n for n, each in enumerate(made)}
    assert scored(made, outcomes).rank_ic == pytest.approx(1.0)
    assert scored(made[1:], outcomes).rank_ic is None


def test_expectations_all_alike_leave_the_rank_its_figure() -> None:
    made = [replace(each, expected=0.0) for each in forecasts()]
    found = scored(made, {each.ticker: 0.01 * n for n, each in enumerate(made)})
    assert (found.ic, found.rank_ic, found.why) == (None, pytest.approx(1.0), None)


@pytest.mark.parametrize(("probability", "loss"), [(1.0, 0.001), (0.0, -log(0.001)), (0.5, log(2))])
def test_a_probability_of_certainty_costs_much_and_never_infinitely(probability: float, loss: float) -> None:
    made = forecasts(probability_up=probability)
    found = scored(made, {each.ticker: 0.01 + 0.01 * n for n, each in enumerate(made)})
    assert found.log_loss == pytest.approx(loss, abs=1e-5)


def test_bounds_belong_to_the_interval_and_an_interval_of_no_width_to_no_residual() -> None:
    made = forecasts()
    edge = {each.ticker: (-0.04 if n % 2 else 0.05) for n, each in enumerate(made)}
    assert scored(made, edge).coverage == 1.0
    narrow = [replace(each, low=0.0, high=0.0) for each in made]
    assert scored(narrow, edge).residual is None
    assert np.isnan(residuals(*(np.full((1, 20), x) for x in (0.0, -inf, inf, 0.1)))).all()


def test_what_followed_a_session_is_not_changed_by_what_follows_that() -> None:
    universe = small_universe()
    at, horizon = 150, 5
    session = universe.panel.sessions[at]
    whole = outcomes_of(universe, session, horizon)
    assert whole == outcomes_of(universe.rows(0, at + horizon + 2), session, horizon)
    assert outcomes_of(universe.rows(0, at + horizon + 1), session, horizon) == {}
    panel = universe.panel
    later = {
        name: np.where(np.arange(240)[:, None] > at + horizon + 1, 3.0, 1.0) * getattr(panel, name)
        for name in ("open", "close", "total_return_index")
    }
    poisoned = replace(universe, panel=replace(panel, **later))
    assert outcomes_of(poisoned, session, horizon) == whole
    assert outcomes_of(universe, date(1999, 1, 4), horizon) == {}


def test_a_session_without_a_score_says_why_and_holds_no_figure() -> None:
    found = unscored(
        "it was late", version="v", session=SESSIONS[0], horizon_sessions=5, known_session=SESSIONS[6]
    )
    figures = (found.ic, found.rank_ic, found.hit_rate, found.coverage, found.log_loss, found.residual)
    assert (figures, found.why, found.names) == ((None,) * 6, "it was late", 0)
