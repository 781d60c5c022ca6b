"""Shorthand, contractions and slips of the finger, brought to plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.words.wording import READ_CHARACTERS, corrected, one_slip, plain, words_of

VOCABULARY = frozenset({"performance", "holdings", "pause", "advance", "trading", "why", "lost", "portfolio"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("why'd u buy", ("why", "did", "you", "buy")),
        ("don’t pause", ("do", "not", "pause")),
        ("didn't", ("did", "not")),
        ("What's up", ("what", "is", "up")),
        ("apple's", ("apple",)),
        ("P&L vs SPY", ("pnl", "versus", "spy")),
        ("advance -3", ("advance", "-3")),
        ("2.5 days", ("2.5", "days")),
        ("pause?", ("pause", "?")),
        ('"pause"', ('"', "pause", '"')),
        ("   ", ()),
    ],
)
def test_a_text_becomes_plain_words(text: str, words: tuple[str, ...]) -> None:
    assert words_of(plain(text), VOCABULARY) == words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("perfomance", "performance"),
        ("holdigns", "holdings"),
        ("puase", "pause"),
        ("tradng", "trading"),
        ("portfollio", "portfolio"),
    ],
)
def test_one_slip_is_forgiven(typed: str, meant: str) -> None:
    assert corrected(typed, VOCABULARY) == meant


@pytest.mark.parametrize("word", ["last", "cause", "spause", "prfrmnc", "why", "12345", "x"])
def test_other_words_are_left_alone(word: str) -> None:
    assert corrected(word, VOCABULARY) == word


def test_invisible_and_odd_characters_are_taken_out_before_reading() -> None:
    assert plain("pa\u200buse\x00 ｔrading\n\n now") == "pa use trading now"


def test_a_long_text_is_read_from_its_beginning() -> None:
    assert len(plain("x" * 100_000)) == READ_CHARACTERS


@given(st.sampled_from(sorted(VOCABULARY)), st.data())
def test_a_dropped_letter_is_one_slip(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    assert one_slip(word[:at] + word[at + 1 :], word)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_slip_keeps_the_first_letter_and_nearly_the_length(one: str, other: str) -> None:
    if one_slip(one, other):
        assert one[:1] == other[:1]
        assert abs(len(one) - len(other)) <= 1
