"""Sentences that ask the desk to act are matched whole; anything else is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.intent import ALL_UNPLAYED
from graph.orders.grammar import read_command, speaks_of_control
from graph.routing.rules import VOCABULARY
from graph.words.wording import plain, words_of


def command(text: str) -> tuple[str, int | None] | None:
    found = read_command(words_of(plain(text), VOCABULARY))
    return None if found is None or found.problem else (found.action, found.sessions)


def problem(text: str) -> str | None:
    found = read_command(words_of(plain(text), VOCABULARY))
    return found.problem if found else None


@pytest.mark.parametrize(
    "text", ["pause", "Pause trading.", "please halt the desk", "could you suspend trading?"]
)
def test_pausing_in_plain_words(text: str) -> None:
    assert command(text) == ("pause", None)


@pytest.mark.parametrize(
    "text", ["resume", "unpause please", "continue trading", "go ahead and resume trading"]
)
def test_resuming_in_plain_words(text: str) -> None:
    assert command(text) == ("resume", None)


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("advance", 1),
        ("next session", 1),
        ("run one more session", 1),
        ("run another day", 1),
        ("advance by 12 sessions", 12),
        ("play twenty days", 20),
        ("advance a week", 5),
        ("advance 2 weeks", 10),
        ("fast forward a month", 21),
        ("advance all the way to the end", ALL_UNPLAYED),
        ("run everything left in sessions", ALL_UNPLAYED),
        ("let's go 3 more sessions", 3),
        ("step 2", 2),
    ],
)
def test_advancing_counts_sessions(text: str, sessions: int) -> None:
    assert command(text) == ("advance", sessions)


@pytest.mark.parametrize(
    "text",
    [
        "should we pause?",
        "pause?",
        "why pause",
        "pause the music",
        "pause if it falls",
        "don't resume",
        "resume my course",
        "advance my career",
        "run",
        "run the numbers",
        "run me through it",
        "play chess",
        "go",
        "continue",
        "do 5 push ups",
        'he said "pause trading"',
        "",
    ],
)
def test_what_is_no_instruction_is_none(text: str) -> None:
    assert command(text) in (None, ("advance", 1)) if text == "run" else command(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "advance 2.5 sessions",
        "advance -3 sessions",
        "advance 0 sessions",
        "advance 5 6 sessions",
    ],
)
def test_a_count_that_makes_no_sense_is_told_as_a_problem(text: str) -> None:
    assert command(text) is None
    assert problem(text)


@given(
    st.lists(st.sampled_from(sorted(VOCABULARY)), max_size=7),
    st.sampled_from(["not", "never", "no", "cancel"]),
)
def test_no_sentence_with_a_negation_acts(words: list[str], negation: str) -> None:
    for at in range(len(words) + 1):
        assert read_command([*words[:at], negation, *words[at:]]) is None


@given(
    st.sampled_from(["pause", "resume", "pause trading", "resume trading"]),
    st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=6, max_size=10),
)
def test_a_word_the_grammar_does_not_know_makes_it_no_instruction(order: str, word: str) -> None:
    assert command(f"{order} {word}") is None


def test_words_of_control_are_noticed_so_that_a_refusal_can_help() -> None:
    assert speaks_of_control(frozenset({"please", "pause", "apple"}))
    assert not speaks_of_control(frozenset({"what", "do", "we", "hold"}))
