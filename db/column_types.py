"""Column types that hold every text and every plain JSON value the desk can meet."""

import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

REPLACEMENT = "\ufffd"


def storable(text: str) -> str:
    """Return the text with what PostgreSQL cannot hold (NUL, lone surrogates) replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return "".join(REPLACEMENT if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)


def is_storable(document: str) -> bool:
    """Return whether a JSON document holds neither an escaped NUL nor a lone surrogate."""
    return "\\u0000" not in document and (document.isascii() or storable(document) == document)


class AnyText(TypeDecorator[str]):
    """Text from outside (headlines, answers, errors), made storable on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else storable(value)


class PlainJSON(TypeDecorator[Any]):
    """A JSON value to be searched and shown; key order and the spelling of numbers are not kept."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Replace text that cannot be stored, wherever it is."""
        return storable_within(value)


def storable_within(value: Any) -> Any:
    """Return a plain JSON value with every text in it made storable."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): storable_within(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_within(item) for item in value]
        case _:
            return value


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def dump_json(value: object) -> str:
    """Return the canonical JSON text of a value: sorted keys, ASCII, no blanks, no NaN."""
    return _CANONICAL.encode(value)
