"""Records as JSON and back, exactly: what a decision saw is kept byte for byte."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from db.column_types import dump_json
from fund.errors import DataError

T = TypeVar("T")
Decoder = Callable[[Any], Any]
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, InvalidOperation)


def to_json(value: object) -> str:
    """Return the canonical JSON text of a record.

    Decimals and times become strings, dataclasses objects by field name; mappings are sorted by key.
    Raises `DataError` for what JSON cannot say: a figure that is not finite, a key that is no text, an
    unknown type.
    """
    return dump_json(to_plain(value))


def from_json(kind: type[T], text: str) -> T:
    """Return the record that `to_json` was given; raises `DataError` when the text is not of this kind."""
    try:
        return cast("T", _decoder(cast("Any", kind))(json.loads(text, parse_constant=_no_constant)))
    except UNREADABLE as error:
        raise _not_of(kind, text, error) from error


def from_plain(kind: type[T], data: object) -> T:
    """Return the record of already parsed JSON."""
    try:
        return cast("T", _decoder(cast("Any", kind))(data))
    except UNREADABLE as error:
        raise _not_of(kind, str(data), error) from error


def _not_of(kind: type[Any], text: str, error: Exception) -> DataError:
    return DataError(
        f"expected the JSON of a {kind.__name__}, found {text[:80]!r} ({type(error).__name__}: {error}); "
        "the row was written by another version or edited"
    )


def to_plain(value: object) -> Any:
    """Return a record as plain JSON values."""
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            if not math.isfinite(value):
                raise DataError(
                    f"a recorded figure must be finite, was {value!r}; use None where it is missing"
                )
            return value
        case Decimal():
            return str(value)
        case datetime():
            return _utc(value).isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            return {_key(key): to_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [to_plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {name: to_plain(getattr(value, name)) for name in _field_names(type(value))}
        case _:
            raise DataError(f"expected a plain value to record, found {value!r} of {type(value).__name__}")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise DataError(f"expected text as the key of a recorded mapping, found {key!r}")
    return key


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise DataError(f"expected a timezone-aware time to record, found {moment!r}")
    return moment.astimezone(UTC)


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _no_constant(name: str) -> None:
    raise ValueError(f"JSON has no {name}")


def _same(value: Any) -> Any:
    return value


_LEAVES: Mapping[Any, tuple[tuple[type, ...], Decoder]] = {
    str: ((str,), _same),
    bool: ((bool,), _same),
    int: ((int,), _same),
    float: ((float, int), lambda data: _finite(float(data))),
    Decimal: ((str,), Decimal),
    datetime: ((str,), lambda data: _moment(datetime.fromisoformat(data))),
    date: ((str,), date.fromisoformat),
}
"""How each plain kind is spelled in JSON, and how it is read back."""


def _of_type(data: Any, spelled: tuple[type, ...]) -> Any:
    if not isinstance(data, spelled) or (isinstance(data, bool) and bool not in spelled):
        raise TypeError(f"expected {' or '.join(kind.__name__ for kind in spelled)}, found {data!r}")
    return data


def _finite(figure: float) -> float:
    if not math.isfinite(figure):
        raise ValueError(f"expected a finite figure, found {figure!r}")
    return figure


def _moment(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its zone, found {moment.isoformat()!r}")
    return moment.astimezone(UTC)


def _one_of(data: Any, known: tuple[Any, ...]) -> Any:
    if data not in known:
        raise ValueError(f"expected one of {known!r}, found {data!r}")
    return data


@cache
def _decoder(kind: Any) -> Decoder:
    """Return the function that turns parsed JSON into a value of the annotated kind."""
    if kind in (Any, object):
        return lambda data: data
    if kind in _LEAVES:
        return _leaf_decoder(*_LEAVES[kind])
    if get_origin(kind) is Literal:
        known = get_args(kind)
        return lambda data: _one_of(data, known)
    if is_dataclass(kind):
        return _record_decoder(kind)
    return _composite_decoder(kind)


def _leaf_decoder(spelled: tuple[type, ...], read: Decoder) -> Decoder:
    def decode(data: Any) -> Any:
        return read(data if type(data) in spelled else _of_type(data, spelled))

    return decode


def _composite_decoder(kind: Any) -> Decoder:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _union_decoder(arguments)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            item = _decoder(arguments[0])
            return lambda data: tuple(item(part) for part in data)
        items = [_decoder(argument) for argument in arguments]
        return lambda data: tuple(item(part) for item, part in zip(items, data, strict=True))
    if origin in (list, Sequence):
        item = _decoder(arguments[0])
        return lambda data: [item(part) for part in data]
    if origin in (dict, Mapping):
        value = _decoder(arguments[1])
        return lambda data: {key: value(part) for key, part in data.items()}
    raise DataError(f"expected a recordable type, found {kind!r}")


def _union_decoder(arguments: tuple[Any, ...]) -> Decoder:
    kinds = [argument for argument in arguments if argument is not NoneType]
    if len(kinds) == 1 and len(arguments) == 2:
        inner = _decoder(kinds[0])
        return lambda data: None if data is None else inner(data)
    if set(arguments) <= {float, int, str, bool, NoneType}:
        spelled = (*arguments, int) if float in arguments else arguments
        return lambda data: _of_type(data, spelled)
    raise DataError(f"expected an optional or a plain union, found {arguments!r}")


def _record_decoder(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    decoders = {name: _decoder(hints[name]) for name in _field_names(kind)}

    def decode(data: Any) -> Any:
        if not isinstance(data, dict):
            raise TypeError(f"expected an object, found {type(data).__name__}")
        if not data.keys() <= decoders.keys():
            raise ValueError(f"unknown fields {sorted(data.keys() - decoders.keys())!r}")
        return kind(**{name: decoders[name](item) for name, item in data.items()})

    return decode
