"""What was recorded, in words: written once, given a vector later, read back by its id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pgvector import HalfVector
from sqlalchemy import Connection, RowMapping, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.embeddings import Encoder
from db.ledger_rows import aware
from db.record_tables import record_texts

RecordKind = Literal["event", "decision", "rationale", "news", "lesson"]
KINDS: tuple[RecordKind, ...] = ("event", "decision", "rationale", "news", "lesson")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordText:
    """One thing on record, in words."""

    text_id: str
    """A pure function of its cause: indexed a second time it is the same record."""
    kind: RecordKind
    ticker: str | None
    """None where it is about the market or the desk as a whole."""
    role: str | None
    """Who of the committee said it; of rationales only."""
    session: date
    """The session it is about."""
    at: datetime
    """When it happened or was said."""
    known_at: datetime
    """From when on a decision may read it (INV-15)."""
    origin: str
    """Where the words come from: the kind of event, who spoke for a role, the source of a headline."""
    source_id: str
    """The event, cycle, headline or trade it was made from."""
    cycle_id: str | None
    text: str


FIELDS = tuple(RecordText.__dataclass_fields__)
COLUMNS = tuple(record_texts.c[name] for name in FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCounts:
    """How many texts there are, and how many of them have a vector of the encoder in use."""

    texts: int
    encoded: int
    of_others: int
    """Encoded by another encoder: found by words only, until they are encoded again."""


class RecordTexts:
    """Writes and reads texts over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, batch: Sequence[RecordText]) -> int:
        """Write texts and return how many were new; one that is there already stays as it is."""
        if not batch:
            return 0
        rows = [_row(each) for each in batch]
        statement = insert(record_texts).on_conflict_do_nothing(index_elements=["text_id"])
        return len(self._connection.execute(statement.returning(record_texts.c.text_id), rows).all())

    def get(self, text_id: str) -> RecordText | None:
        """Return the record of an id, None if there is none."""
        chosen = select(*COLUMNS).where(record_texts.c.text_id == text_id)
        row = self._connection.execute(chosen).mappings().one_or_none()
        return None if row is None else record_of(row)

    def waiting(self, *, limit: int) -> tuple[RecordText, ...]:
        """Return texts that no encoder has read yet, the newest first."""
        chosen = select(*COLUMNS).where(record_texts.c.embedder.is_(None))
        newest = chosen.order_by(record_texts.c.known_at.desc()).limit(limit)
        return tuple(record_of(row) for row in self._connection.execute(newest).mappings())

    def waiting_count(self) -> int:
        """Return how many texts no encoder has read yet."""
        chosen = select(func.count()).where(record_texts.c.embedder.is_(None))
        return self._connection.execute(chosen).scalar_one()

    def listed(
        self, after: str = "", *, limit: int, unread_by: Encoder | None = None
    ) -> tuple[RecordText, ...]:
        """Return texts with an id after another, in their order; of an encoder, those it has not read."""
        chosen = select(*COLUMNS).where(record_texts.c.text_id > after)
        if unread_by is not None:
            chosen = chosen.where(record_texts.c.embedder.is_distinct_from(unread_by.name))
        listed = chosen.order_by(record_texts.c.text_id).limit(limit)
        return tuple(record_of(row) for row in self._connection.execute(listed).mappings())

    def encode(self, encoder: Encoder, batch: Sequence[RecordText]) -> int:
        """Give texts the vectors of an encoder, in place of any they had, and return how many that were."""
        if not batch:
            return 0
        vectors = encoder.encode([each.text for each in batch])
        if vectors.shape != (len(batch), encoder.dimensions):
            raise ValueError(
                f"expected {len(batch)} vectors of {encoder.dimensions} from {encoder.name!r}, "
                f"found shape {vectors.shape!r}"
            )
        statement = (
            update(record_texts)
            .where(record_texts.c.text_id == bindparam("of"))
            .values(embedder=encoder.name, embedding=bindparam("vector"))
        )
        rows = [{"of": each.text_id, "vector": HalfVector(v)} for each, v in zip(batch, vectors, strict=True)]
        self._connection.execute(statement, rows)
        return len(rows)

    def counts(self, encoder: Encoder) -> RecordCounts:
        """Return how far the texts are encoded."""
        ours = record_texts.c.embedder == encoder.name
        row = self._connection.execute(
            select(
                func.count().label("texts"),
                func.count().filter(ours).label("encoded"),
                func.count().filter(~ours).label("of_others"),
            ).select_from(record_texts)
        ).one()
        return RecordCounts(texts=row.texts, encoded=row.encoded, of_others=row.of_others)

    def known_ids(self, kind: RecordKind) -> set[str]:
        """Return the ids of everything of a kind."""
        chosen = select(record_texts.c.text_id).where(record_texts.c.kind == kind)
        return set(self._connection.execute(chosen).scalars())


def record_of(row: RowMapping) -> RecordText:
    """Return the record a row holds."""
    return RecordText(**{name: row[name] for name in FIELDS})


def _row(record: RecordText) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in FIELDS}
    return values | {"at": aware(record.at), "known_at": aware(record.known_at)}
