"""Hash chains: each row carries the hash of the row before it, so no edit goes unseen (INV-18)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from db.column_types import dump_json

GENESIS = "0" * 64
"""What the first row carries as the hash of the one before it."""


def link(previous: str, row: Mapping[str, object]) -> str:
    """Return sha256(previous ‖ canonical row), the same for a value and for what the database gives back."""
    return link_canonical(previous, _canonical(row))


def link_canonical(previous: str, row: object) -> str:
    """Return the link of a row whose values are spelled canonically already."""
    return sha256((previous + dump_json(row)).encode()).hexdigest()


def _canonical(value: object) -> object:
    match value:
        case Decimal():
            return _plain_decimal(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _canonical(item) for key, item in value.items()}
        case list() | tuple():
            return [_canonical(item) for item in value]
        case _:
            return value


def _plain_decimal(value: Decimal) -> str:
    """Spell a number without exponent and trailing zeros, so that 1E+2, 100 and 100.00 are one."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
