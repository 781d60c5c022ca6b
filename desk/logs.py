"""The desk's log: a file in its folder, without secrets; a terminal hears of trouble only."""

import logging
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agents.redaction import redact
from desk.settings import Settings

LOG_BYTES = 2_000_000
KEPT_FILES = 3
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class WithoutSecrets(logging.Formatter):
    """Formats a record, traceback included, with everything secret masked (INV-20)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(FORM)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or the lines of a traceback."""
        return redact(super().format(record), self._secrets)


def log_to(path: Path, settings: Settings) -> None:
    """Send every room's records to the file, in place of whatever handled them before."""
    keys = (settings.anthropic_api_key, settings.openai_api_key, settings.compatible_api_key)
    secrets = [key.get_secret_value() for key in (*keys, settings.langsmith_api_key) if key is not None]
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    handler.setFormatter(WithoutSecrets(secrets))
    handler.setLevel(settings.log_level.upper())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
