"""Alerts to any program of the owner's, signed (the Standard Webhooks specification, version 1)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from db.outbox import Alert
from db.record_codec import to_plain
from desk.alerts.channel import Message, Outcome
from desk.alerts.discord import outcome_of
from desk.alerts.post import Poster
from fund.errors import ConfigError

PREFIX = "whsec_"
LEAST_KEY, MOST_KEY = 24, 64
"""Bytes of a key, as the specification asks for."""


def key_of(secret: str) -> bytes:
    """Return the key of a written secret; `ConfigError` for one that is no such."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not LEAST_KEY <= len(key) <= MOST_KEY:
        raise ConfigError(
            f"expected {PREFIX} and {LEAST_KEY} to {MOST_KEY} bytes in base64; `desk alerts secret` makes one"
        )
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return what proves to whoever has the key that a message is ours and new."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Webhook:
    """Posts alerts as JSON with the headers webhook-id, webhook-timestamp and webhook-signature."""

    name = "webhook"

    def __init__(self, poster: Poster, key: bytes, now: Callable[[], datetime]) -> None:
        self._poster = poster
        self._key = key
        self._now = now

    def deliver(self, message: Message) -> Outcome:
        """Post a message; 410 says that nobody is there any more."""
        body = json.dumps(body_of(message), ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(self._now().timestamp())
        headers = {
            "webhook-id": message.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._key, message.message_id, timestamp, body),
        }
        return outcome_of(self._poster.post(body, headers), gone=(401, 403, 404, 410))


def body_of(message: Message) -> dict[str, Any]:
    """Return what is posted: one alert or several, each with its own id."""
    return {
        "type": "alert" if len(message.alerts) == 1 else "digest",
        "timestamp": message.alerts[0].event.at.isoformat(),
        "data": {"alerts": [_alert(alert) for alert in message.alerts]},
    }


def _alert(alert: Alert) -> dict[str, Any]:
    event = alert.event
    return {
        "id": alert.alert_id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "severity": event.severity,
        "text": event.text,
        "cycle": event.cycle_id,
        "data": to_plain(event.data),
    }
