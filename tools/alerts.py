"""What the owner was told of, by which channel, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from db.engine import in_transaction
from db.outbox import Alert, AlertStatus, ChannelState, Outbox
from fund.alert_rules import Severity

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one channel."""

    alert_id: str
    channel: str
    at: datetime
    """When it happened, UTC; in a replay that is the desk's clock."""
    kind: str
    severity: Severity
    text: str
    status: AlertStatus
    attempts: int
    settled_at: datetime | None
    """When it was sent or given up, UTC."""
    answer: str | None
    """What the other side said last, or what was in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReport:
    """The channels as they stand, and the last alerts, newest first."""

    channels: tuple[ChannelState, ...]
    deliveries: tuple[Delivery, ...]


class AlertTools:
    """Questions about alerts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def alerts(self, last: int = 20, only: AlertStatus | None = None) -> AlertReport:
        """Say which alerts were sent, wait, were repeats, or could not be delivered.

        Args:
            last: how many to show, newest first, 1 to 200.
            only: waiting, sent, repeated or dead; all when left out.
        """
        limit = max(1, min(last, MOST))

        def read(outbox: Outbox) -> AlertReport:
            found = outbox.latest(limit=limit, status=only)
            return AlertReport(channels=outbox.states(), deliveries=tuple(map(_delivery, found)))

        return in_transaction(self._engine, lambda connection: read(Outbox(connection)))


def _delivery(alert: Alert) -> Delivery:
    event = alert.event
    return Delivery(
        alert_id=alert.alert_id,
        channel=alert.channel,
        at=event.at,
        kind=event.kind,
        severity=event.severity,
        text=event.text,
        status=alert.status,
        attempts=alert.attempts,
        settled_at=alert.settled_at,
        answer=alert.answer,
    )
