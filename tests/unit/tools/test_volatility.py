"""Volatility and regimes of the bundle's market, asked as of one moment and told in the chat."""

from datetime import date

import numpy as np
import pytest

from fund.errors import QueryRefusedError
from fund.forecasting.regime import regime_forecast
from fund.forecasting.volatility import volatility_forecast
from graph.chat_events import Table, TextToken
from graph.replies.volatility import regime_reply, volatility_reply
from support.instruments import bundle_directory
from support.markets import bundle_history
from tools.volatility import VolatilityTools

LAST = date(2017, 1, 31)


def tools(session: date = LAST) -> VolatilityTools:
    history = bundle_history()
    view = history.view(history.calendar.decision_time(session))
    return VolatilityTools(lambda _: view, bundle_directory, "SPY")


def returns_of(ticker: str) -> np.ndarray:
    history = bundle_history()
    view = history.view(history.calendar.decision_time(LAST))
    return np.diff(np.log(view.total_return_index(ticker, 2521)))


def told(events) -> tuple[str, list[Table]]:
    seen = list(events)
    text = "".join(event.text for event in seen if isinstance(event, TextToken))
    return text, [event for event in seen if isinstance(event, Table)]


def test_names_are_found_and_told_once_with_the_forecast_of_their_prices():
    found = tools().volatility(["apple", "AAPL", "XOM"], 5)
    assert [each.ticker for each in found.forecasts] == ["AAPL", "XOM"]
    returns = returns_of("AAPL")
    judged = len(returns) - 250 - 5
    assert found.forecasts[0] == volatility_forecast("AAPL", LAST, returns, 5, judged_sessions=judged)
    assert 150 < found.forecasts[0].samples == judged < 250
    text, (table,) = told(volatility_reply(found))
    assert "no reason to prefer it" in text
    assert [row[0] for row in table.rows] == ["AAPL", "XOM"]
    assert f"{found.forecasts[0].deviation:.2%}" in table.rows[0]


def test_the_market_s_state_is_that_of_its_benchmark():
    found = tools().regime()
    expected = regime_forecast(LAST, returns_of("SPY"))
    assert found == expected
    text, (table,) = told(regime_reply(found))
    assert f"most probably {found.likeliest.name}" in text
    assert [row[0] for row in table.rows] == ["calm", "turbulent"]


def test_a_name_with_too_little_history_is_left_out_with_the_reason():
    found = tools(date(2015, 12, 1)).volatility(["AAPL"])
    assert found.forecasts == ()
    assert "expected at least 250 returns" in found.unavailable[0].reason
    text, _ = told(volatility_reply(found))
    assert "There is none for AAPL" in text
    with pytest.raises(QueryRefusedError, match="state is not known: expected at least 500 returns"):
        tools(date(2015, 12, 1)).regime()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda each: each.volatility([]), "of 1 to 10 names at once, was 0"),
        (lambda each: each.volatility(["AAPL"] * 11), "of 1 to 10 names at once, was 11"),
        (lambda each: each.volatility(["AAPL"], 0), "horizon is 1 to 20 sessions, was 0"),
        (lambda each: each.regime(2, 21), "horizon is 1 to 20 sessions, was 21"),
        (lambda each: each.regime(7), "expected 2 or 3 states, found 7"),
    ],
    ids=["none", "too many", "no horizon", "too far", "states"],
)
def test_what_cannot_be_told_is_refused(ask, message):
    with pytest.raises(QueryRefusedError, match=message):
        ask(tools())
