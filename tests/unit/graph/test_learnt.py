"""What was learnt of the examples is kept in a file that follows them."""

from pathlib import Path

import numpy as np

from graph.examples.labelled import SENTENCES
from graph.examples.learnt import (
    LEARNT,
    Vectors,
    fit_letters,
    learn_meaning,
    mark_of,
    read_learnt,
    write_learnt,
)
from graph.examples.likeness import sentence_encoder

TWO = {"book": ("what do we hold", "show the portfolio"), "market": ("how is the market", "any headlines")}


def in_two_directions(texts: tuple[str, ...] | list[str]) -> Vectors:
    return np.array([[0.2, -0.1] if "market" in text else [-0.1, 0.2] for text in texts], dtype=np.float32)


def test_the_file_belongs_to_the_examples_as_they_are() -> None:
    with np.load(LEARNT) as file:
        told = "the examples were changed: learn them anew with `python -m graph.examples.learnt`"
        assert str(file["mark"]) == mark_of(SENTENCES), told


def test_the_file_holds_the_meaning_that_the_encoder_finds() -> None:
    learnt = read_learnt(LEARNT, SENTENCES)
    assert learnt.meaning is not None
    some = range(0, len(learnt.texts), len(learnt.texts) // 12)
    found = sentence_encoder().encode([learnt.texts[at] for at in some])
    assert float(np.min(np.sum(found * learnt.meaning.vectors[list(some)], axis=1))) > 0.98


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    learnt = learn_meaning(fit_letters(TWO), "two-ways", in_two_directions)
    path = str(tmp_path / "learnt.npz")
    write_learnt(learnt, path, TWO)
    again = read_learnt(path, TWO)
    assert (again.labels, again.texts) == (learnt.labels, learnt.texts)
    assert learnt.meaning is not None
    assert again.meaning is not None
    assert np.allclose(again.meaning.vectors, learnt.meaning.vectors, atol=1e-6)
    assert np.allclose(again.by_letters, learnt.by_letters, atol=1e-2)


def test_a_file_of_other_examples_leaves_it_to_the_letters(tmp_path: Path) -> None:
    path = str(tmp_path / "learnt.npz")
    write_learnt(learn_meaning(fit_letters(TWO), "two-ways", in_two_directions), path, TWO)
    other = {**TWO, "help": ("what can you do",)}
    assert read_learnt(path, other).meaning is None
    assert read_learnt(path, other).labels == ("book", "market", "help")
