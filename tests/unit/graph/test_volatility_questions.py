"""Questions on risk ahead: how far names may move and which state the market is in, and no others."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from fund.errors import QueryRefusedError
from graph.intent import Focus, Intent
from graph.plans.plan_of import plan_for
from graph.routing.router import focus_after, route
from graph.topics.volatility import volatility_asked
from support.instruments import bundle_directory
from tools.volatility import MOST_SESSIONS

TODAY = date(2016, 11, 30)


def asked(text: str, focus: Focus = Focus()) -> Intent:  # noqa: B008
    return route(text, bundle_directory(), TODAY, focus)


class RiskTools:
    """Notes what it is asked; the horizon is refused as the desk's own tools refuse it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    @property
    def volatility(self) -> "RiskTools.Asked":
        return self.Asked(self.asked)

    class Asked:
        def __init__(self, asked: list[tuple[Any, ...]]) -> None:
            self._asked = asked

        def volatility(self, tickers: Sequence[str], horizon_sessions: int) -> None:
            self._asked.append((tuple(tickers), horizon_sessions))

        def regime(self, states: int = 2, horizon_sessions: int = 0) -> None:
            if horizon_sessions > MOST_SESSIONS:
                raise QueryRefusedError("too far")
            self._asked.append((states, horizon_sessions))


def carried_out(text: str, focus: Focus = Focus()) -> tuple[str, str, list[tuple[Any, ...]]]:  # noqa: B008
    tools = RiskTools()
    made = plan_for(asked(text, focus), tools, user="me", thread_id="t")  # type: ignore[arg-type]
    made.call()
    return made.tool, made.input, tools.asked


@pytest.mark.parametrize(
    ("text", "names", "ahead"),
    [
        ("how volatile is NVDA", ("NVDA",), 5),
        ("How volatile is Apple?", ("AAPL",), 5),
        ("hi, how volatile is Apple? thanks", ("AAPL",), 5),
        ("how volatile will Boeing be over the next 10 sessions?", ("BA",), 10),
        ("how far may XOM move next week", ("XOM",), 5),
        ("how much could AAPL swing tomorrow?", ("AAPL",), 1),
        ("how much will AAPL move in 3 weeks", ("AAPL",), 15),
        ("how far might JPM move in the coming month", ("JPM",), 20),
        ("what is the volatility of Intel", ("INTC",), 5),
        ("NVDA's volatility", ("NVDA",), 5),
        ("what is Apple's expected volatility over 20 days", ("AAPL",), 20),
        ("volatility forecast for AAPL and MSFT", ("AAPL", "MSFT"), 5),
        ("garch forecast for JPM", ("JPM",), 5),
    ],
)
def test_how_far_a_name_may_move_is_asked_of_the_forecast(
    text: str, names: tuple[str, ...], ahead: int
) -> None:
    assert asked(text).name == "volatility"
    tool, told, calls = carried_out(text)
    assert (tool, told) == ("volatility", f"{', '.join(names)} {ahead}")
    assert calls == [(names, ahead)]


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("what regime are we in", 5),
        ("What regime are we in right now?", 5),
        ("which regime is it", 5),
        ("current regime", 5),
        ("what is the market regime?", 5),
        ("what is the volatility regime", 5),
        ("what state is the market in?", 5),
        ("is the market calm or turbulent?", 5),
        ("how volatile is the market now", 5),
    ],
)
def test_the_state_of_the_market_is_asked_of_the_forecast(text: str, ahead: int) -> None:
    assert asked(text).name == "regime"
    assert carried_out(text) == ("regime", str(ahead), [(2, ahead)])


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("how volatile has Boeing been lately?", "ticker"),
        ("how volatile are we", "performance"),
        ("what is our volatility", "performance"),
        ("how volatile is our return", "performance"),
        ("what if volatility doubles", "stress"),
        ("profit by market regime", "patterns"),
        ("which regime suits us", "patterns"),
        ("in which market regime do we do worst?", "patterns"),
        ("how is the market", "market"),
        ("what is the vix", "market"),
        ("compare gbm and ridge", "forecasters_compared"),
        ("what do the forecasters say about NVDA", "forecast"),
        ("how is NVDA doing", "ticker"),
        ("close half of AAPL", "close"),
    ],
)
def test_other_questions_stay_what_they_are(text: str, intent: str) -> None:
    assert asked(text).name == intent


def test_the_name_spoken_of_is_meant_by_it_and_another_continues() -> None:
    first = focus_after(asked("how volatile are AAPL and MSFT"), Focus())
    assert first.ticker == "AAPL"
    assert carried_out("how volatile is it over 10 days?", first)[2] == [(("AAPL",), 10)]
    assert carried_out("and Intel?", first)[2] == [(("INTC",), 5)], "not the two that were asked before"
    assert asked("why?", first).name == "why"
    assert volatility_asked("how volatile is it?", [], None) is None, "nothing was spoken of"
    assert volatility_asked("how volatile is the sea?", [], "AAPL") is None, "nothing points back"


def test_a_regime_question_that_names_a_stock_is_not_of_the_market() -> None:
    assert volatility_asked("what regime are we in", ["AAPL"], None) is None
    assert asked("what regime is Apple in").name != "regime"


@pytest.mark.parametrize("text", ["how far may AAPL move in 0 sessions", "how far may AAPL move in 400 days"])
def test_a_horizon_nobody_forecasts_reaches_the_tool_as_it_was_asked(text: str) -> None:
    found = volatility_asked(text, ["AAPL"], None)
    assert found is not None
    assert found.sessions in (0, 400), "the tool refuses it with its bounds; five would be another answer"
    assert carried_out(text)[2] == [(("AAPL",), found.sessions)]


@pytest.mark.parametrize(
    "text",
    ["", "?", "volatility", "regime regime", "how volatile is", "volatility of", "x" * 5000],
    ids=["empty", "mark", "word", "twice", "nothing", "of nothing", "long"],
)
def test_half_a_question_is_none(text: str) -> None:
    assert volatility_asked(text, [], None) is None
