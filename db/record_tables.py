"""The table of what can be found by its meaning: a copy in words of what other tables and the lake record."""

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import CheckConstraint, Column, Computed, Date, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from db.column_types import AnyText
from db.embeddings import DIMENSIONS
from db.tables import Moment, metadata

record_texts = Table(
    "record_texts",
    metadata,
    Column("text_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ticker", Text),
    Column("role", Text),
    Column("session", Date, nullable=False),
    Column("at", Moment, nullable=False),
    Column("known_at", Moment, nullable=False),
    Column("origin", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("cycle_id", Text),
    Column("text", AnyText, nullable=False),
    Column("words", TSVECTOR, Computed("to_tsvector('english'::regconfig, text)", persisted=True)),
    Column("embedder", Text),
    Column("embedding", HALFVEC(DIMENSIONS)),
    Index(None, "ticker", "kind", "known_at"),
    Index(None, "kind", "role", "known_at"),
    Index(None, "known_at"),
    Index("ix_record_texts_waiting", "known_at", postgresql_where=text("embedder IS NULL")),
    Index("ix_record_texts_words", "words", postgresql_using="gin"),
    Index(
        "ix_record_texts_embedding",
        "embedding",
        postgresql_using="hnsw",
        postgresql_with={"m": 16, "ef_construction": 512},
        postgresql_ops={"embedding": "halfvec_ip_ops"},
    ),
    CheckConstraint("kind IN ('event', 'decision', 'rationale', 'news', 'lesson')", name="kind_known"),
    CheckConstraint("(embedder IS NULL) = (embedding IS NULL)", name="vector_named"),
    CheckConstraint("known_at >= at", name="known_after"),
)
