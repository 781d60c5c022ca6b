"""What came of suggestions: returns by their rule, pickers beside the lot, lists held on paper."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.discovery.forward import entry_after, exit_of, forward_returns, mean_return
from fund.discovery.paper import columns_of, paper_track
from fund.discovery.track import PickedReturn, independent, picker_records, picker_scores
from fund.errors import DataError
from fund.execution.round_trip import round_trip_cost
from support.facts import a_calendar, a_dividend, a_split
from support.mandates import real_costs
from support.markets import a_history, a_quiet_history, with_future

CALENDAR = a_calendar()
DAYS = CALENDAR.sessions(CALENDAR.first, CALENDAR.last)
NAN = float("nan")


def test_a_name_is_bought_at_the_first_open_after_the_moment() -> None:
    opened = CALENDAR.open_at(DAYS[3])
    assert entry_after(CALENDAR, CALENDAR.decision_time(DAYS[2])) == DAYS[3]
    assert entry_after(CALENDAR, opened - timedelta(seconds=1)) == DAYS[3]
    assert entry_after(CALENDAR, opened) == DAYS[4], "the open of this moment can no longer be had"
    assert entry_after(CALENDAR, opened + timedelta(hours=3)) == DAYS[4]


def test_it_is_sold_at_the_close_of_the_last_session_held() -> None:
    assert exit_of(CALENDAR, DAYS[3], 1) == DAYS[3]
    assert exit_of(CALENDAR, DAYS[3], 5) == DAYS[7]
    with pytest.raises(DataError, match="at least 1 session, found 0"):
        exit_of(CALENDAR, DAYS[3], 0)


def test_a_return_runs_from_the_open_over_splits_and_dividends_to_the_close() -> None:
    history = a_quiet_history(
        {"AAA": [10.0, 10.0, 11.0, 6.0, 6.6], "BBB": [5.0] * 5},
        opens={"AAA": [10.0, 8.0, 11.0, 5.8, 6.6]},
        actions=(a_split("AAA", DAYS[3]), a_dividend("AAA", DAYS[4], "0.3")),
    )
    found = forward_returns(history, ["AAA", "BBB", "NOPE"], DAYS[1], DAYS[4])
    value = found["AAA"].value
    assert value == pytest.approx((10 / 8) * (11 / 10) * (12 / 11) * (6.6 / (6.0 - 0.3)) - 1)
    assert (found["AAA"].price, found["AAA"].why) == (8.0, "")
    assert found["BBB"].value == 0.0
    assert (found["NOPE"].value, found["NOPE"].why) == (None, f"no bar on {DAYS[1]}")
    assert mean_return(found) == (pytest.approx(value / 2), 2)
    same_day = forward_returns(history, ["AAA"], DAYS[1], DAYS[1])
    assert same_day["AAA"].value == pytest.approx(10 / 8 - 1)


def test_a_company_that_goes_counts_with_its_last_close_and_one_that_was_not_there_does_not() -> None:
    history = a_quiet_history({"GONE": [10.0, 10.0, 4.0, NAN, NAN], "LATE": [NAN, NAN, 5.0, 6.0, 7.0]})
    found = forward_returns(history, ["GONE", "LATE"], DAYS[1], DAYS[4])
    assert found["GONE"].value == pytest.approx(-0.6)
    assert found["GONE"].why == f"its last bar before the exit is of {DAYS[2]}"
    assert found["LATE"].value is None
    assert mean_return({}) == (None, 0)


def test_an_open_that_nobody_saw_buys_nothing() -> None:
    history = a_quiet_history({"AAA": [10.0, 12.0, 12.0]}, opens={"AAA": [10.0, 10.0, 12.0]})
    found = forward_returns(history, ["AAA"], DAYS[1], DAYS[2])["AAA"]
    assert (found.value, found.why) == (None, f"no open was observed on {DAYS[1]}")


def test_what_is_not_known_yet_is_refused() -> None:
    history = a_quiet_history({"AAA": [10.0, 12.0, 12.0]})
    with pytest.raises(DataError, match="wait until its bars are known"):
        forward_returns(history, ["AAA"], DAYS[1], DAYS[3])
    with pytest.raises(DataError, match="expected an exit on or after"):
        forward_returns(history, ["AAA"], DAYS[2], DAYS[1])


@given(st.integers(0, 2**16), st.integers(0, 2**16))
def test_another_future_changes_no_return_that_was_known(market: int, future: int) -> None:
    history = a_history(market)
    days = history.panel.sessions
    other = with_future(history, history.calendar.decision_time(days[20]), future)
    names = history.panel.tickers
    known = forward_returns(history, names, days[12], days[20])
    assert forward_returns(other, names, days[12], days[20]) == known


def some_returns(picker: str, values: dict[int, list[float]]) -> list[PickedReturn]:
    return [
        PickedReturn(picker=picker, session=session, excess=value)
        for session, each in values.items()
        for value in each
    ]


def test_a_record_counts_a_session_once_and_overlapping_ones_not_at_all() -> None:
    returns = some_returns("metric", {0: [0.01, 0.03], 2: [0.00], 5: [0.04]})
    (record,) = picker_records(returns, 5)
    assert (record.picker, record.sessions) == ("metric", 2)
    assert record.mean == pytest.approx(0.02)
    assert record.deviation == pytest.approx(0.02)
    assert picker_records([], 5) == ()
    (single,) = picker_records(some_returns("metric", {0: [0.01]}), 5)
    assert single.deviation == 0.0


@given(st.lists(st.integers(0, 60), max_size=30), st.integers(1, 20))
def test_independent_sessions_are_a_horizon_apart_and_as_many_as_can_be(
    sessions: list[int], horizon: int
) -> None:
    count = independent(sessions, horizon)
    assert (count == 0) == (not sessions)
    if sessions:
        assert 1 <= count <= 1 + (max(sessions) - min(sessions)) // horizon
    assert independent(sessions, 1) == len(set(sessions))


def noise(seed: int, shift: float, sessions: int = 60) -> dict[int, list[float]]:
    rng = np.random.default_rng(seed)
    return {day: list(rng.normal(shift, 0.02, 5)) for day in range(sessions)}


def test_a_picker_that_is_better_is_told_from_the_lot_and_one_that_is_not_is_not() -> None:
    returns = [
        *some_returns("good", noise(1, 0.01)),
        *some_returns("same", noise(2, 0.0)),
        *some_returns("random", noise(3, 0.0)),
    ]
    scores = {each.picker: each for each in picker_scores(returns, 1)}
    good, same, lot = scores["good"], scores["same"], scores["random"]
    assert picker_scores(returns, 1)[0].picker == "good"
    assert good.low is not None
    assert good.low < good.mean < (good.high or 0)
    assert (good.beyond_low or 0) > 0
    assert (same.beyond_low or 0) < 0 < (same.beyond_high or 0)
    assert (good.sessions, good.independent, good.names) == (60, 60, 300)
    assert (lot.beyond_lot, lot.beyond_low, lot.beyond_high) == (None, None, None)
    assert picker_scores(returns, 1) == picker_scores(list(reversed(returns)), 1), (
        "no order and no chance in it"
    )


def test_few_sessions_have_a_mean_and_no_interval() -> None:
    returns = [*some_returns("metric", noise(1, 0.01, 19)), *some_returns("random", noise(2, 0.0, 19))]
    for score in picker_scores(returns, 5):
        assert (score.low, score.high, score.beyond_low) == (None, None, None)
        assert (score.sessions, score.independent) == (19, 4)
    assert picker_scores([], 5) == ()


def test_overlapping_horizons_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    walk = np.convolve(rng.normal(0, 0.01, 219), np.ones(20), "valid")
    returns = some_returns("metric", {day: [value] for day, value in enumerate(walk)})
    wide, narrow = (picker_scores(returns, horizon)[0] for horizon in (20, 1))
    assert wide.high is not None
    assert wide.low is not None
    assert narrow.high is not None
    assert narrow.low is not None
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_round_trip_costs_two_commissions_and_two_half_spreads() -> None:
    costs = real_costs()
    due = costs.commission(Decimal(200)) * 2 / 10_000 + costs.half_spread_bps * 2 / 10_000
    assert round_trip_cost(costs, 50.0) == pytest.approx(float(due))
    assert round_trip_cost(costs, 1.0) > round_trip_cost(costs, 100.0)


INDEX = np.array([[1.0, 1.0], [1.1, 1.0], [1.1, 1.2], [1.1, 1.2]])
WITHIN = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [0.0, 0.0]])
A, B = frozenset({0}), frozenset({1})


def test_a_list_is_bought_at_the_open_after_its_close_and_drifts() -> None:
    track = paper_track([A, A, B, frozenset()], INDEX, WITHIN, 0.0)
    assert track.returns == pytest.approx([0.1, 0.0, 0.0]), "the second name's rise came before it was bought"
    assert track.turnover == pytest.approx(3.0)
    assert track.held.tolist() == [True, True, True]
    both = paper_track([A | B] * 4, INDEX, WITHIN, 0.0)
    assert both.returns == pytest.approx([0.05, 0.5 / 1.05 * 0.2, 0.0])
    assert both.turnover == pytest.approx(1.0), "nothing is traded while the list stands"


def test_trading_costs_and_an_empty_list_is_cash() -> None:
    track = paper_track([A, frozenset(), frozenset(), frozenset()], INDEX, WITHIN, 0.01)
    assert track.returns == pytest.approx([0.99 * 1.1 - 1, -0.01, 0.0])
    assert track.costs == pytest.approx(0.02)
    assert track.held.tolist() == [True, True, False]
    nothing = paper_track([frozenset()] * 4, INDEX, WITHIN, 0.01)
    assert (nothing.returns.tolist(), nothing.costs) == ([0.0, 0.0, 0.0], 0.0)


def test_a_name_whose_series_ends_is_sold_at_its_last_close() -> None:
    index, within = INDEX.copy(), WITHIN.copy()
    index[2:, 0], within[2:, 0] = NAN, NAN
    track = paper_track([A | B] * 4, index, within, 0.0)
    assert np.isfinite(track.returns).all()
    assert track.returns[1] == pytest.approx((0.55 + 0.5 * 1.2 / 1.1) / 1.05 * 1.1 - 1)
    with pytest.raises(DataError, match="of one shape"):
        paper_track([A], index, within, 0.0)
    assert columns_of({"A": 0}, frozenset({"A", "NOPE"})) == A


@given(st.integers(0, 2**16), st.floats(0, 0.01))
def test_costs_never_help(seed: int, cost: float) -> None:
    rng = np.random.default_rng(seed)
    within = rng.normal(0, 0.02, (12, 4))
    index = np.cumprod(1 + rng.normal(0, 0.02, (12, 4)), axis=0)
    lists = [frozenset(int(c) for c in np.flatnonzero(rng.random(4) < 0.5)) for _ in range(12)]
    free, dear = (paper_track(lists, index, within, each) for each in (0.0, cost))
    assert (dear.returns <= free.returns + 1e-12).all()
    assert dear.turnover == pytest.approx(free.turnover)
