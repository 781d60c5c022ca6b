"""How forecasts, similar trades and the market are told: never without what they have been worth."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fund.forecasting.forecast import Forecast
from fund.market.facts import Headline
from graph.chat_events import Table
from graph.desk_answers import ForecastAnswer, MarketAnswer, SimilarAnswer, TopForecasts
from graph.replies.outlook import forecast_reply, market_reply, similar_reply, top_reply
from support.explanations import a_nets_explanation, an_explanation
from support.talk import tables_of, text_of
from support.tool_results import DAY
from tools.forecasts import ForecasterRecord
from tools.market import MarketSnapshot, SeriesReading
from tools.memory import SimilarTrade

FORECAST = Forecast(
    ticker="AAPL",
    session=DAY,
    horizon_sessions=5,
    expected=0.004,
    low=0.01,
    high=0.04,
    probability_up=0.54,
    rank=0.9,
    forecaster="gbm",
    version="v1",
)
TRACK = ForecasterRecord(
    forecaster="gbm",
    version="v1",
    rank_ic=0.0123,
    rank_ic_low=-0.0041,
    rank_ic_high=0.0287,
    sessions=140,
    hit_rate=0.5123,
)
MARKET = MarketSnapshot(
    benchmark="SPY",
    session=DAY,
    return_5=0.01,
    return_20=-0.02,
    return_60=0.03,
    volatility_20=0.1,
    drawdown_120=-0.025,
    breadth=0.664,
    members=497,
)


def an_answer(**changes: object) -> ForecastAnswer:
    answer = ForecastAnswer(
        ticker="AAPL",
        name="Apple Inc.",
        session=DAY,
        forecasts=(FORECAST,),
        place=(3, 480),
        track_records=(TRACK,),
    )
    return replace(answer, **changes)  # type: ignore[arg-type]


def forecast_tables(**changes: object) -> dict[str, Table]:
    return tables_of(forecast_reply(an_answer(**changes)))


def a_trade(return_fraction: float = 0.03, distance: float = 0.1234) -> SimilarTrade:
    return SimilarTrade(
        memory_id="m1",
        ticker="KO",
        opened=DAY,
        held_sessions=8,
        return_fraction=return_fraction,
        distance=distance,
    )


def test_a_forecast_is_told_with_its_range_its_chance_and_its_place() -> None:
    assert text_of(forecast_reply(an_answer())).startswith(
        "On the close of 2016-12-13 the gbm forecaster expects AAPL to return 0.40% more than the average "
        "member over 5 sessions (10% to 90%: +1.00% to +4.00%; 54% likely to beat it, number 3 of 480 names)."
    )


def test_a_forecast_without_place_speaks_of_none() -> None:
    assert "54% likely to beat it)" in text_of(forecast_reply(an_answer(place=None)))


def test_every_forecaster_is_a_row_and_the_first_is_told_in_words() -> None:
    other = replace(FORECAST, forecaster="momentum", horizon_sessions=1, expected=-0.01, rank=0.25)
    table = forecast_tables(forecasts=(FORECAST, other))["Forecasts for AAPL, 2016-12-13"]
    assert table.columns == ("Forecaster", "Expected excess", "10% to 90%", "P(beats average)", "Rank")
    assert table.rows == (
        ("gbm, 5 sessions", "+0.40%", "+1.00% to +4.00%", "54%", "0.90"),
        ("momentum, 1 session", "-1.00%", "+1.00% to +4.00%", "54%", "0.25"),
    )


def test_a_track_record_is_a_row_with_its_interval_and_size() -> None:
    table = forecast_tables()["Track records"]
    assert table.columns == ("Forecaster", "Rank IC", "95% interval", "Sessions", "Hit rate")
    assert table.rows == (("gbm", "0.012", "-0.004 to 0.029", 140, "51.2%"),)


@pytest.mark.parametrize("gone", ["rank_ic_low", "rank_ic_high"])
def test_a_track_record_without_its_interval_is_not_known(gone: str) -> None:
    answer = an_answer(track_records=(replace(TRACK, **{gone: None}),))
    assert tables_of(forecast_reply(answer))["Track records"].rows[0][2] == "not known yet"
    assert "Its track record is not known yet." in text_of(forecast_reply(answer))


def test_a_forecaster_without_any_record_is_said_to_have_none() -> None:
    events = list(forecast_reply(an_answer(track_records=())))
    assert "Its track record is not known yet." in text_of(events)
    assert "Track records" not in tables_of(events)


@pytest.mark.parametrize(
    ("low", "high", "skill"),
    [
        (-0.01, 0.03, False),
        (0.0, 0.03, False),
        (-0.03, 0.0, False),
        (0.001, 0.03, True),
        (-0.03, -0.001, True),
    ],
)
def test_an_interval_that_touches_zero_is_no_skill(low: float, high: float, skill: bool) -> None:
    record = replace(TRACK, rank_ic_low=low, rank_ic_high=high)
    text = text_of(forecast_reply(an_answer(track_records=(record,))))
    assert ("cannot be told from no skill" in text) is not skill
    assert ("does not include zero" in text) is skill


def test_the_highest_ranked_come_with_their_tickers_and_their_worth() -> None:
    second = replace(FORECAST, ticker="MSFT", rank=0.8)
    answer = TopForecasts(session=DAY, names=480, forecasts=(FORECAST, second), track_records=(TRACK,))
    events = list(top_reply(answer))
    assert "ranks AAPL highest of 480 names, with +0.40% expected above the average member" in text_of(events)
    assert "n = 140 sessions" in text_of(events)
    table = tables_of(events)["Highest-ranked forecasts"]
    assert table.columns[:2] == ("Ticker", "Forecaster")
    assert [row[0] for row in table.rows] == ["AAPL", "MSFT"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert "Track records" in tables_of(events)


def test_similar_trades_are_told_by_mean_share_and_row() -> None:
    answer = SimilarAnswer(
        ticker="AAPL", name="Apple", session=DAY, trades=(a_trade(), a_trade(-0.01), a_trade(0.0))
    )
    events = list(similar_reply(answer))
    assert text_of(events).startswith(
        "The 3 closed trades that began most like AAPL on 2016-12-13 returned +0.67% on average, 1 of 3 at a "
        "profit. The sample of n = 3"
    )
    table = tables_of(events)["Trades that began like AAPL"]
    assert table.rows[0] == ("KO", "2016-12-13", 8, "+3.00%", "0.123")


def test_a_memory_without_trades_says_so_and_shows_no_table() -> None:
    events = list(similar_reply(SimilarAnswer(ticker="AAPL", name="Apple", session=DAY, trades=())))
    assert text_of(events) == "Memory holds no closed trade to compare AAPL with on 2016-12-13."
    assert tables_of(events) == {}


def test_the_market_is_told_in_one_sentence_and_its_breadth_in_another() -> None:
    text = text_of(market_reply(MarketAnswer(market=MARKET, readings=(), headlines=())))
    assert text == (
        "SPY returned +1.00% over 5 and -2.00% over 20 sessions to 2016-12-13, -2.50% from its 120-session "
        "high, at a volatility of 10.00% a year. 66% of 497 members stand above their 50-session mean."
    )


def test_a_market_without_readings_or_news_shows_no_tables() -> None:
    assert tables_of(market_reply(MarketAnswer(market=MARKET, readings=(), headlines=()))) == {}


def test_readings_and_headlines_are_rows_with_their_time() -> None:
    reading = SeriesReading(series_id="VIX", name="VIX", day=DAY, value=12.7, change_20=-1.5, z_score=-0.91)
    headline = Headline(
        headline_id="h1",
        tickers=("^SPX",),
        title="Stocks rise",
        source="wire",
        known_at=datetime(2016, 12, 13, 5, 7, tzinfo=UTC),
    )
    shown = tables_of(market_reply(MarketAnswer(market=MARKET, readings=(reading,), headlines=(headline,))))
    assert shown["Macro readings"].rows == (("VIX", "2016-12-13", "12.70", "-1.50", "-0.91"),)
    assert shown["Headlines known to the desk"].rows == (("2016-12-13 05:07", "Stocks rise", "wire"),)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (0.004, "expects AAPL to return 0.40% more than the average member"),
        (-0.004, "expects AAPL to return 0.40% less than the average member"),
        (0.00004, "expects AAPL to do no better and no worse than the average member"),
        (-0.00004, "expects AAPL to do no better and no worse than the average member"),
    ],
)
def test_a_forecast_that_rounds_to_nothing_expects_nothing(expected: float, words: str) -> None:
    assert words in text_of(forecast_reply(an_answer(forecasts=(replace(FORECAST, expected=expected),))))


def test_what_is_not_known_of_the_market_is_told_as_missing_and_headlines_are_harmless() -> None:
    headline = Headline(
        headline_id="h1",
        tickers=("^SPX",),
        title="<b>Buy</b> [now](https://evil.example)",
        source="wire",
        known_at=datetime(2016, 12, 13, 5, tzinfo=UTC),
    )
    market = replace(MARKET, return_20=None, breadth=None)
    events = list(market_reply(MarketAnswer(market=market, readings=(), headlines=(headline,))))
    assert "+1.00% over 5 and n/a over 20 sessions" in text_of(events)
    assert "members stand" not in text_of(events)
    assert not set("<>[]") & set(str(tables_of(events)["Headlines known to the desk"].rows[0][1]))


def test_a_forecast_tells_its_five_reasons_how_they_add_up_and_of_a_net_its_sessions() -> None:
    answer = an_answer(explanation=a_nets_explanation())
    told, tables = text_of(forecast_reply(answer)), tables_of(forecast_reply(answer))
    assert [row[0] for row in tables["What moved the rank of AAPL most"].rows] == [
        each.words for each in a_nets_explanation().reasons
    ]
    assert "an association and no cause: Start +0.001, the 3 largest +0.012" in told
    assert "Of its 3 sessions these moved the score most: 2016-03-07 (+0.011)" in told
    assert "▂▂█ movement by session, oldest first" in told
    plain = text_of(forecast_reply(an_answer(explanation=an_explanation())))
    assert "Start +0.001" in plain
    assert "sessions these moved" not in plain
    assert "What moved its rank" not in text_of(forecast_reply(an_answer()))
