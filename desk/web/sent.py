"""What was sent, read strictly: what cannot be kept or is out of all measure is refused at the door."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NoReturn, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import HTTPConnection

from db.column_types import storable
from desk.web.calls import CallRefusedError
from desk.web.entrance import too_large
from fund.errors import QueryRefusedError

LARGEST_BODY = 64 * 1024
DEEPEST = 32
LARGEST_INTEGER = 2**63 - 1
NO_JSON = "the body is to be JSON in UTF-8, and is not"
B = TypeVar("B", bound=BaseModel)


async def body_of(request: Request) -> Any:
    """Return the JSON that was sent, an empty object for an empty body."""
    refusal = too_large(request.headers, LARGEST_BODY)
    if refusal is not None:
        said = json.loads(bytes(refusal.body))["error"]
        raise CallRefusedError(said, refusal.status_code)
    raw = await request.body()
    if not raw.strip():
        return {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise CallRefusedError(f"a body here is application/json, was {kind[:60]!r}", 415)
    try:
        return await asyncio.to_thread(json.loads, raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise CallRefusedError(NO_JSON, 400) from None


async def body_as(request: Request, shape: type[B]) -> B:
    """Return the body as a record; raises `CallRefusedError` naming what does not fit."""
    return fitted(await body_of(request), shape)


def query_as(request: HTTPConnection, shape: type[B]) -> B:
    """Return the query as a record; what may be repeated is a list."""
    return fitted(query_of(request, shape), shape)


def query_of(request: HTTPConnection, shape: type[BaseModel]) -> dict[str, Any]:
    """Return the query as plain values; a name that is given twice where it is asked for once is refused."""
    properties = shape.model_json_schema()["properties"] if shape.model_fields else {}
    given: dict[str, Any] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if _is_list(properties.get(name, {})):
            given[name] = values
        elif len(values) == 1:
            given[name] = values[0]
        else:
            raise CallRefusedError(f"{name[:40]!r} is asked for once, and was given {len(values)} times", 422)
    return given


def fitted(given: object, shape: type[B]) -> B:
    """Return what was given as a record, or say in a sentence what does not fit (422)."""
    try:
        require_plain(given)
        return shape.model_validate(given)
    except QueryRefusedError as refusal:
        raise CallRefusedError(str(refusal), 422) from None
    except ValidationError as error:
        raise CallRefusedError(misfits(error, shape), 422) from None


def require_plain(given: object) -> None:
    """Raise `QueryRefusedError` for what no record can keep: NUL, half characters, numbers beyond 64 bits."""
    level: list[object] = [given]
    for _ in range(DEEPEST):
        if not level:
            return
        below: list[object] = []
        for each in level:
            below += _below(each)
        level = below
    if level:
        raise QueryRefusedError(f"this is nested more than {DEEPEST} levels deep")


def misfits(error: ValidationError, arguments: type[BaseModel]) -> str:
    """Say what does not fit, in the order it was found."""
    said = []
    for detail in error.errors(include_url=False):
        where = ".".join(str(part) for part in detail["loc"]) or "arguments"
        if detail["type"] == "extra_forbidden":
            known = ", ".join(arguments.model_fields) or "none"
            said.append(f"unknown argument {where[:40]!r}; known are {known}")
        elif detail["type"] == "missing":
            said.append(f"the argument {where!r} is needed")
        else:
            said.append(f"{where[:80]}: {detail['msg']}, was {str(detail['input'])[:80]!r}")
    return "; ".join(said)


def _below(given: object) -> Sequence[object]:
    match given:
        case str():
            if storable(given) != given:
                raise QueryRefusedError(f"a text holds NUL or half a character: {given[:40]!a}")
        case bool() | None:
            pass
        case int():
            if abs(given) > LARGEST_INTEGER:
                raise QueryRefusedError("a number is beyond what 64 bits hold")
        case float():
            if not isfinite(given):
                raise QueryRefusedError("a number is not finite")
        case Mapping():
            return [*given.keys(), *given.values()]
        case list():
            return given
    return ()


def _is_list(schema: Mapping[str, Any]) -> bool:
    kinds = (schema, *schema.get("anyOf", ()))
    return any(kind.get("type") == "array" for kind in kinds)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number in JSON")
