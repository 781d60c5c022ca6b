"""Made records in any number, alike in groups as real texts are, for what grows with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from db.embeddings import DIMENSIONS, Vectors, directions
from fund.market.view import FloatArray

ENCODER = "made-1"
AS_OF = datetime(2026, 1, 31, 21, 30, tzinfo=UTC)
TOPICS = 2_000
ALIKE, OF_TOPIC, APART = 0.42, 0.9, 0.7
"""What all texts have in common, what those of one topic have, and how far they lie apart within it."""
SHADES = 24
"""In so many directions the texts of one topic differ."""
DECAY = 0.31
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
    """Return directions as encoded headlines have them, [count, d]; the topics are the same for every seed.

    Fitted to the 2,635 headlines of the bundle: a mean of length 0.37 (here 0.35), the k-th direction varies
    as k**-0.62 and less towards the last, a local dimension of 23 (here 23), the tenth neighbour at a cosine
    of 0.46 (here 0.43).
    """
    fixed, places = np.random.default_rng(1), np.arange(DIMENSIONS)
    weights = (places + 1) ** -DECAY * np.sqrt(1 - places / DIMENSIONS)
    shared = ALIKE * directions(fixed.normal(size=(1, DIMENSIONS)))
    topics = OF_TOPIC * directions(fixed.normal(size=(TOPICS, DIMENSIONS)) * weights)
    random = np.random.default_rng([2, seed])
    chosen = topics[random.integers(0, TOPICS, count)]
    within = random.normal(size=(count, DIMENSIONS)) * weights * (places < SHADES)
    return directions(shared + chosen + APART * directions(within))


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


def true_nearest(asked: Vectors, count: int, nearest: int) -> list[list[str]]:
    """Return the ids of the nearest of so many made records for each question, all of them compared."""
    best = np.full((len(asked), nearest), -np.inf, dtype=np.float32)
    names = np.zeros((len(asked), nearest), dtype=np.int64)
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        likeness = asked @ made_vectors(size, seed=first // CHUNK).T
        top = np.argpartition(-likeness, nearest, axis=1)[:, :nearest]
        best = np.concatenate([best, np.take_along_axis(likeness, top, axis=1)], axis=1)
        names = np.concatenate([names, top + first], axis=1)
        order = np.argsort(-best, axis=1)[:, :nearest]
        best, names = np.take_along_axis(best, order, axis=1), np.take_along_axis(names, order, axis=1)
    return [[f"made-{name}" for name in row] for row in names]
