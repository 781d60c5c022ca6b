"""Texts in pieces of words: capitals, accents and signs as the encoder learned them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.word_pieces import LONGEST_WORD, WordPieces, vocabulary, words_of

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "share", "##s", "##hold", "fell", ".", "[", "]", "sep", "日")
NUMBERS = {piece: number for number, piece in enumerate(PIECES)}
SMALL = WordPieces(numbers=NUMBERS)


def pieces(text: str, most: int = 256) -> list[str]:
    return [PIECES[number] for number in SMALL.read(text, most=most)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Shares FELL 3.5%", ["shares", "fell", "3", ".", "5", "%"]),
        ("Ärger\tin\u00a0Zürich", ["arger", "in", "zurich"]),
        ("日本 rose", ["日", "本", "rose"]),
        ("no\u200bthing \x00hid\ufffdden", ["nothing", "hidden"]),
        ("ΣΑΣ", ["σασ"]),
        ("it's—so", ["it", "'", "s", "—", "so"]),
    ],
)
def test_a_text_is_its_words_without_capitals_and_accents(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


def test_a_word_is_its_longest_pieces() -> None:
    assert pieces("Shares fell.") == ["[CLS]", "share", "##s", "fell", ".", "[SEP]"]
    assert pieces("shareholds") == ["[CLS]", "share", "##hold", "##s", "[SEP]"]
    assert pieces("sharesx fell") == ["[CLS]", "[UNK]", "fell", "[SEP]"]
    assert pieces("s" * (LONGEST_WORD + 1)) == ["[CLS]", "[UNK]", "[SEP]"]


def test_the_encoders_own_marks_are_plain_text_in_a_text() -> None:
    assert pieces("[SEP]") == ["[CLS]", "[", "sep", "]", "[SEP]"]


def test_a_long_text_is_cut_and_still_ends() -> None:
    assert pieces("fell " * 50, most=5) == ["[CLS]", "fell", "fell", "fell", "[SEP]"]


@given(st.text(max_size=300))
def test_any_text_is_read_and_stays_in_bounds(text: str) -> None:
    read = SMALL.read(text, most=32)
    assert (read[0], read[-1]) == (NUMBERS["[CLS]"], NUMBERS["[SEP]"])
    assert 2 <= len(read) <= 32
    assert all(word and not any(sign.isspace() for sign in word) for word in words_of(text))


def test_a_vocabulary_is_numbered_by_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    assert vocabulary(file) == SMALL
