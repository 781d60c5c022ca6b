"""Forecasts by ticker: the desk's own first, asked for once, and never those of another session."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast
from support.committee import SpokenForecasts, a_forecast
from support.explanations import an_explanation
from tools.forecasts import ForecasterRecord, ForecastTools, disagreement

MONDAY, TUESDAY = date(2016, 3, 7), date(2016, 3, 8)
PATIENCE_SECONDS = 10.0


def a_source(
    name: str = "gbm", *tickers: str, sessions: Sequence[date] = (MONDAY, TUESDAY)
) -> SpokenForecasts:
    said = {day: [a_forecast(t, day, forecaster=name) for t in tickers] for day in sessions}
    return SpokenForecasts(said, name=name)


def test_every_ticker_of_the_first_source_has_what_all_sources_say() -> None:
    tools = ForecastTools([a_source("gbm", "AAA", "BBB"), a_source("momentum", "BBB", "AAA", "CCC")])
    told = tools.by_ticker(MONDAY)
    assert set(told) == {"AAA", "BBB"}
    assert [each.forecaster for each in told["AAA"]] == ["gbm", "momentum"]


def test_what_only_a_baseline_speaks_of_is_left_out() -> None:
    tools = ForecastTools([a_source("gbm", "AAA"), a_source("momentum", "ZZZ")])
    assert [each.forecaster for each in tools.by_ticker(MONDAY)["AAA"]] == ["gbm"]
    assert "ZZZ" not in tools.by_ticker(MONDAY)


def test_without_sources_or_forecasts_there_is_nothing() -> None:
    assert ForecastTools().by_ticker(MONDAY) == {}
    assert ForecastTools([a_source("gbm")]).by_ticker(MONDAY) == {}
    assert ForecastTools().track_records(MONDAY) == ()


def test_a_session_is_asked_for_once_until_another_one_is() -> None:
    source = a_source("gbm", "AAA")
    tools = ForecastTools([source])
    for session in (MONDAY, MONDAY, TUESDAY, TUESDAY, MONDAY):
        assert {each[0].session for each in tools.by_ticker(session).values()} == {session}
    assert source.asked == [MONDAY, TUESDAY, MONDAY]


def test_new_sources_speak_at_once_even_of_the_session_asked_last() -> None:
    tools = ForecastTools([a_source("gbm", "AAA")])
    assert set(tools.by_ticker(MONDAY)) == {"AAA"}
    tools.use([a_source("gbm", "BBB")])
    assert set(tools.by_ticker(MONDAY)) == {"BBB"}


def test_track_records_are_asked_of_every_source_as_of_the_session() -> None:
    tools = ForecastTools([a_source("gbm", "AAA"), a_source("momentum", "AAA")])
    told = tools.track_records(TUESDAY)
    assert [(each.forecaster, each.sessions) for each in told] == [("gbm", 1), ("momentum", 1)]


class Slow:
    """A source whose two askers meet while it answers, so that each is in the middle of the other's."""

    def __init__(self, meeting: Barrier) -> None:
        self.meeting = meeting

    def at(self, session: date) -> Sequence[Forecast]:
        self.meeting.wait(PATIENCE_SECONDS)
        return [a_forecast(f"T{session.day}", session)]

    def record(self, session: date) -> ForecasterRecord:
        return a_source().record(session)


def test_a_chat_and_a_cycle_that_ask_at_once_each_get_their_own_session() -> None:
    tools = ForecastTools([Slow(Barrier(2))])
    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            told = threads.map(tools.by_ticker, (MONDAY, TUESDAY))
            assert [set(each) for each in told] == [{"T7"}, {"T8"}]
            tools.use([Slow(Barrier(2))])


@given(asked=st.lists(st.integers(0, 3), max_size=20), changes=st.sets(st.integers(0, 19)))
def test_whatever_is_asked_in_whatever_order_the_answer_is_of_that_session(
    asked: list[int], changes: set[int]
) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(4)]
    tools = ForecastTools([a_source("gbm", "AAA", sessions=days)])
    for turn, day in enumerate(asked):
        if turn in changes:
            tools.use([a_source("gbm", f"T{turn}", sessions=days)])
        expected = {f"T{max((c for c in changes if c <= turn), default=-1)}"}
        told = tools.by_ticker(days[day])
        assert set(told) == (expected if any(c <= turn for c in changes) else {"AAA"})
        assert {f.session for each in told.values() for f in each} == {days[day]}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_as_many_records_as_sources(count: int) -> None:
    tools = ForecastTools([a_source(f"f{n}", "AAA") for n in range(count)])
    assert len(tools.track_records(MONDAY)) == count


class Hanging(SpokenForecasts):
    """A forecaster that has no answer in time until it is mended."""

    def __init__(self, name: str, *tickers: str) -> None:
        said = [a_forecast(ticker, MONDAY, forecaster=name) for ticker in tickers]
        super().__init__({MONDAY: said}, name=name)
        self.mended = False

    def at(self, session: date) -> Sequence[Forecast]:
        if not self.mended:
            raise DataError("no answer within 30 seconds")
        return super().at(session)


class Explained(SpokenForecasts):
    """A forecaster that can say why."""

    def explanations(self, session: date, tickers: Collection[str]) -> Mapping[str, Explanation]:
        if session == TUESDAY:
            raise DataError("its scores are no sums of parts")
        return {each: an_explanation() for each in tickers}


def test_a_baseline_that_hangs_is_left_out_and_named_and_asked_again_next_time() -> None:
    hanging = Hanging("momentum", "AAA")
    tools = ForecastTools([a_source("gbm", "AAA"), hanging])
    assert tools.silent == {}
    assert [each.forecaster for each in tools.by_ticker(MONDAY)["AAA"]] == ["gbm"]
    assert tools.unavailable(MONDAY) == {"momentum": "no answer within 30 seconds"}
    assert tools.silent == {"momentum": "no answer within 30 seconds"}
    hanging.mended = True
    assert [each.forecaster for each in tools.by_ticker(MONDAY)["AAA"]] == ["gbm", "momentum"]
    assert (tools.unavailable(MONDAY), tools.silent) == ({}, {})


def test_without_the_first_nobody_else_ranks_in_its_place() -> None:
    tools = ForecastTools([Hanging("gbm", "AAA"), a_source("momentum", "AAA", "BBB")])
    assert tools.by_ticker(MONDAY) == {}
    assert set(tools.unavailable(MONDAY)) == {"gbm"}


def test_reasons_are_those_of_the_first_and_none_where_it_cannot_tell() -> None:
    said = {day: [a_forecast("AAA", day)] for day in (MONDAY, TUESDAY)}
    tools = ForecastTools([Explained(said), a_source("momentum", "AAA")])
    assert tools.explanations(MONDAY, ["AAA"])["AAA"].reasons[0].feature == "ROC5"
    assert tools.explanations(TUESDAY, ["AAA"]) == {}
    assert ForecastTools([a_source("gbm", "AAA")]).explanations(MONDAY, ["AAA"]) == {}
    assert ForecastTools().explanations(MONDAY, ["AAA"]) == {}


def test_a_disagreement_is_between_the_ends_and_needs_two() -> None:
    views = [a_forecast("AAA", MONDAY, rank=rank) for rank in (0.2, 0.9, 0.5)]
    assert disagreement(views) == pytest.approx(0.7)
    assert disagreement(views[:1]) is None
    assert disagreement(()) is None


class Listening(SpokenForecasts):
    """A source that listens to others, or to nobody, or cannot today."""

    def __init__(self, name: str, apart: Mapping[str, float] | None) -> None:
        super().__init__({MONDAY: [a_forecast("AAA", MONDAY, forecaster=name)]}, name=name)
        self.told = apart

    def apart(self, session: date) -> Mapping[str, float]:
        if self.told is None:
            raise DataError("its member gbm-1 cannot be heard: expected hash")
        return self.told


def test_members_that_are_apart_are_told_by_who_listens_to_them() -> None:
    sources = (
        Listening("ensemble", {"AAA": 0.25}),
        a_source("gbm", "AAA"),
        Listening("ridge", {}),
        Listening("broken", None),
    )
    assert ForecastTools(sources).members_apart(MONDAY) == {"ensemble": {"AAA": 0.25}}
    assert ForecastTools().members_apart(MONDAY) == {}
