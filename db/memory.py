"""What the desk has lived through, found again by likeness, never before it was known."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pgvector import Vector
from sqlalchemy import Connection, RowMapping, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.ledger_rows import aware
from db.tables import memories, memory_spaces
from fund.errors import QueryRefusedError

MemoryKind = Literal["trade", "conditions", "decision"]

_NEAREST = """
WITH asked AS MATERIALIZED (
    SELECT CAST(spelled AS vector) AS vector, place
    FROM unnest(CAST(:vectors AS text[])) WITH ORDINALITY AS given(spelled, place)
)
SELECT asked.place, near.distance, memories.memory_id, memories.kind, memories.ticker, memories.session,
       memories.known_at, memories.text, memories.outcome, memories.source_ids
FROM asked CROSS JOIN LATERAL (
    SELECT memory_id, embedding <=> asked.vector AS distance FROM desk.memories
    WHERE kind = :kind AND embedder = :embedder AND known_at <= :as_of{narrowed}
    ORDER BY distance, memory_id LIMIT :limit
) AS near
JOIN desk.memories USING (memory_id)
ORDER BY asked.place, near.distance, near.memory_id
"""
_OF_ALL = text(_NEAREST.format(narrowed=""))
_OF_TICKER = text(_NEAREST.format(narrowed=" AND ticker = :ticker"))
"""Always exact, however many there are: a replay must recall what the decision did, and two graphs of
neighbours over the same memories differ. The vectors are read once, the rows only of those found; memories of
the future are never compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing that happened, with its outcome where it has one."""

    memory_id: str
    kind: MemoryKind
    ticker: str | None
    session: date
    """The session it is about."""
    known_at: datetime
    """When all of it, outcome included, was known; no decision before may recall it (INV-15)."""
    text: str
    outcome: Mapping[str, Any] | None = None
    """Plain JSON."""
    source_ids: tuple[str, ...] = ()
    """Cycles, trades and orders it was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """A memory and how far it is from what was asked: cosine distance, 0 = same direction, 2 = opposite."""

    memory: Memory
    distance: float


class MemoryStore:
    """Writes and recalls memories over one connection.

    Each kind of memory lives in the space of one embedder; vectors of another one cannot be compared
    with it and are refused with `QueryRefusedError`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def remember(self, embedder: str, batch: Sequence[Memory], vectors: ArrayLike) -> int:
        """Store memories with their vectors [n, d], in the same order, and return how many were new.

        A memory that is already there stays as it is.
        """
        if not batch:
            return 0
        matrix = _directions(vectors, expected=len(batch))
        for kind in sorted({memory.kind for memory in batch}):
            self._open_space(kind, embedder, matrix.shape[1])
        rows = [
            {
                "memory_id": memory.memory_id,
                "kind": memory.kind,
                "ticker": memory.ticker,
                "session": memory.session,
                "known_at": aware(memory.known_at),
                "embedder": embedder,
                "embedding": vector,
                "text": memory.text,
                "outcome": memory.outcome,
                "source_ids": list(memory.source_ids),
            }
            for memory, vector in zip(batch, matrix, strict=True)
        ]
        statement = insert(memories).on_conflict_do_nothing(index_elements=["memory_id"])
        return len(self._connection.execute(statement.returning(memories.c.memory_id), rows).all())

    def recall(
        self,
        embedder: str,
        vector: ArrayLike,
        *,
        as_of: datetime,
        kind: MemoryKind,
        ticker: str | None = None,
        limit: int = 5,
    ) -> tuple[Recollection, ...]:
        """Return the nearest memories that were known at `as_of`, nearest first, equally near ones by id.

        The search is exact. Nothing remembered yet is an empty answer.
        """
        found = self.recall_many(
            embedder, np.asarray(vector)[np.newaxis], as_of=as_of, kind=kind, ticker=ticker, limit=limit
        )
        return found[0]

    def recall_many(
        self,
        embedder: str,
        vectors: ArrayLike,
        *,
        as_of: datetime,
        kind: MemoryKind,
        ticker: str | None = None,
        limit: int = 5,
    ) -> tuple[tuple[Recollection, ...], ...]:
        """Return what `recall` would for each of the vectors [n, d], in one question to the database."""
        asked = len(vectors) if isinstance(vectors, Sized) else 0
        if not asked:
            return ()
        matrix = _directions(vectors, expected=asked)
        space = self._space(kind)
        if space is None:
            return ((),) * asked
        _require_same_space(kind, space, (embedder, matrix.shape[1]))
        found = self._connection.execute(
            _OF_ALL if ticker is None else _OF_TICKER,
            {
                "vectors": [Vector(row).to_text() for row in matrix],
                "kind": kind,
                "embedder": embedder,
                "as_of": aware(as_of),
                "limit": limit,
                **({} if ticker is None else {"ticker": ticker}),
            },
        )
        nearest: list[list[Recollection]] = [[] for _ in range(asked)]
        for row in found.mappings():
            nearest[row["place"] - 1].append(_recollection(row))
        return tuple(tuple(each) for each in nearest)

    def count(self, kind: MemoryKind, *, as_of: datetime) -> int:
        """Return how many memories of a kind were known at `as_of`."""
        chosen = select(func.count()).where(memories.c.kind == kind, memories.c.known_at <= aware(as_of))
        return self._connection.execute(chosen).scalar_one()

    def forget(self, kind: MemoryKind) -> int:
        """Empty a kind's space, so that another embedder can fill it anew; return how many went."""
        gone = self._connection.execute(
            delete(memories).where(memories.c.kind == kind).returning(memories.c.memory_id)
        )
        count = len(gone.all())
        self._connection.execute(delete(memory_spaces).where(memory_spaces.c.kind == kind))
        return count

    def _open_space(self, kind: MemoryKind, embedder: str, dimensions: int) -> None:
        fresh = insert(memory_spaces).values(kind=kind, embedder=embedder, dimensions=dimensions)
        self._connection.execute(fresh.on_conflict_do_nothing())
        space = self._space(kind)
        assert space is not None
        _require_same_space(kind, space, (embedder, dimensions))

    def _space(self, kind: str) -> tuple[str, int] | None:
        row = self._connection.execute(
            select(memory_spaces).where(memory_spaces.c.kind == kind)
        ).one_or_none()
        return None if row is None else (row.embedder, row.dimensions)


def _directions(vectors: ArrayLike, *, expected: int) -> NDArray[np.float32]:
    """Return [n, d] vectors that have a direction: finite, and not all zero."""
    matrix = np.asarray(vectors, dtype=np.float32)
    if matrix.ndim != 2 or matrix.shape[0] != expected or matrix.shape[1] == 0:
        raise QueryRefusedError(f"expected {expected} vectors of one length, found shape {matrix.shape!r}")
    if not np.isfinite(matrix).all() or not matrix.any(axis=1).all():
        raise QueryRefusedError("a vector to compare must be finite and not all zero; embed the text again")
    return matrix


def _require_same_space(kind: str, known: tuple[str, int], given: tuple[str, int]) -> None:
    if known != given:
        raise QueryRefusedError(
            f"memories of kind {kind!r} are embedded by {known[0]!r} in {known[1]} dimensions and cannot be "
            f"compared with {given[0]!r} in {given[1]}; ask with the same embedder, or embed them all again"
        )


def _recollection(row: RowMapping) -> Recollection:
    values = {name: row[name] for name in Memory.__dataclass_fields__}
    memory = Memory(**{**values, "source_ids": tuple(values["source_ids"])})
    return Recollection(memory=memory, distance=float(row["distance"]))
