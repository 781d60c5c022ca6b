"""Keys never leave the process in words: not in logs, errors or records (INV-20)."""

import re
from collections.abc import Sequence

MASK = "[redacted]"
_KEY_SHAPES = re.compile(
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-*.]{6,}"
    r"|(?i:\b(?:bearer|x-api-key|api[_-]?key)\b[\s:=\"']+[A-Za-z0-9._\-*]{6,})"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)
_LONGEST = 400
_SHORTEST = 4


def mask(text: str, secrets: Sequence[str]) -> str:
    """Return `text` with every known secret masked and nothing else changed."""
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """Return `text` with every known secret and everything shaped like a key masked."""
    return _KEY_SHAPES.sub(MASK, mask(text, secrets))


def redacted_detail(error: BaseException, secrets: Sequence[str] = ()) -> str:
    """Return an error in one short line, masked, fit for a log or a record."""
    line = " ".join(redact(str(error), secrets).split())
    return f"{type(error).__name__}: {line[:_LONGEST]}" if line else type(error).__name__
