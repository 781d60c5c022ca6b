"""What was learnt of labelled examples: a ridge regression on their letters and their meaning, and its file.

`python -m graph.examples.learnt` learns the desk's examples anew and writes the file; it has to follow every
change of the examples, and a test says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import log, sqrt
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
LEARNT = str(Path(__file__).with_name("learnt.npz"))
GRAMS = (3, 4, 5)
COLUMNS = 4096
"""Runs of letters share this many columns by their checksum (feature hashing, Weinberger et al. 2009)."""
LETTERS_SHARE = 0.3
"""What the letters weigh beside the meaning, where both are known; by leave-one-out over the examples."""
WIDTH = 0.5
"""How far the kernel of meanings reaches, in cosine; by leave-one-out over the examples."""
RIDGE = 0.1
"""How much an example may be missed, so that the others are not twisted to fit it; by leave-one-out."""
RIDGE_OF_LETTERS = 0.2
_SPACE = re.compile(r"[^a-z0-9%&]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The examples' vectors, and what likeness to each of them and each column weighs for each label."""

    encoder: str
    vectors: Vectors
    """[examples, dimensions], as the file keeps them: in 255 steps."""
    duals: Vectors
    by_letters: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """Labels, how rare each column of letters is, and what it weighs for each label without any meaning."""

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    places: tuple[int, ...]
    rarity: Vectors
    by_letters: Vectors
    meaning: Meaning | None = None


def fit_letters(examples: Mapping[str, Sequence[str]]) -> Learnt:
    """Learn labels from the letters of their examples (kernel ridge, Rifkin and Lippert 2007)."""
    texts = tuple(text for texts in examples.values() for text in texts)
    places = tuple(at for at, texts in enumerate(examples.values()) for _ in texts)
    rarity = _rarity(texts)
    rows = np.vstack([row_of(text, rarity) for text in texts])
    duals = _solved(rows @ rows.T, _wanted(places), RIDGE_OF_LETTERS)
    return Learnt(
        labels=tuple(examples), texts=texts, places=places, rarity=rarity, by_letters=rows.T @ duals
    )


def learn_meaning(learnt: Learnt, name: str, encode: Callable[[Sequence[str]], Vectors]) -> Learnt:
    """Let an encoder's meaning take part in what the letters have taught."""
    rows = np.vstack([row_of(text, learnt.rarity) for text in learnt.texts])
    vectors = _stepped(encode(learnt.texts))
    likeness = LETTERS_SHARE * (rows @ rows.T) + kernel(vectors, vectors)
    duals = _solved(likeness, _wanted(learnt.places), RIDGE)
    meaning = Meaning(
        encoder=name, vectors=vectors, duals=duals, by_letters=np.float32(LETTERS_SHARE) * (rows.T @ duals)
    )
    return replace(learnt, meaning=meaning)


def kernel(some: Vectors, others: Vectors) -> Vectors:
    """Return how alike two sets of meanings are, [some, others]: a Gaussian of their distance."""
    return np.asarray((1 - LETTERS_SHARE) * np.exp((some @ others.T - 1) / WIDTH), dtype=np.float32)


def row_of(text: str, rarity: Vectors) -> Vectors:
    """Return a text's words, pairs of words and runs of letters, the rare ones weighing more (TF-IDF).

    A vector of length 1, all zero where it has no word.
    """
    row = np.asarray(_counts(text) * rarity, dtype=np.float32)
    length = sqrt(float(row @ row))
    return np.asarray(row / length, dtype=np.float32) if length else row


def write_learnt(learnt: Learnt, path: str, examples: Mapping[str, Sequence[str]]) -> None:
    """Write what was learnt, with the mark of the examples it was learnt from."""
    if learnt.meaning is None:
        raise ValueError("expected examples learnt by meaning too; learn them with an encoder first")
    np.savez_compressed(
        path,
        mark=np.array(mark_of(examples)),
        encoder=np.array(learnt.meaning.encoder),
        rarity=learnt.rarity.astype(np.float16),
        vectors=np.rint(learnt.meaning.vectors * 127 / STEP).astype(np.int8),
        duals=learnt.meaning.duals.astype(np.float16),
        by_letters=learnt.by_letters.astype(np.float16),
        by_letters_beside=learnt.meaning.by_letters.astype(np.float16),
    )


def read_learnt(path: str, examples: Mapping[str, Sequence[str]]) -> Learnt:
    """Return what was learnt of the examples; where the file knows others, learn their letters alone."""
    with np.load(path, allow_pickle=False) as file:
        if str(file["mark"]) != mark_of(examples):
            return fit_letters(examples)
        kept = {name: file[name].astype(np.float32) for name in KEPT}
        encoder = str(file["encoder"])
    meaning = Meaning(
        encoder=encoder,
        vectors=kept["vectors"] * np.float32(STEP / 127),
        duals=kept["duals"],
        by_letters=kept["by_letters_beside"],
    )
    return Learnt(
        labels=tuple(examples),
        texts=tuple(text for texts in examples.values() for text in texts),
        places=tuple(at for at, texts in enumerate(examples.values()) for _ in texts),
        rarity=kept["rarity"],
        by_letters=kept["by_letters"],
        meaning=meaning,
    )


def mark_of(examples: Mapping[str, Sequence[str]]) -> str:
    """Return the mark that says which examples, and which way of learning, a file belongs to."""
    learning = repr((GRAMS, COLUMNS, LETTERS_SHARE, WIDTH, RIDGE, RIDGE_OF_LETTERS, STEP))
    told = "\n".join(f"{label}\t{text}" for label, texts in examples.items() for text in texts)
    return sha256(f"{learning}\n{told}".encode()).hexdigest()


STEP = 0.3
"""The largest part of a meaning that is told apart; larger ones are rare and are kept as this."""
KEPT = ("rarity", "vectors", "duals", "by_letters", "by_letters_beside")


def _stepped(vectors: Vectors) -> Vectors:
    """Return vectors as a file keeps them, so that what is learnt from them holds after reading."""
    steps = np.clip(np.rint(vectors * 127 / STEP), -127, 127)
    return np.asarray(steps * np.float32(STEP / 127), dtype=np.float32)


def _wanted(places: Sequence[int]) -> Vectors:
    return np.eye(max(places) + 1, dtype=np.float32)[list(places)]


def _solved(likeness: Vectors, wanted: Vectors, ridge: float) -> Vectors:
    """Return what each example weighs for each label, [examples, labels]."""
    solved = np.linalg.solve(likeness.astype(np.float64) + ridge * np.eye(len(likeness)), wanted)
    return np.asarray(solved, dtype=np.float32)


def _rarity(texts: Sequence[str]) -> Vectors:
    seen = np.sum([_counts(text) > 0 for text in texts], axis=0)
    return np.asarray(np.log((1 + len(texts)) / (1 + seen)) + 1, dtype=np.float32)


def _counts(text: str) -> Vectors:
    row = np.zeros(COLUMNS, dtype=np.float32)
    for feature, count in _features(text).items():
        row[crc32(feature.encode()) % COLUMNS] += 1 + log(count)
    return row


def _features(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    words = _SPACE.sub(" ", text.casefold()).split()
    for word in words:
        padded = f" {word} "
        runs = [padded[at : at + size] for size in GRAMS for at in range(len(padded) - size + 1)]
        for run in (*runs, f"={word}"):
            found[run] = found.get(run, 0) + 1
    for first, second in zip(["^", *words], [*words, "$"], strict=True) if words else ():
        found[f"{first}_{second}"] = found.get(f"{first}_{second}", 0) + 1
    return found


def _learn_anew() -> None:
    """Learn the desk's own examples with the sentence encoder and write the file."""
    from db.embeddings import SentenceEncoder
    from graph.examples.labelled import SENTENCES

    encoder = SentenceEncoder()
    write_learnt(learn_meaning(fit_letters(SENTENCES), encoder.name, encoder.encode), LEARNT, SENTENCES)


if __name__ == "__main__":
    _learn_anew()
