"""How volatility and regimes are told: with their intervals, and never surer than the record."""

from dataclasses import replace
from datetime import date

from fund.forecasting.regime import RegimeForecast, RegimeState
from fund.forecasting.volatility import VolatilityForecast, VolatilityRecord
from fund.metrics.inference import Interval
from graph.chat_events import Table, TextToken
from graph.replies.volatility import regime_reply, volatility_reply
from tools.volatility import NoVolatility, VolatilityOutlook

DAY = date(2017, 1, 31)


def between(low: float, value: float, high: float) -> Interval:
    return Interval(value=value, low=low, high=high, n=250)


FORECAST = VolatilityForecast(
    ticker="AAPL",
    session=DAY,
    horizon_sessions=5,
    deviation=0.0312,
    low=0.0111,
    high=0.0424,
    samples=215,
    ewma_deviation=0.0287,
    record=VolatilityRecord(
        garch=between(0.5, 0.6, 0.7), ewma=between(0.6, 0.7, 0.8), gain=between(0.02, 0.1, 0.18)
    ),
)
OUTLOOK = VolatilityOutlook(session=DAY, horizon_sessions=5, forecasts=(FORECAST,), unavailable=())
REGIME = RegimeForecast(
    session=DAY,
    horizon_sessions=5,
    states=(
        RegimeState(
            name="calm", volatility=0.09, probability=0.97, probability_ahead=0.9, expected_sessions=48.2
        ),
        RegimeState(
            name="turbulent", volatility=0.22, probability=0.03, probability_ahead=0.1, expected_sessions=16.4
        ),
    ),
    returns=470,
    supported=True,
    log_score_gain=between(-0.05, -0.01, 0.03),
)


def told(events) -> tuple[str, list[Table]]:
    seen = list(events)
    text = "".join(event.text for event in seen if isinstance(event, TextToken))
    return text, [event for event in seen if isinstance(event, Table)]


def test_a_deviation_is_told_with_its_range_the_plain_one_and_the_record():
    text, (table,) = told(volatility_reply(OUTLOOK))
    assert "over 5 sessions after 2017-01-31" in text
    assert table.rows[0] == (
        "AAPL",
        "3.12%",
        "1.11% to 4.24%",
        "2.87%",
        "yes, by +0.10 (95% interval +0.02 to +0.18) QLIKE",
        215,
    )


def test_a_gain_that_may_be_none_is_not_called_one():
    unsure = replace(FORECAST, record=replace(FORECAST.record, gain=between(-0.01, 0.1, 0.2)))
    _, (table,) = told(volatility_reply(replace(OUTLOOK, forecasts=(unsure,))))
    assert table.rows[0][4].startswith("not shown, by +0.10")


def test_what_is_not_known_is_said_with_the_reason():
    missing = NoVolatility(ticker="XYZ", reason="expected at least 250 returns, found 10")
    text, _ = told(volatility_reply(replace(OUTLOOK, unavailable=(missing,))))
    assert "There is none for XYZ: expected at least 250 returns, found 10." in text


def test_the_market_s_state_is_told_with_its_chance_and_its_record():
    text, (table,) = told(regime_reply(REGIME))
    assert "most probably calm (97%), by what was known then. The data ask for 2 states (n = 470)" in text
    assert "-0.01 (95% interval -0.05 to +0.03) nats" in text
    assert "n = 250" in text
    assert list(table.rows) == [
        ("calm", "9.0%", "97%", "90%", "48 sessions"),
        ("turbulent", "22.0%", "3%", "10%", "16 sessions"),
    ]


def test_states_the_data_do_not_ask_for_and_a_short_history_are_said_so():
    text, _ = told(regime_reply(replace(REGIME, supported=False, log_score_gain=None)))
    assert "The data do not ask for 2 states" in text
    assert "too little history to judge them out of sample" in text
