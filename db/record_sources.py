"""What was recorded and has no text to be found by yet: no note is kept of how far the indexing came."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Exists, literal, select

from db.decisions import Decisions
from db.events import Event
from db.memory import Memory
from db.record_tables import record_texts
from db.tables import cycles, events, fills, memories, orders
from fund.cycle import CycleRecord

CYCLE, EVENT, TRADE = "decision-", "event-", "lesson-"
"""What the id of a row is preceded by in the id of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTrade:
    """A closed trade as memory keeps it, and the decisions that began and ended it, where on record."""

    memory: Memory
    opened_by: CycleRecord | None
    closed_by: CycleRecord | None


class RecordSources:
    """Reads what is still to be indexed, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cycles(self, *, limit: int) -> tuple[CycleRecord, ...]:
        """Return decisions without a text, the oldest first."""
        missing = ~_has_text(CYCLE, cycles.c.cycle_id)
        ids = self._connection.execute(
            select(cycles.c.cycle_id).where(missing).order_by(cycles.c.seq).limit(limit)
        ).scalars()
        found = [Decisions(self._connection).get(cycle_id) for cycle_id in ids]
        return tuple(record for record in found if record is not None)

    def events(self, *, limit: int) -> tuple[Event, ...]:
        """Return events without a text, in the order they were recorded."""
        missing = ~_has_text(EVENT, events.c.event_id)
        names = tuple(Event.__dataclass_fields__)
        chosen = select(*(events.c[name] for name in names)).where(missing)
        rows = self._connection.execute(chosen.order_by(events.c.seq).limit(limit)).mappings()
        return tuple(Event(**{name: row[name] for name in names}) for row in rows)

    def trades(self, *, limit: int) -> tuple[EndedTrade, ...]:
        """Return closed trades without a text, the oldest first."""
        missing = ~_has_text(TRADE, memories.c.memory_id)
        names = tuple(Memory.__dataclass_fields__)
        chosen = select(*(memories.c[name] for name in names)).where(memories.c.kind == "trade", missing)
        oldest = chosen.order_by(memories.c.known_at, memories.c.memory_id).limit(limit)
        rows = self._connection.execute(oldest).mappings().all()
        return tuple(self._ended(Memory(**{**row, "source_ids": tuple(row["source_ids"])})) for row in rows)

    def _ended(self, memory: Memory) -> EndedTrade:
        opened = (memory.outcome or {}).get("opened")
        first = None if opened is None else self._decided(memory.ticker, date.fromisoformat(opened))
        return EndedTrade(
            memory=memory, opened_by=first, closed_by=self._decided(memory.ticker, memory.session)
        )

    def _decided(self, ticker: str | None, session: date) -> CycleRecord | None:
        """Return the decision behind the last fill of a ticker in a session."""
        chosen = (
            select(orders.c.cycle_id)
            .join(fills, fills.c.order_id == orders.c.order_id)
            .where(fills.c.ticker == ticker, fills.c.session == session)
            .order_by(fills.c.filled_at.desc(), fills.c.fill_id)
            .limit(1)
        )
        cycle_id = self._connection.execute(chosen).scalar()
        return None if cycle_id is None else Decisions(self._connection).get(cycle_id)


def _has_text(prefix: str, row_id: Column[Any]) -> Exists:
    return select(record_texts.c.text_id).where(record_texts.c.text_id == literal(prefix) + row_id).exists()
