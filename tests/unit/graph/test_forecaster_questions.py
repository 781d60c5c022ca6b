"""Questions on the forecasters themselves: which there are, who drifts, which of two is better."""

from datetime import date

import pytest

from graph.routing.router import route
from graph.topics.forecasters import forecaster_asked
from support.markets import bundle_history
from tools.directory import Directory

TODAY = date(2016, 11, 30)


def asked(text: str) -> str:
    history = bundle_history()
    directory = Directory(history.instruments[ticker] for ticker in ("NVDA", "AAPL", "SPY"))
    return route(text, directory, TODAY).name


@pytest.mark.parametrize(
    "text",
    [
        "which forecasters do you have?",
        "What forecasters are there",
        "list your forecasters",
        "is the forecaster drifting?",
        "are any of the forecasters drifting",
        "is gbm drifting",
        "has the forecaster decayed?",
        "who is the champion?",
        "which forecaster is the champion and which are challengers",
        "show me the last promotions",
    ],
)
def test_the_register_is_asked_for(text: str) -> None:
    assert asked(text) == "forecasters"


@pytest.mark.parametrize(
    ("text", "two"),
    [
        ("compare gbm and ridge", ("gbm", "ridge")),
        ("compare the gbm forecaster with momentum", ("gbm", "momentum")),
        ("is ridge better than gbm?", ("ridge", "gbm")),
        ("does xgb beat gbm", ("xgb", "gbm")),
        ("Compare gbm-0123456789ab and ridge-ba9876543210", ("gbm-0123456789ab", "ridge-ba9876543210")),
        ("what is the difference between gbm and reversal", ("gbm", "reversal")),
    ],
)
def test_two_forecasters_are_compared(text: str, two: tuple[str, str]) -> None:
    found = forecaster_asked(text)
    assert found is not None
    assert (found.name, found.about) == ("forecasters_compared", two)
    assert asked(text) == "forecasters_compared"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("how good are your forecasters?", "skill"),
        ("compare us with SPY", "compare"),
        ("compare AAPL and NVDA", "compare"),
        ("what do the forecasters say about NVDA", "forecast"),
        ("why do you like NVDA", "why"),
        ("do we win more when forecasters agree?", "patterns"),
        ("how well calibrated are the forecasters", "calibration"),
    ],
)
def test_other_questions_stay_what_they_are(text: str, intent: str) -> None:
    assert forecaster_asked(text) is None
    assert asked(text) == intent


def test_a_forecaster_is_not_compared_with_itself() -> None:
    assert forecaster_asked("compare gbm and gbm") is None
