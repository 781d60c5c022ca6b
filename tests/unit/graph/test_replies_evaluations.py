"""How the evaluations went, as it is said; and which questions ask for it."""

from datetime import date

import pytest

from graph.chat_events import ChatEvent, Table, TextToken
from graph.replies.evaluations import NO_NIGHT, evaluations_reply
from graph.routing.router import route
from support.instruments import an_instrument
from support.recorded_nights import a_recorded_night, some_recorded_nights
from tools.directory import Directory
from tools.evaluations import Evaluations, NightChanges

DIRECTORY = Directory([an_instrument("AAPL", name="Apple Inc.")])


def told(*nights: object, changes: tuple[NightChanges, ...] = ()) -> tuple[str, list[Table]]:
    events: list[ChatEvent] = list(evaluations_reply(Evaluations(nights=nights, changes=changes)))  # type: ignore[arg-type]
    text = "".join(event.text for event in events if isinstance(event, TextToken))
    return text, [event for event in events if isinstance(event, Table)]


def test_before_the_first_night_it_is_said_how_one_is_made() -> None:
    assert told() == (NO_NIGHT, [])


def test_the_last_night_is_told_with_what_fell_and_what_changed() -> None:
    nights = some_recorded_nights((0.9, 0.8))
    text, tables = told(*nights, changes=(NightChanges(day=nights[0].day, changed=("prompts",)),))
    assert text.startswith("The evaluation of 2026-11-03 is amber. Below the night before: ")
    assert "risk_management of offline rules, no LLM (-0.100); whether that is more than noise" in text
    assert "Before it these changed: prompts." in text
    assert "Of the last 2 nights: 1 amber, 1 green; the calls cost $0.00." in text
    scores, worst = tables
    assert scores.rows == (
        (
            "risk_management",
            "offline rules, no LLM",
            "0.800",
            "0.750 to 0.850",
            96,
            "-0.100",
            "-0.100",
        ),
    )
    assert worst.rows[0][0] == "risk_management risk-007"


def test_a_first_night_is_compared_with_no_other() -> None:
    text, _ = told(a_recorded_night())
    assert text == "The evaluation of 2026-11-02 is green. "


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("how did the evals go?", "evals"),
        ("How did last night's evaluation go", "evals"),
        ("eval results", "evals"),
        ("what came of the nightly evaluation", "evals"),
        ("did the evals get worse?", "evals"),
        ("which dataset got worse last week?", "sql"),
        ("average eval score by dataset", "sql"),
        ("run the evals", "evaluate"),
        ("run an evaluation", "evaluate"),
        ("start the evaluation", "evaluate"),
    ],
)
def test_a_question_about_them_is_told_from_an_order(asked: str, name: str) -> None:
    assert route(asked, DIRECTORY, date(2017, 2, 9)).name == name
