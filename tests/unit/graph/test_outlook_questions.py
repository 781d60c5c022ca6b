"""A forecast of several names is one question, and one call; of one name it is what it was."""

from collections.abc import Sequence
from datetime import date

import pytest

from graph.intent import Focus, Intent
from graph.plans.plan_of import plan_for
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory

TODAY = date(2016, 11, 30)


def asked(text: str, focus: Focus = Focus()) -> Intent:  # noqa: B008
    return route(text, bundle_directory(), TODAY, focus)


class Asked:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def outlook(self, tickers: Sequence[str]) -> None:
        self.asked.append(tuple(tickers))

    def forecast(self, ticker: str) -> None:
        self.asked.append(ticker)


def carried_out(intent: Intent) -> tuple[str, str, list[object]]:
    tools = Asked()
    made = plan_for(intent, tools, user="me", thread_id="t")  # type: ignore[arg-type]
    made.call()
    return made.tool, made.input, tools.asked


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What is the forecast for AAPL and XOM?", ("AAPL", "XOM")),
        ("What is the outlook for AAPL, XOM and MSFT?", ("AAPL", "XOM", "MSFT")),
        ("forecasts for AAPL, MSFT, XOM, JPM", ("AAPL", "MSFT", "XOM", "JPM")),
        ("what do you expect of Apple and Boeing?", ("AAPL", "BA")),
    ],
)
def test_several_names_are_answered_in_one_call_and_none_is_left_out(
    text: str, names: tuple[str, ...]
) -> None:
    intent = asked(text)
    assert intent.note == ""
    assert carried_out(intent) == ("outlook", ", ".join(names), [names])


def test_one_name_and_a_follow_up_on_one_are_answered_by_themselves() -> None:
    assert carried_out(asked("forecast for AAPL")) == ("forecasts", "AAPL", ["AAPL"])
    after = focus_after(asked("forecast for AAPL and XOM"), Focus())
    assert carried_out(asked("and Microsoft?", after)) == ("forecasts", "MSFT", ["MSFT"])


def test_other_questions_on_two_names_still_say_whom_they_are_about() -> None:
    assert asked("how are AAPL and MSFT doing").note == "This is about AAPL; ask about MSFT by itself."
