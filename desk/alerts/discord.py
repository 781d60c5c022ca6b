"""Alerts to a Discord channel by a webhook (Discord's documentation, "Execute Webhook", "Rate Limits")."""

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from db.outbox import Alert
from desk.alerts.channel import Later, Message, Outcome, Refused, Sent
from desk.alerts.post import Answer, Poster
from desk.alerts.wording import figures_of, line_of, subject_of, title_of

HOSTS = frozenset({"discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"})
PATH = re.compile(r"/api(/v\d{1,2})?/webhooks/\d{5,25}/[A-Za-z0-9_-]{20,120}")
COLOURS: Mapping[str, int] = {"info": 0x2A9D8F, "warning": 0xE9A23B, "critical": 0xD64545}
LONGEST_TITLE, LONGEST_DIGEST = 256, 4_096
"""Characters Discord takes of a title and a description; of an embed in all it takes 6,000."""
LONGEST_TEXT, MOST_FIELDS, LONGEST_NAME, LONGEST_FIELD = 2_048, 12, 64, 200
"""So that one alert with all its figures stays below that."""
_MARKS = re.compile(r"([\\`*_~|<>\[\]()#@:-])")


class Discord:
    """Posts embeds; nobody is mentioned, and no text is anything but text."""

    name = "discord"

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def deliver(self, message: Message) -> Outcome:
        """Post a message and read Discord's answer."""
        answer = self._poster.post(json.dumps(body_of(message)).encode(), {})
        return outcome_of(answer, gone=(401, 403, 404))


def outcome_of(answer: Answer, *, gone: tuple[int, ...]) -> Outcome:
    """Read an answer over HTTP: what is busy or broken is tried again, what says no is not."""
    status = answer.status
    if 200 <= status < 300:
        return Sent(answer.said)
    if status == 0 or status in (408, 425, 429) or status >= 500:
        return Later(answer.said, answer.wait_seconds)
    return Refused(answer.said, closed=status in gone)


def body_of(message: Message) -> dict[str, Any]:
    """Return what Discord is sent for a message, within its limits."""
    alert = message.alerts[0]
    embed = _single(alert) if len(message.alerts) == 1 else _digest(message)
    embed["footer"] = {"text": message.message_id[:LONGEST_TITLE]}
    embed["timestamp"] = alert.event.at.isoformat()
    return {"username": "Conclave", "embeds": [embed], "allowed_mentions": {"parse": []}}


def _single(alert: Alert) -> dict[str, Any]:
    fields = [
        {"name": plain(name, LONGEST_NAME), "value": plain(value, LONGEST_FIELD), "inline": len(value) < 20}
        for name, value in islice(figures_of(alert), MOST_FIELDS)
    ]
    return {
        "title": plain(title_of(alert), LONGEST_TITLE),
        "description": plain(alert.event.text, LONGEST_TEXT),
        "color": COLOURS[alert.event.severity],
        "fields": fields,
    }


def _digest(message: Message) -> dict[str, Any]:
    worst = max((alert.event.severity for alert in message.alerts), key=list(COLOURS).index)
    room = LONGEST_DIGEST // len(message.alerts) - 1
    lines = [plain(line_of(alert), room, keep=f"[{alert.alert_id}]") for alert in message.alerts]
    return {
        "title": plain(subject_of(message), LONGEST_TITLE),
        "description": "\n".join(lines),
        "color": COLOURS[worst],
    }


def plain(text: str, most: int, *, keep: str = "") -> str:
    """Return a text in which Discord finds no markup, link or mention, cut to a length that keeps its end."""
    escaped = _MARKS.sub(r"\\\1", text)
    if len(escaped) <= most:
        return escaped
    end = _MARKS.sub(r"\\\1", keep)
    return f"{escaped[: max(0, most - len(end) - 1)].rstrip(chr(92))}…{end}"[:most]
