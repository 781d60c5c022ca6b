"""The mandates decisions ran under: their whole text, so that a decision can be replayed from it."""

from datetime import datetime

from sqlalchemy import Connection, select

from db.ledger_rows import aware
from db.once import insert_all
from db.tables import mandates


class Mandates:
    """Keeps and finds mandates by their hash over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, mandate_hash: str, text: str, *, at: datetime) -> bool:
        """Keep a mandate's text under its hash and return whether it was new."""
        row = {"mandate_hash": mandate_hash, "text": text, "first_used_at": aware(at)}
        return bool(insert_all(self._connection, mandates, [row]))

    def text_of(self, mandate_hash: str) -> str | None:
        """Return the text of a mandate, None when it was never kept."""
        found: str | None = self._connection.execute(
            select(mandates.c.text).where(mandates.c.mandate_hash == mandate_hash)
        ).scalar()
        return found
