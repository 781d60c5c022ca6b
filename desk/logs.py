"""The desk's log: a file in its folder, without secrets; a terminal hears of trouble only."""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit

from agents.redaction import redact
from desk.feeds.vendor_settings import secrets_of
from desk.setting_groups import Alerts
from desk.settings import Settings

LOG_BYTES = 2_000_000
KEPT_FILES = 3
SHORTEST_PATH = 8
"""A shorter one is no secret, and its characters stand everywhere."""
CYCLE: ContextVar[str] = ContextVar("cycle", default="")
JOB: ContextVar[str] = ContextVar("job", default="")
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class WithoutSecrets(logging.Formatter):
    """Formats a record, traceback included, its time in UTC, with everything secret masked (INV-20)."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(FORM)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or the lines of a traceback."""
        return redact(super().format(record), self._secrets)


class AsJson(WithoutSecrets):
    """Formats a record as a line of JSON, with the cycle and the job it belongs to, and nobody's name."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; everything secret is masked before it is quoted, so that no escape hides it."""
        moment = datetime.fromtimestamp(record.created, UTC)
        said: dict[str, str] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._masked(record.getMessage()),
            **self._context(),
        }
        if record.exc_info:
            said["trace"] = self._masked(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=True)

    def _context(self) -> dict[str, str]:
        known = {"cycle_id": CYCLE.get(), "job": JOB.get()}
        return {name: self._masked(value) for name, value in known.items() if value}

    def _masked(self, text: str) -> str:
        return redact(text, self._secrets)


@contextmanager
def logged_as(*, cycle_id: str = "", job: str = "") -> Iterator[None]:
    """Let every record of this thread carry a cycle or a job for as long as the context lasts."""
    before = CYCLE.get(), JOB.get()
    CYCLE.set(cycle_id or before[0])
    JOB.set(job or before[1])
    try:
        yield
    finally:
        CYCLE.set(before[0])
        JOB.set(before[1])


def log_to(path: Path, settings: Settings) -> None:
    """Send every room's records to the file, in place of whatever handled them before."""
    handler = RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=KEPT_FILES, encoding="utf-8", errors="backslashreplace"
    )
    form = AsJson if settings.log_format == "json" else WithoutSecrets
    handler.setFormatter(form(tuple(_secrets(settings))))
    handler.setLevel(settings.log_level.upper())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)


def _secrets(settings: Settings) -> Iterator[str]:
    """Yield every key, what alerts go out with, and the database's password as written and as sent."""
    yield from _of_alerts(settings.alerts)
    yield from secrets_of(settings.feeds)
    keys = (settings.anthropic_api_key, settings.openai_api_key, settings.compatible_api_key)
    others = (settings.langsmith_api_key, settings.monitor.api_key)
    yield from (key.get_secret_value() for key in (*keys, *others) if key is not None)
    if settings.database_url is not None:
        url = urlsplit(settings.database_url.get_secret_value())
        named = (part.partition("=") for part in url.query.split("&"))
        for password in (url.password or "", *(value for name, _, value in named if name == "password")):
            yield from (password, unquote(password))


def _of_alerts(alerts: Alerts) -> Iterator[str]:
    """Yield keys and passwords, and what follows the host in a URL: whoever has that may post."""
    kept = (alerts.webhook_secret, alerts.smtp_password)
    yield from (secret.get_secret_value() for secret in kept if secret is not None)
    for url in (alerts.discord_url, alerts.webhook_url):
        target = urlsplit(url.get_secret_value().strip()) if url is not None else None
        if target is not None and len(target.path) >= SHORTEST_PATH:
            yield target.path
        if target is not None and target.query:
            yield target.query
