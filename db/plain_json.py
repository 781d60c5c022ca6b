"""Reading plain JSON whose shape nobody vouches for: what is not as expected is nothing."""

from collections.abc import Mapping, Sequence
from math import isfinite

Json = Mapping[str, object]
NOTHING: Json = {}


def as_object(value: object) -> Json:
    """Return the value as an object, an empty one where it is none."""
    return value if isinstance(value, Mapping) else NOTHING


def as_objects(value: object) -> tuple[Json, ...]:
    """Return the objects of a list; what is no list has none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def as_number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None
