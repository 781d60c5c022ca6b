"""What happened, for the owner and the alerts: appended, in order, never changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, or_, select

from db.chain import GENESIS, link
from db.column_types import storable, storable_within
from db.ledger_rows import aware
from db.locks import Lock, hold
from db.tables import events
from fund.alert_rules import Severity

CHAINED = ("seq", "event_id", "at", "kind", "severity", "text", "data", "cycle_id")
"""Columns an event's hash covers: all that say anything."""

LARGE = 1e16
"""From here on a float is spelled with an exponent, which JSONB does not keep."""


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
        given: dict[str, Event] = {}
        for event in new:
            given.setdefault(event.event_id, event)
        last = select(events.c.seq).order_by(events.c.seq.desc()).limit(1).scalar_subquery()
        found = self._connection.execute(
            select(events.c.seq, events.c.hash, events.c.event_id).where(
                or_(events.c.seq == last, events.c.event_id.in_(given))
            )
        ).all()
        known = {row.event_id for row in found}
        end = max(found, key=lambda row: int(row.seq), default=None)
        seq, previous = (end.seq, end.hash) if end is not None else (0, GENESIS)
        rows: list[dict[str, Any]] = []
        for event in given.values():
            if event.event_id not in known:
                seq += 1
                content = _row(event, seq)
                rows.append(content | {"previous_hash": previous, "hash": link(previous, content)})
                previous = rows[-1]["hash"]
        if rows:
            self._connection.execute(insert(events), rows)
        return len(rows)

    def head(self) -> str:
        """Return the hash of the last recorded event; with it, everything before is pinned (INV-18)."""
        chosen = select(events.c.hash).order_by(events.c.seq.desc()).limit(1)
        return self._connection.execute(chosen).scalar() or GENESIS

    def since(
        self,
        seq: int,
        *,
        limit: int = 1000,
        kinds: Collection[str] = (),
        severities: Collection[Severity] = (),
    ) -> tuple[RecordedEvent, ...]:
        """Return events recorded after `seq`, oldest first, of some kinds and severities; none are all."""
        chosen = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        return self._read(chosen, kinds, severities)

    def latest(
        self,
        *,
        kind: str | None = None,
        limit: int = 20,
        kinds: Collection[str] = (),
        severities: Collection[Severity] = (),
    ) -> tuple[RecordedEvent, ...]:
        """Return the last events, newest first, optionally of some kinds and severities."""
        chosen = select(events).order_by(events.c.seq.desc()).limit(limit)
        return self._read(chosen, (kind,) if kind is not None else kinds, severities)

    def _read(
        self, chosen: Select[Any], kinds: Collection[str], severities: Collection[Severity]
    ) -> tuple[RecordedEvent, ...]:
        if kinds:
            chosen = chosen.where(events.c.kind.in_(kinds))
        if severities:
            chosen = chosen.where(events.c.severity.in_(severities))
        return tuple(_recorded(row) for row in self._connection.execute(chosen).mappings())


def _row(event: Event, seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "event_id": event.event_id,
        "at": aware(event.at),
        "kind": event.kind,
        "severity": event.severity,
        "text": storable(event.text),
        "data": _as_kept(storable_within(dict(event.data))),
        "cycle_id": event.cycle_id,
    }


def _as_kept(value: Any) -> Any:
    """Spell figures as JSONB gives them back, so that the hash holds: no -0.0, large ones as integers."""
    match value:
        case float() if value == 0:
            return 0.0
        case float() if abs(value) >= LARGE and value.is_integer():
            return int(value)
        case dict():
            return {key: _as_kept(item) for key, item in value.items()}
        case list():
            return [_as_kept(item) for item in value]
        case _:
            return value


def _recorded(row: RowMapping) -> RecordedEvent:
    values = {name: row[name] for name in CHAINED if name != "seq"}
    return RecordedEvent(seq=row["seq"], event=Event(**values))
