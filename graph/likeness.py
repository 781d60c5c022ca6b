"""How like a question is to labelled examples: by its letters, and by its meaning once that is learnt."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log, sqrt
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from graph.examples import EXAMPLES

Vectors = NDArray[np.float32]
GRAMS = (3, 4, 5)
COLUMNS = 4096
"""Runs of letters share this many columns by their checksum (feature hashing, Weinberger et al. 2009)."""
LETTERS_SHARE = 0.3
"""What the letters weigh beside the meaning, where both are known; by leave-one-out over the examples."""
RIDGE = 0.2
"""How much an example may be missed, so that the others are not twisted to fit it; by leave-one-out."""
_SPACE = re.compile(r"[^a-z0-9%&]+")


class Encoder(Protocol):
    """Turns texts into vectors of a meaning."""

    @property
    def name(self) -> str:
        """Return what made the vectors; those of another maker cannot be compared with them."""
        ...

    @property
    def dimensions(self) -> int:
        """Return how long a vector is."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text, as float32 [texts, dimensions]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A label and how much a question is like its examples: 0 is not at all, 1 is one of them."""

    label: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    encoder: Encoder
    by_letters: Vectors
    by_meaning: Vectors


class Likeness:
    """Ranks labels by all their examples; answers by letters until a meaning has been learnt.

    A ridge regression on the labels (Rifkin and Lippert 2007), solved once: a question costs one product.
    """

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]] = EXAMPLES,
        encoder: Callable[[], Encoder | None] = lambda: None,
    ) -> None:
        """`encoder` gives None while it is not loaded; from then on the answers learn with it."""
        self._labels = tuple(examples)
        self._texts = tuple(text for texts in examples.values() for text in texts)
        places = [at for at, texts in enumerate(examples.values()) for _ in texts]
        self._wanted = np.eye(len(self._labels), dtype=np.float32)[places]
        self._letters, self._weights = _by_letters(self._texts, tuple(places))
        self._meaning: _Meaning | None = None
        self._encoder = encoder
        self._learner: threading.Thread | None = None

    @property
    def knows_meaning(self) -> bool:
        """Whether an encoder takes part."""
        return self._meaning is not None

    def learn(self, encoder: Encoder) -> None:
        """Let an encoder take part; takes seconds, and until it is done the letters answer alone."""
        rows, meant = self._letters.rows, encoder.encode(self._texts)
        share = LETTERS_SHARE
        duals = _solved(share * (rows @ rows.T) + (1 - share) * (meant @ meant.T), self._wanted)
        self._meaning = _Meaning(
            encoder=encoder,
            by_letters=np.float32(share) * (rows.T @ duals),
            by_meaning=np.float32(1 - share) * (meant.T @ duals),
        )

    def rank(
        self, question: str, count: int = 3, *, read: str = "", trust: float = 0.0
    ) -> tuple[Likely, ...]:
        """Return the labels whose examples are most like a question, best first.

        Args:
            question: The question, the names in it written "the stock".
            count: How many are returned.
            read: The label that rules have read in it, empty for none.
            trust: What that reading adds to the label's score.
        """
        letters = self._letters.row(question)
        if self._meaning is None:
            self._begin_to_learn()
            scores = letters @ self._weights
        else:
            meaning = self._meaning
            meant = meaning.encoder.encode([question])[0]
            scores = letters @ meaning.by_letters + meant @ meaning.by_meaning
        if read in self._labels:
            scores[self._labels.index(read)] += trust
        best = np.argsort(-scores, kind="stable")[:count]
        return tuple(
            Likely(label=self._labels[at], score=min(1.0, max(0.0, float(scores[at])))) for at in best
        )

    def _begin_to_learn(self) -> None:
        """Learn on a thread of its own, once, as soon as there is an encoder."""
        if self._learner is None and (encoder := self._encoder()) is not None:
            self._learner = threading.Thread(target=self.learn, args=(encoder,), name="likeness", daemon=True)
            self._learner.start()


class _Letters:
    """Words, pairs of words and runs of letters, weighted by how rare they are (TF-IDF)."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = np.vstack([_counts(text) for text in texts])
        seen = (counts > 0).sum(axis=0)
        self._rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
        self.rows: Vectors = np.vstack([self._scaled(each) for each in counts])

    def row(self, text: str) -> Vectors:
        """Return a text as a vector of length 1, all zero where it has no word."""
        return self._scaled(_counts(text))

    def _scaled(self, counts: Vectors) -> Vectors:
        row = np.asarray(counts * self._rarity, dtype=np.float32)
        length = sqrt(float(row @ row))
        return np.asarray(row / length, dtype=np.float32) if length else row


@cache
def _by_letters(texts: tuple[str, ...], places: tuple[int, ...]) -> tuple[_Letters, Vectors]:
    """Return the examples as rows and what a column weighs for each label; solved once a process."""
    letters = _Letters(texts)
    wanted = np.eye(max(places) + 1, dtype=np.float32)[list(places)]
    return letters, letters.rows.T @ _solved(letters.rows @ letters.rows.T, wanted)


def _solved(likeness: Vectors, wanted: Vectors) -> Vectors:
    """Return what each example weighs for each label, [examples, labels]."""
    ridge = RIDGE * np.eye(len(likeness), dtype=np.float32)
    return np.asarray(np.linalg.solve(likeness + ridge, wanted), dtype=np.float32)


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
