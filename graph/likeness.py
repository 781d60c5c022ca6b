"""How like a question is to labelled examples: by its letters, and by its meaning once that is learnt."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from graph.examples import EXAMPLES

Vectors = NDArray[np.float32]
GRAMS = (3, 4, 5)
LETTERS_SHARE = 0.4
"""What the letters weigh beside the meaning, where both are known."""
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
    """A label and how like its nearest example the question is, from 0 to 1."""

    label: str
    score: float


class Likeness:
    """Ranks labels by their nearest example; answers by letters until a meaning has been learnt."""

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]] = EXAMPLES,
        encoder: Callable[[], Encoder | None] = lambda: None,
    ) -> None:
        """`encoder` gives None while it is not loaded; from then on the answers learn with it."""
        pairs = [(label, text) for label, texts in examples.items() for text in texts]
        self._labels = tuple(label for label, _ in pairs)
        self._texts = tuple(text for _, text in pairs)
        self._letters = _Letters(self._texts)
        self._meaning: tuple[Encoder, Vectors] | None = None
        self._encoder = encoder
        self._learner: threading.Thread | None = None

    @property
    def knows_meaning(self) -> bool:
        """Whether an encoder takes part."""
        return self._meaning is not None

    def learn(self, encoder: Encoder) -> None:
        """Let an encoder take part; takes seconds, and until it is done the letters answer alone."""
        self._meaning = (encoder, encoder.encode(self._texts))

    def rank(self, question: str, count: int = 3, *, by_letters: bool = False) -> tuple[Likely, ...]:
        """Return the labels with the nearest examples, best first; `by_letters` leaves the meaning out."""
        scores = self._letters.scores(question)
        if self._meaning is not None and not by_letters:
            encoder, vectors = self._meaning
            meant = vectors @ encoder.encode([question])[0]
            scores = LETTERS_SHARE * scores + (1 - LETTERS_SHARE) * np.clip(meant, 0, 1)
        elif self._meaning is None:
            self._begin_to_learn()
        best: dict[str, float] = {}
        for at in np.argsort(-scores, kind="stable"):
            best.setdefault(self._labels[at], float(scores[at]))
            if len(best) == count:
                break
        return tuple(Likely(label=label, score=score) for label, score in best.items())

    def _begin_to_learn(self) -> None:
        """Learn on a thread of its own, once, as soon as there is an encoder."""
        if self._learner is None and (encoder := self._encoder()) is not None:
            self._learner = threading.Thread(target=self.learn, args=(encoder,), name="likeness", daemon=True)
            self._learner.start()


class _Letters:
    """Runs of letters within words, weighted by how rare they are (TF-IDF), compared by their angle."""

    def __init__(self, texts: Sequence[str]) -> None:
        bags = [_grams(text) for text in texts]
        self._columns = {gram: at for at, gram in enumerate(sorted(set().union(*bags)))}
        seen = np.zeros(len(self._columns))
        for bag in bags:
            seen[[self._columns[gram] for gram in bag]] += 1
        self._rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
        rows = np.vstack([self._vector(bag) for bag in bags])
        self._count = len(texts)
        self._holders = [np.flatnonzero(rows[:, at]) for at in range(len(self._columns))]
        self._weights = [rows[holders, at] for at, holders in enumerate(self._holders)]

    def scores(self, text: str) -> Vectors:
        """Return the cosine with every text; only those that share a run of letters are touched."""
        scores = np.zeros(self._count, dtype=np.float32)
        vector = self._vector(_grams(text))
        for at in np.flatnonzero(vector):
            scores[self._holders[at]] += vector[at] * self._weights[at]
        return scores

    def _vector(self, bag: Mapping[str, int]) -> Vectors:
        vector = np.zeros(len(self._columns), dtype=np.float32)
        unknown = 0
        for gram, count in bag.items():
            at = self._columns.get(gram)
            if at is None:
                unknown += 1
            else:
                vector[at] = (1 + np.log(count)) * self._rarity[at]
        length = float(np.sqrt(vector @ vector + unknown * float(self._rarity.max()) ** 2 / 4))
        return vector / length if length else vector


def _grams(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in _SPACE.sub(" ", text.casefold()).split():
        padded = f" {word} "
        runs = {padded[at : at + size] for size in GRAMS for at in range(len(padded) - size + 1)}
        for run in runs or {padded}:
            found[run] = found.get(run, 0) + 1
    return found
