"""Made records in any number, alike in groups as real texts are, for what grows with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from db.embeddings import DIMENSIONS, Vectors, directions
from fund.market.view import FloatArray

ENCODER = "made-1"
AS_OF = datetime(2026, 1, 31, 21, 30, tzinfo=UTC)
HEADLINES = 0.25
"""The share of records that are worded freely, as news is; the others are worded by the desk."""
TOPICS = 2_000
ALIKE, OF_TOPIC, APART = 0.42, 0.9, 0.7
"""What all headlines have in common, what those of one topic have, and how far they lie apart within it."""
SHADES = 24
"""In so many directions the headlines of one topic differ."""
DECAY = 0.31
FORMS, NAMES = 6, 80
ALL_FORMS, OF_FORM, OF_NAME, OF_BOTH = 1.0, 0.75, 0.5, 0.3
"""What all the desk's own wordings share, what those of a form, of a name, and of a form for a name do."""
NAMED = 1.15
"""The k-th name is written about as k**-NAMED: the desk holds some for long and sees others once."""
FIGURES, FIGURED, SPREAD = 12, 0.06, 1.1
"""Directions that figures move a wording in, the usual distance, and how widely it differs (log-normal)."""
TICKERS = 100
KINDS = ("event", "decision", "rationale", "news", "lesson")
WORDS = tuple(
    word
    for line in (
        "oil bank gas chip drug car air steel retail loan fell rose split slipped surged beat missed",
        "warned cut raised momentum reversal volatility earnings guidance dividend crowded forecast",
        "rank conviction exposure breaker",
    )
    for word in line.split()
)
CHUNK = 20_000
_COPY = (
    "COPY desk.record_texts (text_id, kind, ticker, role, session, at, known_at, origin, source_id, text, "
    "embedder, embedding) FROM STDIN (FORMAT BINARY)"
)
_TYPES = ["text"] * 4 + ["date", "timestamptz", "timestamptz"] + ["text"] * 4 + ["halfvec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What is filtered by, for each record."""

    ticker: FloatArray
    kind: FloatArray
    age_days: FloatArray


def made_vectors(count: int, *, seed: int) -> Vectors:
    """Return directions as encoded texts of a desk have them, [count, d]; the topics never change.

    Fitted to a played desk of the bundle and its 10,387 texts: a quarter is headlines, the rest its own
    wordings, which differ in little but their figures. Both were read by the encoder (decision 0003), drawn
    down to one size and compared by the length of their mean, the cosines of the 1st, 10th and 20th neighbour
    and the local dimension (Levina and Bickel 2004).
    """
    random = np.random.default_rng([2, seed])
    free = random.random(count) < HEADLINES
    made = np.empty((count, DIMENSIONS), dtype=np.float32)
    made[free] = _headlines(int(free.sum()), random)
    made[~free] = _wordings(int((~free).sum()), random)
    return made


def _headlines(count: int, random: np.random.Generator) -> Vectors:
    """Return free wordings, many topics with few texts each.

    Of 2,635: a mean of length 0.37 (here 0.35), the k-th direction varies as k**-0.62 and less towards the
    last, a local dimension of 23 (here 23), the tenth neighbour at a cosine of 0.46 (here 0.43).
    """
    fixed, places = np.random.default_rng(1), np.arange(DIMENSIONS)
    weights = (places + 1) ** -DECAY * np.sqrt(1 - places / DIMENSIONS)
    shared = ALIKE * directions(fixed.normal(size=(1, DIMENSIONS)))
    topics = OF_TOPIC * directions(fixed.normal(size=(TOPICS, DIMENSIONS)) * weights)
    chosen = topics[random.integers(0, TOPICS, count)]
    within = random.normal(size=(count, DIMENSIONS)) * weights * (places < SHADES)
    return directions(shared + chosen + APART * directions(within))


def _wordings(count: int, random: np.random.Generator) -> Vectors:
    """Return the desk's own wordings, few forms for few names, each said again with other figures.

    Of 4,416: a mean of length 0.74 (here 0.79), a local dimension of 5.1 (here 5.1); the tenth neighbour at a
    cosine of 0.83, 1.00 and 1.00 for a tenth, half and nine tenths of them (here 0.85, 1.00 and 1.00), the
    twentieth at 0.81, 0.98 and 1.00 (here 0.84, 0.99 and 1.00).
    """
    fixed, places = np.random.default_rng(7), np.arange(DIMENSIONS)
    weights = (places + 1) ** -DECAY
    shared = ALL_FORMS * directions(fixed.normal(size=(1, DIMENSIONS)))
    forms = OF_FORM * directions(fixed.normal(size=(FORMS, DIMENSIONS)) * weights)
    names = OF_NAME * directions(fixed.normal(size=(NAMES, DIMENSIONS)) * weights)
    both = OF_BOTH * directions(fixed.normal(size=(FORMS * NAMES, DIMENSIONS)) * weights)
    moved = fixed.normal(size=(FORMS, FIGURES, DIMENSIONS)) * (np.arange(FIGURES)[:, None] + 1) ** -0.5
    form, name = _by_rank(random, FORMS, 0.7, count), _by_rank(random, NAMES, NAMED, count)
    figures = random.normal(size=(count, FIGURES))
    far = np.minimum(FIGURED * np.exp(SPREAD * random.normal(size=(count, 1))), 0.6)
    within = np.empty((count, DIMENSIONS))
    for each in range(FORMS):
        within[form == each] = figures[form == each] @ moved[each]
    return directions(
        shared + forms[form] + names[name] + both[form * NAMES + name] + far * directions(within)
    )


def _by_rank(random: np.random.Generator, most: int, power: float, count: int) -> NDArray[np.int64]:
    shares = (np.arange(most) + 1.0) ** -power
    return random.choice(most, count, p=shares / shares.sum())


def made_columns(count: int, *, seed: int) -> Columns:
    """Return tickers, kinds and ages, independent of the meaning."""
    random = np.random.default_rng([3, seed])
    return Columns(
        ticker=random.integers(0, TICKERS, count),
        kind=random.integers(0, len(KINDS), count),
        age_days=random.integers(1, 1000, count),
    )


def copy_made(connection: psycopg.Connection, count: int) -> None:
    """Write so many records, whole chunks of them by their seeds."""
    register_vector(connection)
    done = 0
    while done < count:
        size = min(CHUNK, count - done)
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for row in _rows(done, size):
                copy.write_row(row)
        done += size


def _rows(first: int, size: int) -> Iterator[tuple[object, ...]]:
    seed = first // CHUNK
    vectors, columns = made_vectors(size, seed=seed), made_columns(size, seed=seed)
    words = np.random.default_rng([4, seed]).choice(WORDS, size=(size, 8))
    for place, vector in enumerate(vectors):
        at = AS_OF - timedelta(days=int(columns.age_days[place]))
        kind = KINDS[int(columns.kind[place])]
        yield (
            f"made-{first + place}",
            kind,
            f"T{columns.ticker[place]}",
            "validator" if kind == "rationale" else None,
            date(at.year, at.month, at.day),
            at,
            at,
            "made",
            f"made-{first + place}",
            " ".join(words[place]),
            ENCODER,
            HalfVector(vector),
        )


def tenth_nearest(asked: Vectors, count: int, nearest: int) -> FloatArray:
    """Return the cosine of the tenth, or other last, of the nearest of so many records; all are compared.

    As stored: in half precision.
    """
    best = np.full((len(asked), nearest), -np.inf, dtype=np.float32)
    halved = _halved(asked)
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        likeness = halved @ _halved(made_vectors(size, seed=first // CHUNK)).T
        top = np.partition(likeness, size - nearest, axis=1)[:, -nearest:] if size > nearest else likeness
        best = -np.sort(-np.concatenate([best, top], axis=1), axis=1)[:, :nearest]
    return np.asarray(best[:, -1], dtype=np.float64)


def _halved(vectors: Vectors) -> Vectors:
    return vectors.astype(np.float16).astype(np.float32)
