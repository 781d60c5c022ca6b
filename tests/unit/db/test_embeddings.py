"""Sentences as vectors: pieces an encoder reads whole, lengths of one, real weights without a network."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.embeddings import (
    DIMENSIONS,
    MOST_PIECES,
    PIECE_CHARACTERS,
    SentenceEncoder,
    directions,
    pieces_of,
)
from support.checkout import ROOT


@given(st.text(max_size=6000) | st.lists(st.text("ab", max_size=1200)).map(" ".join))
def test_pieces_are_short_enough_to_be_read_and_lose_no_word(text: str) -> None:
    pieces = list(pieces_of(text))
    assert pieces
    assert all(len(piece) <= PIECE_CHARACTERS for piece in pieces)
    head = "".join(text[: MOST_PIECES * PIECE_CHARACTERS].split())
    assert "".join("".join(pieces).split()) == head


def test_a_text_is_cut_between_words() -> None:
    words = ["reversal"] * 300
    first, *_ = pieces_of(" ".join(words))
    assert set(first.split()) == {"reversal"}


def test_directions_have_length_one_and_point_the_same_way() -> None:
    made = directions(np.array([[3.0, 4.0], [0.0, -2.0]]))
    assert made.dtype == np.float32
    assert made == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0]]))


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_what_has_no_direction_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="finite and not all zero"):
        directions(np.array([[1.0, 0.0], bad]))


def test_the_real_encoder_knows_what_means_the_same() -> None:
    encoder = SentenceEncoder()
    assert not encoder.is_loaded
    assert encoder.encode([]).shape == (0, DIMENSIONS)
    assert not encoder.is_loaded
    long = "The validator warned that the trade was crowded. " * 60
    said = ["shares fell sharply", "the stock price dropped a lot", "a recipe for apple pie", "", long]
    vectors = encoder.encode(said)
    assert encoder.is_loaded
    assert vectors.shape == (len(said), encoder.dimensions)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.5 > encoder.unrelated > far
    alone = encoder.encode(said[:1])
    assert alone[0] == pytest.approx(vectors[0], abs=1e-4)
    short = encoder.encode(["The validator warned that the trade was crowded."])
    assert short[0] @ vectors[4] > 0.6


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("shares fell sharply", [0.03338, -0.05003, 0.0771, 0.077, -0.03384]),
        ("The validator warned that the trade was crowded.", [-0.02989, 0.0132, -0.01646, 0.04974, 0.09505]),
        ("Ärger über 3,5 % 日本 🚀", [0.01007, 0.01384, 0.02294, -0.01701, -0.02073]),
    ],
)
def test_a_vector_is_what_sentence_transformers_computes(text: str, begins: list[float]) -> None:
    assert SentenceEncoder().encode([text])[0, :5] == pytest.approx(begins, abs=2e-5)


def test_the_encoder_needs_none_of_the_libraries_it_was_trained_with() -> None:
    program = (
        "import sys; from db.embeddings import SentenceEncoder; SentenceEncoder().encode(['a loss']); "
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ran.stdout.strip() == "[]"
