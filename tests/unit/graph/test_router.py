"""The offline router on labelled questions, easy to nasty."""

import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory
from tools.spans import ALL_SESSIONS

TODAY = date(2017, 1, 31)
GOLDEN = Path(__file__).parents[2] / "golden" / "chat"


def questions(*names: str) -> list[dict[str, Any]]:
    files = [GOLDEN / f"{name}.toml" for name in names] if names else sorted(GOLDEN.glob("*.toml"))
    return [case for file in files for case in tomllib.loads(file.read_text())["question"]]


def understood(ask: str, focus: Focus | None = None) -> Intent:
    return route(ask, bundle_directory(), TODAY, focus or Focus())


def focus_of(case: dict[str, Any]) -> Focus:
    return Focus(intent=case.get("focus_intent"), ticker=case.get("focus_ticker"))


def differences(case: dict[str, Any], intent: Intent) -> dict[str, tuple[object, object]]:
    plain = {field.name for field in fields(Intent)} & case.keys()
    found: dict[str, object] = {name: getattr(intent, name) for name in plain}
    if "intent" in case:
        found["intent"] = intent.name
    if "span_sessions" in case:
        found["span_sessions"] = intent.span and (0 if intent.span == ALL_SESSIONS else intent.span.sessions)
    for end in ("first", "last"):
        if end in case:
            found[end] = intent.span and getattr(intent.span, end)
    return {name: (case[name], was) for name, was in found.items() if was != case[name]}


def test_there_are_enough_labelled_questions() -> None:
    assert len(questions()) >= 60
    assert len(questions("not_control")) >= 30


@pytest.mark.parametrize("case", questions(), ids=lambda case: case["ask"][:48])
def test_a_labelled_question_is_understood(case: dict[str, Any]) -> None:
    assert differences(case, understood(case["ask"], focus_of(case))) == {}


def test_no_labelled_question_is_understood_otherwise_because_it_is_like_an_example() -> None:
    likeness, wrong = Likeness(), dict[str, object]()
    for case in questions():
        intent = route(case["ask"], bundle_directory(), TODAY, focus_of(case), likeness)
        if found := differences(case, intent):
            wrong[case["ask"]] = found
    assert wrong == {}


@pytest.mark.parametrize("case", questions("not_control"), ids=lambda case: case["ask"][:48])
def test_speaking_of_an_action_is_not_asking_for_it(case: dict[str, Any]) -> None:
    if not case.get("may_control"):
        assert understood(case["ask"]).name not in CONTROL


def test_only_the_questions_labelled_so_are_control_actions() -> None:
    wrong = [
        case["ask"]
        for case in questions()
        if (understood(case["ask"], focus_of(case)).name in CONTROL)
        and not (case.get("may_control") or case.get("intent") in CONTROL)
    ]
    assert wrong == []


@given(st.text(max_size=400))
def test_any_text_is_understood_as_something_and_the_same_way_twice(text: str) -> None:
    assert understood(text) == understood(text)


@given(
    st.sampled_from(["not", "never", "don't", "no", "without", "if", "unless", "when"]),
    st.sampled_from(["pause trading", "resume", "advance 5 sessions", "run the next session"]),
    st.booleans(),
)
def test_a_negated_or_conditional_order_never_acts(word: str, order: str, before: bool) -> None:
    asked = f"{word} {order}" if before else f"{order} {word} it rains"
    assert understood(asked).name not in CONTROL


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12))
def test_an_order_about_an_unknown_thing_is_no_control_action(thing: str) -> None:
    assert understood(f"pause the {thing}zq").name not in CONTROL
    assert understood(f"advance the {thing}zq").name not in CONTROL


def test_a_very_long_question_is_read_from_its_beginning() -> None:
    assert understood("what do we hold? " + "x" * 200_000).name == "holdings"


def test_an_instruction_hidden_behind_a_question_does_nothing() -> None:
    assert understood("what do we hold? pause trading").name == "holdings"


def test_the_guess_behind_a_misspelled_name_is_kept_for_the_answer() -> None:
    intent = understood("why did you buy microsft?")
    assert (intent.ticker, intent.note) == ("MSFT", 'Reading "microsft" as MSFT.')


def test_a_question_without_a_ticker_asks_for_one() -> None:
    assert "Which ticker" in (understood("show me similar trades").problem or "")


@pytest.mark.parametrize("ask", ["what did you decide yesterday?", "why did nothing happen yesterday"])
def test_a_question_about_a_whole_session_names_no_ticker(ask: str) -> None:
    intent = understood(ask)
    assert (intent.name, intent.ticker, intent.asked_name) == ("why", None, None)
    assert intent.day == date(2017, 1, 30)


def test_the_benchmark_is_not_the_ticker_asked_about() -> None:
    assert understood("compare us to SPY").ticker is None
    assert understood("why did you skip SPY").ticker == "SPY"


def test_an_order_from_the_chat_is_refused_with_what_works() -> None:
    assert "committee decides" in (understood("buy 100 shares of apple").problem or "")


def test_an_instruction_that_was_not_understood_says_how_to_give_one() -> None:
    assert "nothing was done" in (understood("dont pause").problem or "")


def test_an_impossible_date_is_said() -> None:
    assert "february 30" in (understood("returns since February 30").problem or "")


def test_the_focus_follows_the_ticker_and_the_span() -> None:
    focus = focus_after(understood("why did you buy AAPL?"), Focus())
    assert (focus.intent, focus.ticker) == ("why", "AAPL")
    focus = focus_after(understood("how did we do last week?", focus), focus)
    assert (focus.intent, focus.ticker, focus.span and focus.span.first) == (
        "performance",
        None,
        date(2017, 1, 23),
    )


@pytest.mark.parametrize(
    ("ask", "ticker"),
    [
        ("why did you buy it?", "AAPL"),
        ("what did you decide last session?", None),
        ("what happened yesterday?", None),
        ("top forecasts", None),
    ],
)
def test_the_ticker_spoken_of_is_meant_only_where_the_words_point_back(ask: str, ticker: str | None) -> None:
    assert understood(ask, Focus(intent="why", ticker="AAPL")).ticker == ticker


@pytest.mark.parametrize("ask", ["why do we hold that one?", "why did you buy it?", "is that one a good buy"])
def test_a_pronoun_for_no_name_asks_which(ask: str) -> None:
    assert understood(ask).problem == "Which name do you mean?"
    assert understood(ask, Focus(intent="why", ticker="AAPL")).ticker == "AAPL"


def test_the_name_that_answers_the_question_which_continues_it() -> None:
    focus = focus_after(understood("forecast for it"), Focus())
    assert understood("AAPL", focus).name == "forecast"


@pytest.mark.parametrize(
    ("ask", "extreme"),
    [
        ("what is the biggest position?", "largest"),
        ("our worst holding", "worst"),
        ("biggest loser", "worst"),
        ("our best and worst position", ""),
    ],
)
def test_the_end_of_a_ranking_that_is_asked_for_is_kept(ask: str, extreme: str) -> None:
    assert understood(ask).extreme == extreme


def test_a_day_without_a_name_is_about_the_whole_decision() -> None:
    spoken = Focus(intent="why", ticker="AAPL")
    intent = understood("why did we buy on 2016-12-29?", spoken)
    assert (intent.name, intent.ticker, intent.day) == ("why", None, date(2016, 12, 29))
    assert understood("why did we buy it on 2016-12-29?", spoken).ticker == "AAPL"


def test_small_talk_leaves_the_focus_alone() -> None:
    focus = Focus(intent="why", ticker="AAPL")
    assert focus_after(understood("thanks"), focus) == focus
