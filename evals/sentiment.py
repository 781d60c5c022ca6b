"""How well headlines are read: a scorer against labels, beside baselines that read nothing."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fund.errors import DataError
from fund.metrics.inference import Interval, share_interval
from fund.news.sentiment import LEANINGS, Leaning, SentimentScorer

DATASET = Path(__file__).with_name("datasets") / "sentiment.toml"
Part = Literal["tune", "test"]
Confusion = dict[tuple[Leaning, Leaning], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTitle:
    """A headline and how it leans in the eyes of who labelled it."""

    title: str
    label: Leaning


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentScore:
    """How often a scorer and the labels agree."""

    scorer: str
    n: int
    accuracy: Interval
    """Share of titles on the labelled side, with its Wilson interval; what was not read counts as wrong."""
    macro_f1: float
    """Mean over the three sides of the harmonic mean of precision and recall; a side never named has 0."""
    confusion: Confusion
    """Titles by (label, side the scorer is on)."""
    unread: int


def labelled_titles(part: Part, path: Path = DATASET) -> tuple[LabelledTitle, ...]:
    """Return one part of the dataset; raises `DataError` where the file is not what it must be."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))[part]
        found = [LabelledTitle(title=title, label=label) for label in LEANINGS for title in table[label]]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise DataError(f"{path.name}: expected titles by label in [{part}], found {error!r}") from error
    if len({each.title for each in found}) < len(found) or not found:
        raise DataError(f"{path.name}: expected each title once in [{part}], found none, or one twice")
    return tuple(found)


def scored(scorer: SentimentScorer, titles: Sequence[LabelledTitle]) -> SentimentScore:
    """Return how well a scorer reads labelled titles."""
    read = scorer.score([each.title for each in titles])
    sides = [None if each is None else each.leaning for each in read]
    return _compared(scorer.name, [each.label for each in titles], sides)


def baselines(titles: Sequence[LabelledTitle]) -> tuple[SentimentScore, ...]:
    """Return what always saying neutral, and always the most frequent label, would score."""
    labels = [each.label for each in titles]
    most: Leaning = max(LEANINGS, key=Counter(labels).__getitem__)
    always: tuple[tuple[str, Leaning], ...] = (("always neutral", "neutral"), ("majority", most))
    return tuple(_compared(name, labels, [side] * len(labels)) for name, side in always)


def _compared(name: str, labels: Sequence[Leaning], sides: Sequence[Leaning | None]) -> SentimentScore:
    pairs = list(zip(labels, sides, strict=True))
    accuracy = share_interval(sum(label == side for label, side in pairs), len(pairs))
    if accuracy is None:
        raise DataError("expected labelled titles to score, found none")
    confusion = Counter((label, side) for label, side in pairs if side is not None)
    return SentimentScore(
        scorer=name,
        n=len(pairs),
        accuracy=accuracy,
        macro_f1=sum(_f1(side, pairs) for side in LEANINGS) / len(LEANINGS),
        confusion={(a, b): confusion[a, b] for a in LEANINGS for b in LEANINGS},
        unread=sum(side is None for side in sides),
    )


def _f1(side: Leaning, pairs: Sequence[tuple[Leaning, Leaning | None]]) -> float:
    hits = sum(label == said == side for label, said in pairs)
    named = sum(said == side for _, said in pairs) + sum(label == side for label, _ in pairs)
    return 2 * hits / named if named else 0.0
