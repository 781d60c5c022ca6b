"""How like a question is to labelled examples: by its letters and by its meaning, learnt beforehand."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from graph.examples.labelled import NO_ORDER, ORDERS, SENTENCES
from graph.examples.learnt import (
    LEARNT,
    Learnt,
    Vectors,
    fit_letters,
    kernel,
    learn_meaning,
    read_learnt,
    row_of,
)

SURE_BY_LETTERS = 0.4
"""Letters that agree so much with the rules need no encoder: as often right as with it, by leave-one-out."""


class Encoder(Protocol):
    """Turns texts into vectors of a meaning."""

    @property
    def name(self) -> str:
        """Return what made the vectors; those of another maker cannot be compared with them."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector of length 1 for each text, as float32 [texts, dimensions]."""
        ...


class Likely(NamedTuple):
    """A label and how much a question is like its examples: 0 is not at all, 1 is one of them."""

    label: str
    score: float


class Heard(NamedTuple):
    """The order a sentence is most like, and how far it leads what is no order, and any other order."""

    order: str
    lead: float
    lead_of_orders: float


@cache
def sentence_encoder() -> Encoder:
    """Return the sentence encoder of the process; its weights are read at its first text."""
    from db.embeddings import SentenceEncoder

    return SentenceEncoder()


class Likeness:
    """Ranks labels by all their examples; by letters alone where no encoder it was learnt with is at hand."""

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]] = SENTENCES,
        encoder: Callable[[], Encoder | None] = sentence_encoder,
    ) -> None:
        """`encoder` gives None where meaning is to take no part."""
        self._learnt = _known(LEARNT) if examples is SENTENCES else fit_letters(examples)
        self._encoder = encoder
        self._meant: tuple[str, Vectors] | None = None
        """The last sentence, which is often looked at twice, and its likeness to every example."""

    def learn(self, encoder: Encoder) -> None:
        """Learn the examples' meaning from an encoder of another make; takes seconds."""
        self._learnt = learn_meaning(self._learnt, encoder.name, encoder.encode)
        self._encoder, self._meant = lambda: encoder, None

    def rank(
        self,
        question: str,
        count: int = 3,
        *,
        read: str = "",
        trust: float = 0.0,
        less: Mapping[str, float] | None = None,
    ) -> tuple[Likely, ...]:
        """Return the labels of questions whose examples are most like one, best first; never an order.

        Args:
            question: The question, the names in it written "the stock".
            count: How many are returned.
            read: The label that rules have read in it, empty for none.
            trust: What that reading adds to the label's score.
            less: What each label's score loses.
        """
        labels = self._learnt.labels
        weights = np.zeros(len(labels), dtype=np.float32)
        if read in labels:
            weights[labels.index(read)] += trust
        for label, loss in (less or {}).items():
            if label in labels:
                weights[labels.index(label)] -= loss
        scores = self._scores(question, read, weights)
        asked = [at for at in np.argsort(-scores, kind="stable") if labels[at] not in ORDERS]
        return tuple(Likely(labels[at], min(1.0, max(0.0, float(scores[at])))) for at in asked[:count])

    def heard(self, sentence: str) -> Heard:
        """Return the order a sentence is most like; it is one only where it leads everything else by far."""
        labels = self._learnt.labels
        scores = self._scores(sentence, "", np.zeros(len(labels), dtype=np.float32))
        found = dict(zip(labels, (float(score) for score in scores), strict=True))
        orders = sorted(((found[name], name) for name in ORDERS if name != NO_ORDER), reverse=True)
        other = max(score for name, score in found.items() if name not in ORDERS or name == NO_ORDER)
        (best, name), (second, _) = orders[0], orders[1]
        return Heard(name, best - other, best - second)

    def _scores(self, question: str, read: str, weights: Vectors) -> Vectors:
        learnt = self._learnt
        letters = row_of(question, learnt.rarity)
        alone = letters @ learnt.by_letters
        best = int(np.argmax(alone))
        meaning = learnt.meaning
        if meaning is None or (learnt.labels[best] == read and alone[best] >= SURE_BY_LETTERS):
            return np.asarray(alone + weights, dtype=np.float32)
        encoder = self._encoder()
        if encoder is None or encoder.name != meaning.encoder:
            return np.asarray(alone + weights, dtype=np.float32)
        if (known := self._meant) is None or known[0] != question:
            known = self._meant = (question, kernel(encoder.encode([question]), meaning.vectors)[0])
        meant = known[1]
        return np.asarray(letters @ meaning.by_letters + meant @ meaning.duals + weights, dtype=np.float32)


@cache
def _known(path: str) -> Learnt:
    """Return what was learnt of the desk's own examples, once a process."""
    return read_learnt(path, SENTENCES)
