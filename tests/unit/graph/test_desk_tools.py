"""Questions that need several tools at once: ranks, names and days agree wherever they are told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import create_engine

from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from fund.forecasting.forecast import Forecast
from graph.desk_tools import HEADLINES, TOP, DeskTools
from support.desk_records import NOW, PlayedDesk
from support.markets import bundle_history
from support.scripted_committee import FIRST, FORECAST_NAMES, ListedForecasts
from tools.forecasts import ForecasterRecord, ForecastSource, ForecastTools
from tools.memory import MemoryTools

Changed = Callable[[tuple[Forecast, ...]], Sequence[Forecast]]


class Rearranged:
    """The listed forecasts, changed on the way out."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed

    def at(self, session: date) -> Sequence[Forecast]:
        return self._changed(tuple(ListedForecasts().at(session)))

    def record(self, session: date) -> ForecasterRecord:
        return ListedForecasts().record(session)


def tools_over(*sources: ForecastSource) -> DeskTools:
    """Return the tools of a desk that stands at its first session; nothing here asks its database."""
    nowhere = create_engine("postgresql+psycopg://nobody@/nowhere")
    desk = PlayedDesk(nowhere, bundle_history(), FixedClock(NOW))
    usual = desk.tools()
    return DeskTools(
        stress=usual.stress,
        portfolio=usual.portfolio,
        performance=usual.performance,
        attribution=usual.attribution,
        decisions=usual.decisions,
        control=usual.control,
        forecasts=ForecastTools(list(sources)),
        memory=MemoryTools(nowhere),
        records=usual.records,
        watchlist=usual.watchlist,
        closes=usual.closes,
        alerts=usual.alerts,
        jobs=usual.jobs,
        evaluations=usual.evaluations,
        discovery=usual.discovery,
        shadows=usual.shadows,
        news=usual.news,
        views=desk.view,
        directory=desk.directory,
        desk=desk,
        benchmark="SPY",
        sql=usual.sql,
        patterns=usual.patterns,
        candles=usual.candles,
        correlations=usual.correlations,
        pairs=usual.pairs,
        bakeoffs=usual.bakeoffs,
        ratings=usual.ratings,
        forecasters=usual.forecasters,
        consensus=usual.consensus,
        costs=usual.costs,
    )


def ties(forecasts: tuple[Forecast, ...]) -> Sequence[Forecast]:
    return [replace(forecast, rank=0.5) for forecast in reversed(forecasts)]


def turned(forecasts: tuple[Forecast, ...]) -> Sequence[Forecast]:
    return [replace(forecast, forecaster="momentum", rank=1 - forecast.rank) for forecast in forecasts]


TOOLS = tools_over(ListedForecasts())


@pytest.mark.parametrize("place", [1, 2, 7, len(FORECAST_NAMES)])
def test_a_name_has_its_place_among_all_that_are_forecast(place: int) -> None:
    answer = TOOLS.forecast(FORECAST_NAMES[place - 1])
    assert answer.place == (place, len(FORECAST_NAMES))
    assert answer.forecasts[0].ticker == answer.ticker == FORECAST_NAMES[place - 1]


def test_a_forecast_is_of_the_desks_session_and_comes_with_its_track_record() -> None:
    answer = TOOLS.forecast("apple")
    assert (answer.ticker, answer.session) == ("AAPL", FIRST)
    assert answer.name.startswith("Apple")
    assert [record.forecaster for record in answer.track_records] == ["gbm"]


def test_a_name_that_is_not_forecast_has_no_place_and_no_forecast() -> None:
    answer = TOOLS.forecast("SPY")
    assert (answer.place, answer.forecasts) == (None, ())
    assert answer.track_records


def test_names_of_equal_rank_share_their_place() -> None:
    tied = tools_over(Rearranged(ties))
    assert {tied.forecast(name).place for name in FORECAST_NAMES} == {(1, len(FORECAST_NAMES))}


def test_the_highest_ranked_come_first_and_no_more_than_ten() -> None:
    answer = TOOLS.top_forecasts()
    assert [forecast.ticker for forecast in answer.forecasts] == list(FORECAST_NAMES[:TOP])
    assert (answer.names, answer.session) == (len(FORECAST_NAMES), FIRST)
    assert [record.forecaster for record in answer.track_records] == ["gbm"]


def test_of_equal_ranks_the_alphabet_decides_whatever_order_they_came_in() -> None:
    answer = tools_over(Rearranged(ties)).top_forecasts()
    assert [forecast.ticker for forecast in answer.forecasts] == sorted(FORECAST_NAMES)[:TOP]


def test_the_top_of_the_list_has_the_first_places() -> None:
    for place, forecast in enumerate(TOOLS.top_forecasts().forecasts, start=1):
        assert TOOLS.forecast(forecast.ticker).place == (place, len(FORECAST_NAMES))


def test_without_any_forecast_the_day_is_named() -> None:
    with pytest.raises(QueryRefusedError, match=f"no forecast for {FIRST.isoformat()}"):
        tools_over(Rearranged(lambda _: ())).top_forecasts()
    with pytest.raises(QueryRefusedError, match=f"no forecast for {FIRST.isoformat()}"):
        tools_over().top_forecasts()


def test_a_second_forecaster_is_told_beside_the_desks_own() -> None:
    other = Rearranged(
        lambda found: [replace(each, forecaster="momentum", rank=1 - each.rank) for each in found]
    )
    answer = tools_over(ListedForecasts(), other).forecast("AAPL")
    assert [forecast.forecaster for forecast in answer.forecasts] == ["gbm", "momentum"]
    assert answer.place == (1, len(FORECAST_NAMES))


@pytest.mark.parametrize("question", ["forecast", "similar"])
def test_a_name_nobody_bears_is_refused_with_an_offer(question: str) -> None:
    with pytest.raises(QueryRefusedError, match="did you mean"):
        getattr(TOOLS, question)("Microsft")


def test_the_market_is_that_of_the_desks_session() -> None:
    answer = TOOLS.market()
    assert (answer.market.benchmark, answer.market.session) == ("SPY", FIRST)
    assert answer.market.members > 400
    assert 0 < len(answer.headlines) <= HEADLINES
    assert all(reading.day <= FIRST for reading in answer.readings)


def test_no_headline_is_known_before_it_was_published() -> None:
    calendar = bundle_history().calendar
    assert all(headline.known_at <= calendar.decision_time(FIRST) for headline in TOOLS.market().headlines)
