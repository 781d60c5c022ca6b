"""What happened, for the owner and the alerts: appended, in order, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from db.ledger_rows import aware
from db.locks import Lock, hold
from db.tables import events

Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing worth knowing later."""

    event_id: str
    """A pure function of its cause: a second delivery is the same event."""
    at: datetime
    kind: str
    """What happened, such as trading_paused; a name, not a sentence."""
    severity: Severity
    text: str
    """One sentence for the owner."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON."""
    cycle_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event at its place in the order of recording."""

    seq: int
    event: Event


class Events:
    """Appends and reads events over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, new: Sequence[Event]) -> int:
        """Append events and return how many were new; one that is there already stays as it is.

        Appending waits for whoever appends at the same time, so events become visible in the order of
        their numbers and a reader of `since` misses none. Do it last in a transaction.
        """
        if not new:
            return 0
        hold(self._connection, Lock.EVENTS)
        rows = [
            {
                "event_id": event.event_id,
                "at": aware(event.at),
                "kind": event.kind,
                "severity": event.severity,
                "text": event.text,
                "data": dict(event.data),
                "cycle_id": event.cycle_id,
            }
            for event in new
        ]
        statement = insert(events).on_conflict_do_nothing(index_elements=["event_id"])
        return len(self._connection.execute(statement.returning(events.c.seq), rows).all())

    def since(self, seq: int, *, limit: int = 1000) -> tuple[RecordedEvent, ...]:
        """Return events recorded after `seq`, oldest first."""
        chosen = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        return tuple(_recorded(row) for row in self._connection.execute(chosen).mappings())

    def latest(self, *, kind: str | None = None, limit: int = 20) -> tuple[RecordedEvent, ...]:
        """Return the last events, newest first, optionally of one kind."""
        chosen = select(events).order_by(events.c.seq.desc()).limit(limit)
        if kind is not None:
            chosen = chosen.where(events.c.kind == kind)
        return tuple(_recorded(row) for row in self._connection.execute(chosen).mappings())


def _recorded(row: RowMapping) -> RecordedEvent:
    values = dict(row)
    seq = values.pop("seq")
    return RecordedEvent(seq=seq, event=Event(**values))
