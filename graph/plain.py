"""Values of the house as plain JSON, without losing a digit."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def plain_json(value: Any) -> Any:
    """Return `value` with decimals and dates as text and tuples as lists; other types pass as they are."""
    match value:
        case Mapping():
            return {str(key): plain_json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain_json(item) for item in value]
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value
