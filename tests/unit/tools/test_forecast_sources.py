"""Forecasts asked of sources that come late, fail, mend themselves, repeat or contradict one another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError, NoDataError, QueryRefusedError
from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast
from fund.forecasting.life.live_score import LiveScore
from support import standings
from support.explanations import an_explanation
from support.forecaster_lives import a_live_score
from support.instruments import bundle_directory
from support.markets import bundle_history
from support.scripted_committee import a_forecast
from tools.forecasters import Standing, _daily, _place
from tools.forecasts import ForecasterRecord, ForecastTools, disagreement
from tools.volatility import MOST_SESSIONS, VolatilityTools

DAY = date(2016, 11, 30)
NEXT = DAY + timedelta(days=1)
WHY = an_explanation()


class Source:
    """A forecaster that says what it is given, and counts how often it is asked."""

    def __init__(self, name: str, said: Sequence[Forecast] | DataError) -> None:
        self.name = name
        self.said = said
        self.asked: list[date] = []

    def at(self, session: date) -> Sequence[Forecast]:
        self.asked.append(session)
        if isinstance(self.said, DataError):
            raise self.said
        return self.said

    def record(self, session: date) -> ForecasterRecord:
        return ForecasterRecord(
            forecaster=self.name,
            version=f"{self.name}-1",
            rank_ic=None,
            rank_ic_low=None,
            rank_ic_high=None,
            sessions=0,
            hit_rate=None,
        )


class Damaged(Source):
    """One that has no record either."""

    def record(self, session: date) -> ForecasterRecord:
        raise DataError("expected a session of the table, found none")


class Explaining(Source):
    """One that can say why, or fails at it."""

    def explanations(self, session: date, tickers: Collection[str]) -> Mapping[str, Explanation]:
        if isinstance(self.said, DataError):
            raise self.said
        if "LATE" in tickers:
            raise DataError("this one score has no explanation")
        return dict.fromkeys(tickers, WHY)


def said(name: str, *tickers: str, rank: float = 0.5) -> list[Forecast]:
    return [replace(a_forecast(ticker, DAY), forecaster=name, rank=rank) for ticker in tickers]


def test_without_a_source_nothing_is_said_and_nobody_is_missing() -> None:
    tools = ForecastTools()
    assert (tools.by_ticker(DAY), tools.unavailable(DAY), tools.silent) == ({}, {}, {})
    assert (tools.explanations(DAY, ["AAPL"]), tools.track_records(DAY)) == ({}, ())


def test_who_leads_decides_which_names_there_are_and_stands_first() -> None:
    lead, other = Source("gbm", said("gbm", "AAPL", "XOM")), Source("ridge", said("ridge", "XOM", "JPM"))
    found = ForecastTools([lead, other]).by_ticker(DAY)
    assert {ticker: [each.forecaster for each in each_] for ticker, each_ in found.items()} == {
        "AAPL": ["gbm"],
        "XOM": ["gbm", "ridge"],
    }
    turned = ForecastTools([other, lead]).by_ticker(DAY)
    assert set(turned) == {"XOM", "JPM"}
    assert [each.forecaster for each in turned["XOM"]] == ["ridge", "gbm"]


def test_a_leader_that_fails_leaves_nothing_to_be_ranked_by_and_others_fail_alone() -> None:
    late = DataError("gbm-1 is unavailable (late): no answer within 30 seconds")
    lead, other = Source("gbm", late), Source("ridge", said("ridge", "XOM"))
    tools = ForecastTools([lead, other])
    assert tools.by_ticker(DAY) == {}
    assert tools.unavailable(DAY) == {"gbm": str(late)}
    tools.use([other, lead])
    assert set(tools.by_ticker(DAY)) == {"XOM"}
    assert tools.unavailable(DAY) == tools.silent == {"gbm": str(late)}


def test_one_without_even_a_record_takes_neither_forecasts_nor_records_of_the_others() -> None:
    lead, damaged = Source("gbm", said("gbm", "XOM")), Damaged("ridge", DataError("unreadable"))
    tools = ForecastTools([lead, damaged])
    assert set(tools.by_ticker(DAY)) == {"XOM"}
    assert tools.unavailable(DAY) == {"forecaster 2": "unreadable"}
    assert [each.forecaster for each in tools.track_records(DAY)] == ["gbm"]


def test_a_whole_answer_is_asked_once_and_a_lame_one_again_until_it_is_whole() -> None:
    lead, other = Source("gbm", said("gbm", "XOM")), Source("ridge", NoDataError("not yet"))
    tools = ForecastTools([lead, other])
    for _ in range(2):
        assert set(tools.by_ticker(DAY)) == {"XOM"}
        assert tools.unavailable(DAY) == {"ridge": "not yet"}
    asked = len(other.asked)
    assert asked == 4, "whoever could not speak is asked again each time"
    other.said = said("ridge", "XOM")
    assert len(tools.by_ticker(DAY)["XOM"]) == 2
    assert tools.unavailable(DAY) == {}
    assert len(other.asked) == asked + 1, "now it is kept"
    tools.by_ticker(NEXT)
    assert other.asked[-1] == NEXT


def test_being_silent_is_told_without_asking_anybody() -> None:
    lead = Source("gbm", DataError("late"))
    tools = ForecastTools([lead])
    assert tools.silent == {}
    assert lead.asked == []
    tools.by_ticker(DAY)
    lead.said = said("gbm", "XOM")
    assert tools.silent == {"gbm": "late"}, "as they were last asked"
    assert len(lead.asked) == 1


def test_other_sources_are_not_answered_for_by_the_old_ones() -> None:
    tools = ForecastTools([Source("gbm", said("gbm", "XOM"))])
    assert set(tools.by_ticker(DAY)) == {"XOM"}
    tools.use([Source("gbm", said("gbm", "JPM"))])
    assert set(tools.by_ticker(DAY)) == {"JPM"}
    tools.use([])
    assert tools.by_ticker(DAY) == {}


def test_two_who_ask_at_once_about_two_days_each_get_their_own() -> None:
    class Dated(Source):
        def at(self, session: date) -> Sequence[Forecast]:
            return [replace(each, session=session) for each in said("gbm", "XOM")]

    tools, wrong = ForecastTools([Dated("gbm", ())]), []

    def ask(day: date) -> None:
        for _ in range(300):
            if tools.by_ticker(day)["XOM"][0].session != day:
                wrong.append(day)

    threads = [Thread(target=ask, args=(day,)) for day in (DAY, NEXT)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


def test_only_the_leader_is_asked_for_reasons_and_one_that_cannot_tell_them_says_none() -> None:
    plain, able = Source("gbm", said("gbm", "XOM")), Explaining("ridge", said("ridge", "XOM"))
    assert ForecastTools([plain, able]).explanations(DAY, ["XOM"]) == {}
    assert ForecastTools([able, plain]).explanations(DAY, ["XOM", "LATE", "JPM"]) == {
        "XOM": WHY,
        "JPM": WHY,
    }, "one that cannot be told apart takes no other with it"
    assert ForecastTools([Explaining("x", DataError("no parts"))]).explanations(DAY, ["XOM"]) == {}


@given(st.lists(st.floats(0, 1), max_size=6))
def test_disagreement_is_the_widest_distance_of_any_two(ranks: list[float]) -> None:
    made = [said("x", "XOM", rank=rank)[0] for rank in ranks]
    widest = max((abs(a - b) for a in ranks for b in ranks), default=0.0)
    assert disagreement(made) == (None if len(ranks) < 2 else pytest.approx(widest))


def scores(*known: date) -> tuple[LiveScore, ...]:
    return tuple(
        a_live_score(session=each - timedelta(days=8), known_session=each, rank_ic=0.01 * n)
        for n, each in enumerate(known)
    )


def test_a_live_score_counts_from_the_session_on_whose_open_it_was_known() -> None:
    days = tuple(DAY + timedelta(days=n) for n in range(4))
    assert list(_daily(scores(*days), DAY - timedelta(days=1))) == []
    assert list(_daily(scores(*days), days[1]).values()) == [0.0, 0.01]
    absent = replace(scores(DAY)[0], rank_ic=None, why="it was late")
    assert _daily((absent, *scores(*days)), days[-1]) == _daily(scores(*days), days[-1])


def a_standing(version: str, horizon: int, role: str, *, speaks: bool = True) -> Standing:
    return standings.a_standing(version, horizon_sessions=horizon, role=role, speaks=speaks)


def test_each_horizon_begins_with_its_champion_then_who_is_heard_then_by_name() -> None:
    wanted = [
        a_standing("xgb-1", 1, "champion"),
        a_standing("gbm-9", 5, "champion"),
        a_standing("momentum-1", 5, "challenger"),
        a_standing("reversal-1", 5, "challenger"),
        a_standing("attention-1", 5, "challenger", speaks=False),
        a_standing("gbm-1", 5, "retired", speaks=False),
        a_standing("gbm-20", 20, "challenger", speaks=False),
    ]
    for seed in range(8):
        mixed = [wanted[n] for n in np.random.default_rng(seed).permutation(len(wanted))]
        assert sorted(mixed, key=_place) == wanted


def volatility(session: date) -> VolatilityTools:
    history = bundle_history()
    view = history.view(history.calendar.decision_time(session))
    return VolatilityTools(lambda _: view, bundle_directory, "SPY")


def test_a_name_without_prices_yet_leaves_the_others_their_forecast() -> None:
    history = bundle_history()
    view = history.view(history.calendar.decision_time(DAY))
    unborn = sorted(set(history.instruments) - set(view.panel(1).tickers))[0]
    found = volatility(DAY).volatility([unborn, "AAPL"])
    assert [each.ticker for each in found.forecasts] == ["AAPL"]
    assert [each.ticker for each in found.unavailable] == [unborn]
    assert found.unavailable[0].reason.startswith("expected a ticker with bars by 2016-11-30, found ")


def test_a_name_that_nobody_knows_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(QueryRefusedError, match="QQQQQQ"):
        volatility(DAY).volatility(["AAPL", "QQQQQQ"])


@pytest.mark.parametrize("ahead", [0, -1, MOST_SESSIONS + 1, 10_000])
def test_a_horizon_outside_its_bounds_is_refused_by_both_questions(ahead: int) -> None:
    tools = volatility(DAY)
    said_ = f"the horizon is 1 to 20 sessions, was {ahead}"
    with pytest.raises(QueryRefusedError, match=said_):
        tools.volatility(["AAPL"], ahead)
    with pytest.raises(QueryRefusedError, match=said_):
        tools.regime(horizon_sessions=ahead)


def test_both_are_told_as_of_the_view_s_own_session() -> None:
    tools = volatility(DAY)
    found = tools.volatility(["AAPL"])
    assert found.session == found.forecasts[0].session == DAY
    assert 0 < found.forecasts[0].low < found.forecasts[0].high
