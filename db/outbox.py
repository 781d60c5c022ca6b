"""The outbox: which events a channel is still to be told of, and what became of every one (INV-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from sqlalchemy import Connection, RowMapping, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.alert_tables import alert_channels, alerts
from db.column_types import storable
from db.events import Event, Events, RecordedEvent
from db.ledger_rows import aware
from db.tables import events
from fund.alert_rules import AlertRules

AlertStatus = Literal["waiting", "sent", "repeated", "dead"]
AT_ONCE = 500
"""So many events are taken in in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event as one channel is told of it, and what became of that."""

    alert_id: str
    """A pure function of event and channel: who gets it twice can tell."""
    channel: str
    event: Event
    created_at: datetime
    due_at: datetime
    status: AlertStatus
    attempts: int
    settled_at: datetime | None
    message_id: str | None
    """The message it went out with: its own id, or that of a digest."""
    answer: str | None
    """What the other side said last, or what was in the way."""

    @classmethod
    def waiting(cls, event: Event, channel: str, now: datetime) -> Self:
        """Return the alert of an event that nobody was told of yet."""
        return cls(
            alert_id=alert_id_of(event, channel),
            channel=channel,
            event=event,
            created_at=now,
            due_at=now,
            status="waiting",
            attempts=0,
            settled_at=None,
            message_id=None,
            answer=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel stands."""

    channel: str
    failures: int
    """Deliveries in a row that came to nothing."""
    held_until: datetime | None
    held_for: str | None
    waiting: int
    dead: int


class Outbox:
    """Takes events in for a channel and keeps what became of them, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_channel(self, channel: str) -> None:
        """Begin to keep a channel: it is told of what happens from now on, not of the past."""
        last = select(func.coalesce(func.max(events.c.seq), 0)).scalar_subquery()
        row = insert(alert_channels).values(channel=channel, last_seq=last)
        self._connection.execute(row.on_conflict_do_nothing())

    def take_in(self, channel: str, rules: AlertRules, *, now: datetime) -> int:
        """Take in the events recorded since the last time and return how many were read.

        Every event that the rules let through becomes one alert, however often this is interrupted.
        """
        chosen = select(alert_channels.c.last_seq).where(alert_channels.c.channel == channel)
        last = self._connection.execute(chosen.with_for_update()).scalar_one()
        new = Events(self._connection).since(last, limit=AT_ONCE)
        for each in new:
            if rules.is_heard(channel, each.event.kind, each.event.severity):
                self._add(channel, each, rules, aware(now))
        if new:
            moved = update(alert_channels).where(alert_channels.c.channel == channel)
            self._connection.execute(moved.values(last_seq=new[-1].seq))
        return len(new)

    def waiting(self, channel: str, *, now: datetime, limit: int) -> tuple[Alert, ...]:
        """Return what a channel is to be told of by now, oldest first."""
        chosen = _alerts().where(
            alerts.c.channel == channel, alerts.c.status == "waiting", alerts.c.due_at <= aware(now)
        )
        return self._read(chosen.order_by(alerts.c.seq).limit(limit))

    def settle(
        self,
        settled: Sequence[Alert],
        status: Literal["sent", "dead"],
        *,
        now: datetime,
        message_id: str,
        answer: str,
    ) -> None:
        """Say what became of alerts that waited."""
        self._change(
            settled,
            status=status,
            settled_at=aware(now),
            attempts=alerts.c.attempts + 1,
            message_id=message_id,
            answer=storable(answer),
        )

    def keep_waiting(self, tried: Sequence[Alert], answer: str) -> None:
        """Say what was in the way of alerts that go on waiting."""
        self._change(tried, attempts=alerts.c.attempts + 1, answer=storable(answer))

    def hold(self, channel: str, until: datetime, reason: str) -> None:
        """Send nothing on a channel until a moment."""
        self._hold(
            channel,
            held_until=aware(until),
            held_for=storable(reason),
            failures=alert_channels.c.failures + 1,
        )

    def let_go(self, channel: str) -> None:
        """Say that a channel works."""
        self._hold(channel, held_until=None, held_for=None, failures=0)

    def send_again(self, *, now: datetime) -> int:
        """Let everything in the dead letters wait anew; returns how many there were."""
        again = update(alerts).where(alerts.c.status == "dead")
        found = self._connection.execute(
            again.values(status="waiting", settled_at=None, due_at=aware(now), created_at=aware(now))
        )
        return found.rowcount

    def states(self) -> tuple[ChannelState, ...]:
        """Return how every channel stands that was ever kept, by name."""
        counted = [
            select(func.count())
            .where(alerts.c.channel == alert_channels.c.channel, alerts.c.status == status)
            .correlate(alert_channels)
            .scalar_subquery()
            .label(status)
            for status in ("waiting", "dead")
        ]
        names = ("channel", "failures", "held_until", "held_for")
        chosen = select(*(alert_channels.c[name] for name in names), *counted)
        rows = self._connection.execute(chosen.order_by(alert_channels.c.channel)).mappings()
        return tuple(ChannelState(**row) for row in rows)

    def latest(self, *, limit: int = 20, status: AlertStatus | None = None) -> tuple[Alert, ...]:
        """Return the last alerts, newest first."""
        chosen = _alerts().order_by(alerts.c.seq.desc(), alerts.c.channel).limit(limit)
        return self._read(chosen if status is None else chosen.where(alerts.c.status == status))

    def _add(self, channel: str, told: RecordedEvent, rules: AlertRules, now: datetime) -> None:
        topic = told.event.data.get("topic")
        repeated = isinstance(topic, str) and self._was_told(channel, topic, rules, now)
        row: dict[str, Any] = {
            "alert_id": alert_id_of(told.event, channel),
            "channel": channel,
            "seq": told.seq,
            "topic": topic if isinstance(topic, str) else None,
            "created_at": now,
            "due_at": rules.due_at(now, told.event.severity),
            "status": "repeated" if repeated else "waiting",
            "settled_at": now if repeated else None,
        }
        self._connection.execute(insert(alerts).values(row).on_conflict_do_nothing())

    def _was_told(self, channel: str, topic: str, rules: AlertRules, now: datetime) -> bool:
        since = now - timedelta(minutes=rules.repeat_minutes)
        chosen = select(alerts.c.alert_id).where(
            alerts.c.channel == channel,
            alerts.c.topic == topic,
            alerts.c.created_at > since,
            alerts.c.status != "repeated",
        )
        return self._connection.execute(chosen.limit(1)).first() is not None

    def _change(self, changed: Sequence[Alert], **values: Any) -> None:
        ids = [each.alert_id for each in changed]
        waiting = update(alerts).where(alerts.c.alert_id.in_(ids), alerts.c.status == "waiting")
        self._connection.execute(waiting.values(**values))

    def _hold(self, channel: str, **values: Any) -> None:
        chosen = update(alert_channels).where(alert_channels.c.channel == channel)
        self._connection.execute(chosen.values(**values))

    def _read(self, chosen: Select[Any]) -> tuple[Alert, ...]:
        return tuple(_alert(row) for row in self._connection.execute(chosen).mappings())


def alert_id_of(event: Event, channel: str) -> str:
    """Return the id by which whoever is told twice can tell."""
    return f"{event.event_id}@{channel}"


_OF_EVENTS = tuple(Event.__dataclass_fields__)
_OF_ALERTS = tuple(name for name in Alert.__dataclass_fields__ if name != "event")


def _alerts() -> Select[Any]:
    told = [events.c[name].label(f"event_{name}") for name in _OF_EVENTS]
    return select(*(alerts.c[name] for name in _OF_ALERTS), *told).join(events, alerts.c.seq == events.c.seq)


def _alert(row: RowMapping) -> Alert:
    event = Event(**{name: row[f"event_{name}"] for name in _OF_EVENTS})
    return Alert(event=event, **{name: row[name] for name in _OF_ALERTS})
