"""What was refused, kept with its reason: nothing disappears, and nothing of it is in the books."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db.column_types import storable
from db.ledger_rows import aware
from db.once import insert_all
from db.tables import quarantine
from fund.market.refusal import Refusal


class Quarantine:
    """Keeps and lists refusals over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, refusals: Sequence[Refusal], *, at: datetime) -> int:
        """Keep refusals and return how many were new."""
        rows = [_row(refusal, at) for refusal in refusals]
        return len(insert_all(self._connection, quarantine, rows))

    def latest(self, limit: int = 20) -> tuple[Refusal, ...]:
        """Return the last refusals, newest session first."""
        chosen = select(quarantine).order_by(quarantine.c.session.desc(), quarantine.c.quarantine_id)
        return tuple(
            Refusal(
                refusal_id=row.quarantine_id,
                kind=row.kind,
                reason=row.reason,
                session=row.session,
                ticker=row.ticker,
                detail=row.detail,
                vendor=row.vendor,
            )
            for row in self._connection.execute(chosen.limit(limit))
        )


def _row(refusal: Refusal, at: datetime) -> dict[str, Any]:
    return {
        "quarantine_id": refusal.refusal_id,
        "session": refusal.session,
        "at": aware(at),
        "kind": refusal.kind,
        "ticker": refusal.ticker,
        "reason": refusal.reason,
        "detail": storable(refusal.detail),
        "vendor": refusal.vendor,
    }
