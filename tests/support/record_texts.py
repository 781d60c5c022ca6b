"""Texts on record with defaults, and an encoder whose meanings a test knows."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from zlib import crc32

import numpy as np

from db.embeddings import DIMENSIONS, Vectors, directions
from db.record_search import AskedVector
from db.record_texts import RecordText
from support.books import TUESDAY, at_close

KNOWN = at_close(TUESDAY)
LATER = KNOWN + timedelta(days=3650)
MEANINGS = {"fell": "down", "dropped": "down", "losses": "down", "sold": "exit", "closed": "exit"}


class WordEncoder:
    """Texts mean the sum of their words, and words that mean the same are one; the same for ever."""

    dimensions = DIMENSIONS
    unrelated = 0.2

    def __init__(self, name: str = "words-1") -> None:
        self.name = name
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the directions of texts, and note which were read."""
        self.read += texts
        return directions(np.array([_sum_of(text) for text in texts], dtype=np.float32))

    def ask(self, text: str) -> AskedVector:
        """Return a question as a search takes it."""
        (vector,) = self.encode([text])
        return AskedVector(embedder=self.name, vector=vector, unrelated=self.unrelated)


def _sum_of(text: str) -> np.ndarray:
    words = re.findall(r"[a-z]+", text.lower()) or ["nothing"]
    return np.sum([_direction(MEANINGS.get(word, word)) for word in words], axis=0)


@cache
def _direction(word: str) -> np.ndarray:
    made = np.random.default_rng(crc32(word.encode())).normal(size=DIMENSIONS)
    return np.asarray(made / np.linalg.norm(made))


def a_text(text_id: str = "r1", text: str = "something happened", **changes: object) -> RecordText:
    """Return what the validator said of a ticker, known on Tuesday's close."""
    record = RecordText(
        text_id=text_id,
        kind="rationale",
        ticker="AAPL",
        role="validator",
        session=TUESDAY,
        at=KNOWN,
        known_at=KNOWN,
        origin="offline rules, no LLM",
        source_id="cycle-1",
        cycle_id="cycle-1",
        text=text,
    )
    changes.setdefault("at", min(KNOWN, changes.get("known_at", KNOWN)))  # type: ignore[type-var]
    return replace(record, **changes)  # type: ignore[arg-type]
