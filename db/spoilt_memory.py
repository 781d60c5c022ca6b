"""Memory with another future, inside a transaction that is never committed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, text

from db.ledger_rows import aware
from db.memory import MemoryKind
from db.tables import memories

PREFIX = "canary-"
"""Sorts before the desk's own ids, so that of two equally near memories the spoilt one comes first."""
ABSURD = '{"return_fraction": 1000000.0, "next_20": 1000000.0, "held_sessions": 1}'
"""What came of each spoilt memory."""
_TWINS = text("""
INSERT INTO desk.memories
    (memory_id, kind, ticker, session, known_at, embedder, embedding, text, outcome, source_ids)
SELECT :prefix || memory_id, kind, ticker, session, CAST(:known_at AS timestamptz), embedder, embedding,
       text, outcome || CAST(:absurd AS jsonb), source_ids
FROM desk.memories WHERE kind = :kind
""")
"""A twin of each memory, as near to whatever is asked as the memory itself."""


@contextmanager
def never_committed(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose work is rolled back at the end; one whose process is killed is, too."""
    with engine.connect() as connection:
        try:
            yield connection
        finally:
            connection.rollback()


def forget_later(connection: Connection, as_of: datetime) -> int:
    """Take away what was not known at a moment; return how much that was."""
    gone = delete(memories).where(memories.c.known_at > aware(as_of)).returning(memories.c.memory_id)
    return len(connection.execute(gone).all())


def spoil_later(connection: Connection, as_of: datetime, kinds: Sequence[MemoryKind]) -> int:
    """Put, right after a moment, a twin with an absurd outcome beside each memory of some kinds; count them.

    What really became known of these kinds after the moment is taken away.
    """
    known_at = aware(as_of) + timedelta(microseconds=1)
    made = 0
    for kind in kinds:
        twins = {"prefix": PREFIX, "known_at": known_at, "kind": kind, "absurd": ABSURD}
        made += connection.execute(_TWINS, twins).rowcount
        later = (memories.c.kind == kind, memories.c.known_at > aware(as_of))
        connection.execute(delete(memories).where(*later, ~memories.c.memory_id.startswith(PREFIX)))
    return made
