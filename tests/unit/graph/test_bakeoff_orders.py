"""Bakeoffs are ordered, cancelled and asked after in words; what denies, doubts or asks orders none."""

import pytest

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Intent
from graph.orders.confirmation import confirmation
from graph.routing.router import route
from support.instruments import bundle_directory
from support.questions import TODAY

LETTERS = Likeness(encoder=lambda: None)


def read(text: str) -> Intent:
    return route(text, bundle_directory(), TODAY, likeness=LETTERS)


@pytest.mark.parametrize(
    ("text", "about", "trials"),
    [
        ("run a bakeoff", (), None),
        ("Run a bake-off please", (), None),
        ("compare the LLMs", (), None),
        ("compare all providers with each other", (), None),
        ("bakeoff of the validator with 4 trials", ("validator",), 4),
        ("run an evaluation of the risk officer and the validators, two trials each", None, 2),
        ("start a bakeoff over signals", ("signal quality",), None),
        ("evaluate the portfolio manager", ("portfolio manager",), None),
        ("can you run a bakeoff of the llms?", (), None),
    ],
)
def test_a_bakeoff_is_ordered_over_what_and_how_often(
    text: str, about: tuple[str, ...] | None, trials: int | None
) -> None:
    intent = read(text)
    wanted = ("risk officer", "validator") if about is None else about
    assert (intent.name, intent.about, intent.trials, intent.guessed) == ("evaluate", wanted, trials, False)


@pytest.mark.parametrize(
    "text", ["cancel the bakeoff", "cancel bakeoff", "stop the evaluation", "please abort the bakeoff now"]
)
def test_a_bakeoff_is_cancelled_in_words(text: str) -> None:
    assert read(text).name == "stop_evaluation"


@pytest.mark.parametrize(
    "text",
    [
        "How did the last bakeoff go?",
        "how is the bakeoff going",
        "who won the bakeoff?",
        "show the results of the bakeoff",
        "wie war der letzte Bakeoff?",
    ],
)
def test_a_bakeoff_is_asked_after(text: str) -> None:
    assert read(text).name == "bakeoff"


@pytest.mark.parametrize(
    "text",
    [
        "don't run a bakeoff",
        "should we run a bakeoff?",
        "run a bakeoff if it is cheap",
        "he said, run a bakeoff",
        "do not cancel the bakeoff",
        "can you cancel the bakeoff?",
        "compare AAPL with MSFT",
        "how did the nightly evaluation go?",
    ],
)
def test_what_denies_doubts_or_asks_is_no_order(text: str) -> None:
    assert read(text).name not in CONTROL


def test_a_ticket_is_still_cancelled_by_its_id() -> None:
    assert confirmation("cancel cmd-12ab34cd56ef") == Intent(name="decline", command_id="cmd-12ab34cd56ef")
    assert confirmation("cancel bakeoff") is None
