"""How a text leans: what every scorer answers, whatever reads the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Leaning = Literal["negative", "neutral", "positive"]
LEANINGS: tuple[Leaning, ...] = ("negative", "neutral", "positive")
NEUTRAL_BELOW = 0.2
"""Distance from 0 below which a score leans nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """What one text says of the prospects of whom it is about, in the eyes of somebody who owns it."""

    score: float
    """-1 very bad news, 0 neither, 1 very good news."""
    confidence: float
    """0 to 1, as the scorer states it; of two scorers the figures are not comparable."""
    n: int
    """Signs it rests on: expressions of a lexicon; 1 for a reading of the whole by an LLM or classifier."""

    def __post_init__(self) -> None:
        """Refuse what is no score."""
        if not (-1 <= self.score <= 1 and 0 <= self.confidence <= 1 and self.n >= 0):
            raise ValueError(f"expected a score in [-1, 1] and a confidence in [0, 1], found {self!r}")

    @property
    def leaning(self) -> Leaning:
        """Return the side it is on."""
        return leaning_of(self.score)


class SentimentScorer(Protocol):
    """Reads texts; None for one it could not read, never 0."""

    @property
    def name(self) -> str:
        """Who reads, with everything that can change a score in it: scores are kept under this name."""
        ...

    def score(self, texts: Sequence[str]) -> tuple[Sentiment | None, ...]:
        """Return one sentiment for each text, in the same order."""
        ...


def leaning_of(score: float) -> Leaning:
    """Return the side a score is on."""
    if abs(score) < NEUTRAL_BELOW:
        return "neutral"
    return "positive" if score > 0 else "negative"
