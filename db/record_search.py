"""Finds records by meaning and by words at once, and none that was not known at the moment asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, TextClause, select, text

from db.ledger_rows import aware
from db.record_tables import record_texts
from db.record_texts import COLUMNS, RecordKind, RecordText, record_of

FoundBy = Literal["meaning", "words", "both", "newest"]

EXACT_UP_TO = 20_000
"""So many vectors are compared one by one; beyond, the graph of neighbours is faster, and misses some."""
WALK, LONG_WALK, MANY = 64, 160, 300_000
"""How many candidates the graph is walked with, up to so many records and beyond."""
DEPTH = 50
"""How far each of the two rankings is read before they are joined."""
RANKED_WORDS = 2_000
"""More texts than this with one of the words are ranked in part: such words tell nothing apart."""
DAMPING = 60
"""Of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)."""
SOME_WORDS = 0.5
"""What a text with some of the words counts for, against one with all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """What a search is narrowed to; None narrows nothing."""

    ticker: str | None = None
    kind: RecordKind | None = None
    role: str | None = None
    since: date | None = None
    """First session."""
    until: date | None = None
    """Last session."""


EVERYTHING = RecordFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVector:
    """A question as a vector of length 1, the space it lives in, and the cosine that means nothing there."""

    embedder: str
    vector: NDArray[np.float32]
    unrelated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """A record, how it was found, and how well it fits."""

    record: RecordText
    found_by: FoundBy
    score: float
    """Of the joined ranking; larger is better, comparable within one answer only."""
    likeness: float | None
    """Cosine of its meaning with the question's; None where its vector was not among the nearest."""


class RecordSearch:
    """Searches over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, exact_up_to: int = EXACT_UP_TO) -> None:
        self._connection = connection
        self._exact_up_to = exact_up_to

    def search(
        self,
        asked: str,
        vector: AskedVector | None,
        *,
        as_of: datetime,
        narrowed: RecordFilter,
        limit: int = 10,
    ) -> tuple[FoundRecord, ...]:
        """Return the records that fit best, best first; known at `as_of`, whatever else was asked.

        The nearest by meaning and those with the words of the question are joined by their ranks. Without a
        vector words alone count; without words either, the newest records are returned.
        """
        if not asked.strip():
            return self._newest(as_of, narrowed, limit)
        near = [] if vector is None else self.nearest(vector, as_of=as_of, narrowed=narrowed, limit=DEPTH)
        related = {found: like for found, like in near if vector is not None and like >= vector.unrelated}
        worded = self._worded(asked, as_of, narrowed)
        scores = _joined(list(related), worded)
        best = sorted(scores, key=lambda found: (-scores[found], found))[:limit]
        records = self._records(best)
        return tuple(
            FoundRecord(
                record=records[found],
                found_by=_found_by(found, related, worded),
                score=scores[found],
                likeness=related.get(found),
            )
            for found in best
        )

    def nearest(
        self, vector: AskedVector, *, as_of: datetime, narrowed: RecordFilter, limit: int
    ) -> list[tuple[str, float]]:
        """Return the ids nearest in meaning with their cosine, nearest first.

        Exact where a filter leaves few; else by the graph of neighbours, and exact after all where that
        finds too few.
        """
        where, values = _conditions(as_of, narrowed)
        values |= {
            "vector": _spelled(vector.vector),
            "embedder": vector.embedder,
            "depth": limit,
            "bound": self._exact_up_to,
            "all": narrowed == EVERYTHING,
            "many": MANY,
            "walk": str(WALK),
            "long_walk": str(LONG_WALK),
        }
        found = self._compared(_NEAREST, where, values)
        return found if len(found) >= limit else self._compared(_EXACT, where, values)

    def _compared(self, statement: str, where: str, values: Mapping[str, Any]) -> list[tuple[str, float]]:
        found = self._connection.execute(_filled(statement, where), values)
        return [(name, -distance) for name, distance in found.all()]

    def _worded(self, asked: str, as_of: datetime, narrowed: RecordFilter) -> dict[str, bool]:
        """Return the ids of texts with words of the question, best first, and whether all are in them."""
        where, values = _conditions(as_of, narrowed)
        values |= {"asked": asked, "depth": DEPTH, "ranked": RANKED_WORDS}
        found = self._connection.execute(_filled(_WORDED, where), values)
        return {row.text_id: row.whole for row in found}

    def _newest(self, as_of: datetime, narrowed: RecordFilter, limit: int) -> tuple[FoundRecord, ...]:
        where, values = _conditions(as_of, narrowed)
        chosen = (
            select(*COLUMNS)
            .where(text(where))
            .order_by(record_texts.c.known_at.desc(), record_texts.c.text_id)
        )
        found = self._connection.execute(chosen.limit(limit), values).mappings()
        return tuple(
            FoundRecord(record=record_of(row), found_by="newest", score=0.0, likeness=None) for row in found
        )

    def _records(self, ids: Sequence[str]) -> dict[str, RecordText]:
        chosen = select(*COLUMNS).where(record_texts.c.text_id.in_(ids))
        return {row["text_id"]: record_of(row) for row in self._connection.execute(chosen).mappings()}


_EXACT = """
SELECT text_id, distance FROM (
    SELECT text_id, embedding <#> CAST(:vector AS halfvec) AS distance FROM desk.record_texts
    WHERE {where} AND embedder = :embedder OFFSET 0
) AS every
ORDER BY distance, text_id LIMIT :depth
"""
"""Every vector under the filter is compared, once: OFFSET keeps the order from the graph."""
_NEAREST = """
WITH size AS MATERIALIZED (
    SELECT reltuples AS rows FROM pg_class WHERE oid = 'desk.record_texts'::regclass
), few AS MATERIALIZED (
    SELECT set_config(
               'hnsw.ef_search', CASE WHEN rows > :many THEN :long_walk ELSE :walk END, TRUE
           ) IS NOT NULL
           AND CASE WHEN :all AND rows > :bound THEN FALSE
                    ELSE (SELECT count(*) FROM (
                        SELECT FROM desk.record_texts WHERE {where} LIMIT CAST(:bound AS bigint) + 1
                    ) AS counted) <= :bound END AS so
    FROM size
), exact AS MATERIALIZED (
    SELECT text_id, distance FROM (
        SELECT text_id, embedding <#> CAST(:vector AS halfvec) AS distance FROM desk.record_texts
        WHERE (SELECT so FROM few) AND {where} AND embedder = :embedder OFFSET 0
    ) AS every
    ORDER BY distance, text_id LIMIT :depth
), walked AS MATERIALIZED (
    SELECT text_id, embedding <#> CAST(:vector AS halfvec) AS distance FROM desk.record_texts
    WHERE NOT (SELECT so FROM few) AND {where} AND embedder = :embedder
    ORDER BY embedding <#> CAST(:vector AS halfvec) LIMIT :depth
)
SELECT text_id, distance FROM (TABLE exact UNION ALL TABLE walked) AS near ORDER BY distance, text_id
"""
"""One trip to the server: whether few records are under the filter is counted no further than matters, and
where nothing is filtered the server's estimate will do. One of the two searches runs, the other never
starts. The graph gives its finds in relaxed order; they are sorted outside."""
_WORDED = """
WITH asked AS MATERIALIZED (
    SELECT every, CASE WHEN every::text LIKE '%!%' THEN every
                       ELSE replace(every::text, ' & ', ' | ')::tsquery END AS any_of
    FROM websearch_to_tsquery('english', :asked) AS every
), matched AS MATERIALIZED (
    SELECT text_id, known_at, words FROM desk.record_texts
    WHERE {where} AND words @@ (SELECT any_of FROM asked) LIMIT :ranked
)
SELECT text_id, words @@ every AS whole FROM matched, asked
ORDER BY whole DESC, ts_rank_cd(words, any_of) DESC, known_at DESC, text_id LIMIT :depth
"""


@lru_cache(maxsize=256)
def _filled(statement: str, where: str) -> TextClause:
    """Return a statement of ours; there are as many as there are ways to filter."""
    return text(statement.format(where=where))


def _spelled(vector: NDArray[np.float32]) -> str:
    """Return a vector as the database reads it, with more digits than half precision keeps."""
    return "[" + ",".join(["%.6g"] * len(vector)) % tuple(vector.tolist()) + "]"


def _conditions(as_of: datetime, narrowed: RecordFilter) -> tuple[str, dict[str, Any]]:
    """Return the filter as SQL of ours with its values bound."""
    conditions = ["known_at <= :as_of"]
    values: dict[str, Any] = {"as_of": aware(as_of)}
    for name in ("ticker", "kind", "role"):
        if (value := getattr(narrowed, name)) is not None:
            conditions.append(f"{name} = :{name}")
            values[name] = value
    if narrowed.role is not None and narrowed.kind is None:
        conditions.append("kind = 'rationale'")
    if narrowed.since is not None:
        conditions.append("session >= :since AND known_at >= :since_at")
        values |= {"since": narrowed.since, "since_at": datetime.combine(narrowed.since, time(), UTC)}
    if narrowed.until is not None:
        conditions.append("session <= :until")
        values["until"] = narrowed.until
    return " AND ".join(conditions), values


def _joined(near: Sequence[str], worded: Mapping[str, bool]) -> dict[str, float]:
    """Return reciprocal rank fusion of the two rankings."""
    scores: dict[str, float] = {}
    for place, found in enumerate(near, start=1):
        scores[found] = 1 / (DAMPING + place)
    for place, (found, whole) in enumerate(worded.items(), start=1):
        scores[found] = scores.get(found, 0.0) + (1.0 if whole else SOME_WORDS) / (DAMPING + place)
    return scores


def _found_by(found: str, near: Mapping[str, float], worded: Mapping[str, bool]) -> FoundBy:
    if found in near and found in worded:
        return "both"
    return "meaning" if found in near else "words"
