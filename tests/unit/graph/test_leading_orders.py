"""Forecasters are promoted and rolled back in whole imperatives; what doubts, asks or denies does neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.orders.leading import NO_WAY_BACK, read_leading
from graph.routing.router import route
from graph.routing.rules import VOCABULARY
from graph.words.wording import words_of
from support.instruments import bundle_directory
from support.questions import TODAY

LETTERS = Likeness(encoder=lambda: None)


def read(text: str, focus: Focus | None = None) -> Intent:
    return route(text, bundle_directory(), TODAY, focus or Focus(), LETTERS)


@pytest.mark.parametrize(
    ("text", "about", "sessions", "why"),
    [
        ("promote gbm version 3 at 5 sessions", "gbm 3", 5, ""),
        ("Promote gbm-0123456789ab please.", "gbm-0123456789ab", None, ""),
        ("promote version two of the gru over twenty sessions", "gru 2", 20, ""),
        ("can you promote xgb-lab to champion at one session?", "xgb-lab", 1, ""),
        ("let ridge lead over 20 sessions", "ridge", 20, ""),
        ("make gbm v3 our champion", "gbm 3", None, ""),
        ("put the momentum forecaster in the lead at 5 sessions", "momentum", 5, ""),
        ("appoint gbm at 5 sessions as the new champion", "gbm", 5, ""),
        ("promote ridge, i trust it more", "ridge", None, ""),
        (
            "promote ridge because Its panel is small, and I looked",
            "ridge",
            None,
            "Its panel is small, and I looked",
        ),
    ],
)
def test_a_promotion_names_the_version_its_horizon_and_the_reason(
    text: str, about: str, sessions: int | None, why: str
) -> None:
    intent = read(text)
    assert (intent.name, intent.about, intent.sessions, intent.text, intent.guessed) == (
        "promote_forecaster",
        (about,),
        sessions,
        why,
        False,
    )


@pytest.mark.parametrize(
    ("text", "sessions", "why"),
    [
        ("roll back the champion at 5 sessions", 5, ""),
        ("rollback the last promotion", None, ""),
        ("please undo the last promotion over 20 sessions", 20, ""),
        ("take the last promotion back", None, ""),
        ("roll back at 5 sessions because it drifts", 5, "it drifts"),
    ],
)
def test_a_rollback_names_its_horizon(text: str, sessions: int | None, why: str) -> None:
    intent = read(text)
    assert (intent.name, intent.sessions, intent.text) == ("roll_back_forecaster", sessions, why)


@pytest.mark.parametrize(
    "text",
    [
        "should we promote gbm?",
        "don't promote gbm",
        "promote gbm if it is better",
        "promote gbm because why not?",
        "never roll back the champion",
        "promote gbm at zero sessions",
        "promote gbm version none",
        "promote AAPL",
        "promote gbm and pause trading",
        "promote gbm at 5 sessions and sell AAPL",
        '"promote gbm" is what he wrote',
        "what was the last promotion?",
        "who promoted gbm?",
        "who is the champion at 5 sessions?",
        "what happens if I roll back the champion?",
    ],
)
def test_what_asks_denies_or_says_more_promotes_nobody(text: str) -> None:
    assert read(text).name not in CONTROL


@pytest.mark.parametrize("text", ["roll back 5 sessions", "roll back the last 3 days", "rollback 1 session"])
def test_no_session_is_rolled_back_and_none_is_played_instead(text: str) -> None:
    assert read(text) == Intent(name="unknown", problem=NO_WAY_BACK)


@pytest.mark.parametrize("order", ["promote_forecaster", "roll_back_forecaster"])
def test_what_it_would_change_is_told_by_the_register(order: str) -> None:
    assert read("what would that change?", Focus(ordered=order)).name == "forecasters"  # type: ignore[arg-type]


@given(st.text(max_size=60))
def test_no_reason_makes_another_order_of_a_promotion(why: str) -> None:
    text = f"promote gbm at 5 sessions because {why}"
    found = read_leading(text, words_of(text, VOCABULARY))
    assert found is None or (found.name, found.about, found.sessions) == ("promote_forecaster", ("gbm",), 5)
