"""How decisions, results, forecasts and the market are told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fund.forecasting.forecast import Forecast, Interval
from fund.market.facts import Headline
from fund.portfolio.proposal import Proposal
from graph.chat_events import Chart, ChatEvent, Table
from graph.desk_tools import ForecastAnswer, MarketAnswer, SimilarAnswer, TopForecasts
from graph.replies.decision import decision_reply, why_reply
from graph.replies.outlook import forecast_reply, market_reply, similar_reply, top_reply
from graph.replies.results import performance_reply, trades_reply
from support.books import MONDAY, a_fill
from support.instruments import an_instrument
from support.records import a_cycle_record
from support.talk import tables_of, text_of
from support.views import a_view
from tools.figures import Figure, trade_figures
from tools.forecasts import ForecasterRecord
from tools.heard import SeenForecast, SeenRecord, SeenTicker, SeenTrade
from tools.market import MarketSnapshot, SeriesReading
from tools.memory import SimilarTrade
from tools.told import OrderSeen, explain, summarise
from tools.track_record import (
    Comparison,
    Costs,
    DailyValue,
    EquityChart,
    PerformanceReport,
    TradeList,
    TradeResult,
)

DAY = date(2016, 12, 13)


def a_figure(name: str = "return", value: float | None = 0.02, **changes: object) -> Figure:
    figure = Figure(name=name, value=value, unit="fraction", n=40, counted="sessions", low=-0.01, high=0.05)
    return replace(figure, **changes)  # type: ignore[arg-type]


def a_report(**changes: object) -> PerformanceReport:
    report = PerformanceReport(
        span="since the start, 2016-11-02 to 2016-12-13",
        base=date(2016, 11, 1),
        last=DAY,
        sessions=40,
        equity=Decimal("102000.00"),
        profit=Decimal("2000.00"),
        desk=(a_figure(),),
        comparisons=(Comparison(name="SPY (total return)", figures=(a_figure(value=0.03),)),),
        above_benchmark=a_figure("return above benchmark", -0.01, low=-0.03, high=0.01),
        trades=trade_figures([]),
        best=(),
        worst=(),
        costs=Costs(commissions=Decimal("12.00"), traded=Decimal("50000.00"), fills=12, turnover=0.5),
        note="",
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def a_chart() -> EquityChart:
    first = DailyValue(
        session=MONDAY,
        equity=Decimal(100_000),
        deposits=Decimal(100_000),
        return_fraction=None,
        benchmark_return=None,
        drawdown=0.0,
    )
    return EquityChart(title="Equity against SPY", figure={"data": [], "layout": {}}, values=(first,))


def a_forecast(**changes: object) -> Forecast:
    forecast = Forecast(
        ticker="AAPL",
        session=DAY,
        horizon_sessions=5,
        expected=0.004,
        low=-0.03,
        high=0.04,
        probability_up=0.54,
        rank=0.9,
        forecaster="gbm",
        version="v1",
    )
    return replace(forecast, **changes)  # type: ignore[arg-type]


def a_track(low: float | None = -0.01, high: float | None = 0.03) -> ForecasterRecord:
    return ForecasterRecord(
        forecaster="gbm",
        version="v1",
        rank_ic=0.01 if low is not None else None,
        rank_ic_low=low,
        rank_ic_high=high,
        sessions=140,
        hit_rate=0.51,
    )


def told(events: Iterable[ChatEvent]) -> tuple[str, dict[str, Table]]:
    gathered = list(events)
    return text_of(gathered), tables_of(gathered)


def test_performance_is_told_with_benchmark_interval_and_size() -> None:
    text, tables = told(performance_reply(a_report(), a_chart()))
    assert text.startswith("The desk returned +2.00%, SPY (total return) +3.00%")
    assert "40 sessions from the close of 2016-11-01" in text
    assert "-1.00% to +5.00%" in text
    assert tables["Performance, since the start, 2016-11-02 to 2016-12-13"].rows[0] == (
        "return",
        "+2.00%",
        "-1.00% to +5.00%",
        40,
        "+3.00%",
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.03, 0.01, "the interval includes zero, so this cannot be told from chance"),
        (-0.03, -0.005, "the interval does not include zero"),
    ],
)
def test_a_difference_is_told_from_chance_or_not(low: float, high: float, words: str) -> None:
    above = a_figure("return above benchmark", -0.01, low=low, high=high)
    text, _ = told(performance_reply(a_report(above_benchmark=above), a_chart()))
    assert "1.00% behind the benchmark" in text
    assert words in text


def test_a_short_span_is_told_as_too_short_instead_of_being_judged() -> None:
    text, _ = told(performance_reply(a_report(note="5 sessions are too few to say"), a_chart()))
    assert "5 sessions are too few to say." in text
    assert "chance" not in text


def test_without_a_benchmark_nothing_is_compared() -> None:
    text, tables = told(performance_reply(a_report(comparisons=(), above_benchmark=None), a_chart()))
    assert "nothing is compared" in text
    assert len(next(iter(tables.values())).columns) == 4


def test_the_chart_and_the_daily_values_go_along() -> None:
    events = list(performance_reply(a_report(), a_chart()))
    assert [event.title for event in events if isinstance(event, Chart)] == ["Equity against SPY"]
    assert tables_of(events)["Daily values"].rows == (("2016-03-07", 100000.0, None, None, 0.0),)


def test_best_and_worst_trades_and_costs_are_told() -> None:
    best = TradeResult(
        ticker="JPM", opened=MONDAY, closed=DAY, profit=Decimal("705.40"), return_fraction=0.11
    )
    worst = replace(best, ticker="KO", profit=Decimal("-20.00"))
    text, _ = told(performance_reply(a_report(best=(best,), worst=(worst,)), a_chart()))
    assert "Best closed trades: JPM +$705.40. Worst: KO -$20.00." in text
    assert "12 fills traded $50,000.00" in text
    assert "$12.00 commission" in text


def test_a_span_without_trades_says_so() -> None:
    text, tables = told(trades_reply(TradeList(span="2017-01-02", fills=(), closed=(), figures=())))
    assert text == "Nothing was traded (2017-01-02)."
    assert tables == {}


def test_trades_are_counted_by_side_and_listed() -> None:
    trades = TradeList(
        span="the last 5 sessions",
        fills=(a_fill("AAPL"), a_fill("XOM", side="sell")),
        closed=(
            TradeResult(ticker="XOM", opened=MONDAY, closed=DAY, profit=Decimal(10), return_fraction=0.01),
        ),
        figures=(a_figure("win rate", 1.0, n=1, low=0.2065, high=1.0, counted="trades"),),
    )
    text, tables = told(trades_reply(trades))
    assert "There were 2 fills (the last 5 sessions): 1 buy and 1 sale. 1 position came to an end." in text
    assert "100.00% (95% interval 20.65% to 100.00%, n = 1)" in text
    assert len(tables["Fills"].rows) == 2


def test_a_decision_begins_with_its_verdict() -> None:
    decision = explain(a_cycle_record(), an_instrument(), a_view(AAPL=100), note="The nearest is Monday.")
    text, _ = told(why_reply(decision))
    assert text.startswith("The committee decided to buy 10 shares of AAPL")
    assert "(Apple Inc., decision of 2016-03-07.)" in text
    assert "The nearest is Monday." in text
    assert "> cheap" in text


def test_evidence_that_is_missing_is_told_as_missing() -> None:
    seen = SeenTicker(
        price=None,
        return_5=None,
        return_20=None,
        return_60=None,
        volatility_20=None,
        forecasts=(),
        track_records=(),
        similar=(),
    )
    text, _ = told(
        why_reply(replace(explain(a_cycle_record(), an_instrument(), a_view(AAPL=100)), seen=seen))
    )
    assert "at an unknown price, n/a over 20 sessions" in text
    assert "There was no forecast for it." in text
    assert "Memory held no similar past trade yet." in text


def test_forecasts_are_shown_beside_what_they_have_been_worth() -> None:
    forecast = SeenForecast(
        forecaster="gbm",
        horizon_sessions=5,
        expected=0.004,
        low=-0.03,
        high=0.04,
        probability_up=0.54,
        rank=0.9,
    )
    record = SeenRecord(
        forecaster="gbm",
        rank_ic=Interval(value=0.01, low=-0.01, high=0.03, n=140),
        sessions=140,
        hit_rate=0.51,
    )
    similar = SeenTrade(ticker="CVX", opened=MONDAY, held_sessions=9, return_fraction=-0.02, distance=0.031)
    seen = SeenTicker(
        price=100.0,
        return_5=0.0,
        return_20=0.01,
        return_60=0.02,
        volatility_20=0.2,
        forecasts=(forecast, replace(forecast, forecaster="momentum")),
        track_records=(record,),
        similar=(similar,),
    )
    text, tables = told(
        why_reply(replace(explain(a_cycle_record(), an_instrument(), a_view(AAPL=100)), seen=seen))
    )
    rows = tables["Forecasts for AAPL, 2016-03-07"].rows
    assert rows[0][-1] == "+0.010 (-0.010 to +0.030, n = 140)"
    assert rows[1][-1] == "not known yet"
    assert "1 similar past trade returned -2.00% on average, 0 of 1 at a profit" in text


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("pending", None, "waiting for that open"),
        ("lapsed", "suspect_open", "lapsed, suspect_open"),
        ("lapsed", None, "no reason on record"),
    ],
)
def test_an_order_without_a_fill_says_what_became_of_it(status: str, reason: str | None, words: str) -> None:
    order = OrderSeen(
        side="buy",
        quantity=Decimal(10),
        reference_price=Decimal(100),
        status=status,
        reason=reason,
        fills=(),
    )
    decision = replace(explain(a_cycle_record(), an_instrument(), a_view(AAPL=100)), orders=(order,))
    assert words in told(why_reply(decision))[0]


def test_a_partial_fill_is_told_with_its_rest() -> None:
    order = OrderSeen(
        side="buy",
        quantity=Decimal(10),
        reference_price=Decimal(100),
        status="partially_filled",
        reason="volume_cap",
        fills=(a_fill(quantity=Decimal(4), price=Decimal("100.0512")),),
    )
    decision = replace(explain(a_cycle_record(), an_instrument(), a_view(AAPL=100)), orders=(order,))
    text, _ = told(why_reply(decision))
    assert "4 filled on 2016-03-08 at $100.0512" in text
    assert "(partially_filled: volume_cap)" in text


def test_a_session_without_a_decision_says_why() -> None:
    record = a_cycle_record(status="halted", cause="paused", proposal=None, review=None, orders=())
    assert told(decision_reply(summarise(record)))[0] == "On 2016-03-07 nothing was decided (halted): paused."


def test_a_revision_is_told() -> None:
    record = a_cycle_record(
        proposal=Proposal(
            weights={}, evidence={"revisions": 1, "answers": {"validator": {"summary": "too bold"}}}
        )
    )
    text, tables = told(decision_reply(summarise(record)))
    assert "The validator sent the proposal back 1 time." in text
    assert tables["What each role concluded"].rows[0][:3] == ("Validator", "", "too bold")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.01, 0.03, "which cannot be told from no skill"),
        (0.002, 0.03, "an interval that does not include zero"),
        (None, None, "Its track record is not known yet."),
    ],
)
def test_a_forecast_is_never_told_without_its_worth(
    low: float | None, high: float | None, words: str
) -> None:
    answer = ForecastAnswer(
        ticker="AAPL",
        name="Apple Inc.",
        session=DAY,
        forecasts=(a_forecast(),),
        place=(3, 480),
        track_records=(a_track(low, high),),
    )
    text, tables = told(forecast_reply(answer))
    assert "+0.40% more than the average member over 5 sessions" in text
    assert "number 3 of 480 names" in text
    assert words in text
    assert "not advice" in text
    assert len(tables["Track records"].rows) == 1


def test_the_highest_ranked_names_are_listed_in_order() -> None:
    ranked = (a_forecast(), a_forecast(ticker="MSFT", rank=0.8))
    answer = TopForecasts(session=DAY, names=480, forecasts=ranked, track_records=(a_track(),))
    text, tables = told(top_reply(answer))
    assert "ranks AAPL highest of 480 names" in text
    assert [row[0] for row in tables["Highest-ranked forecasts"].rows] == ["AAPL", "MSFT"]


def test_similar_trades_are_averaged_and_called_a_small_sample() -> None:
    trades = tuple(
        SimilarTrade(
            memory_id=f"m{n}",
            ticker="KO",
            opened=MONDAY,
            held_sessions=8,
            return_fraction=value,
            distance=0.1 * n,
        )
        for n, value in enumerate((0.03, -0.01))
    )
    text, tables = told(similar_reply(SimilarAnswer(ticker="AAPL", name="Apple", session=DAY, trades=trades)))
    assert "returned +1.00% on average, 1 of 2 at a profit" in text
    assert "n = 2 is too small" in text
    assert len(tables["Trades that began like AAPL"].rows) == 2


def test_the_market_is_told_with_its_readings_and_its_headlines_made_harmless() -> None:
    market = MarketSnapshot(
        benchmark="SPY",
        session=DAY,
        return_5=0.01,
        return_20=None,
        return_60=0.03,
        volatility_20=0.1,
        drawdown_120=-0.02,
        breadth=None,
        members=500,
    )
    reading = SeriesReading(
        series_id="VIX", name="Cboe VIX", day=DAY, value=12.7, change_20=None, z_score=-0.9
    )
    headline = Headline(
        headline_id="h1",
        tickers=("^SPX",),
        title="<b>Buy</b> [now](https://evil.example)",
        source="wire",
        known_at=datetime(2016, 12, 13, 5, tzinfo=UTC),
    )
    text, tables = told(market_reply(MarketAnswer(market=market, readings=(reading,), headlines=(headline,))))
    assert text.startswith("SPY returned +1.00% over 5 and n/a over 20 sessions to 2016-12-13")
    assert "members stand" not in text
    assert tables["Macro readings"].rows[0] == ("Cboe VIX", "2016-12-13", "12.70", "n/a", "-0.90")
    assert not set("<>[]") & set(str(tables["Headlines known to the desk"].rows[0][1]))
