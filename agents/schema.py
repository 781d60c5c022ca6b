"""An answer's JSON schema in the dialect that structured output accepts everywhere."""

import json
from functools import cache
from typing import Any

from pydantic import BaseModel

_KEPT = frozenset({"type", "enum", "const", "anyOf", "description", "items", "$ref", "$defs"})


def portable_schema(answer_type: type[BaseModel]) -> dict[str, Any]:
    """Return the schema with types, enums and references only, every field required, none added.

    Bounds are left out because strict modes refuse them; the strict parse checks them anyway.
    """
    return _portable(answer_type.model_json_schema())


@cache
def schema_text(answer_type: type[BaseModel]) -> str:
    """Say the full schema in words, for servers that may ignore it elsewhere."""
    schema = json.dumps(answer_type.model_json_schema(), separators=(",", ":"))
    return f"Answer with exactly one JSON object and nothing else. It must fit this JSON schema:\n{schema}"


def _portable(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {key: _inner(key, value) for key, value in schema.items() if key in _KEPT}
    if "properties" in schema:
        kept["properties"] = {name: _portable(sub) for name, sub in schema["properties"].items()}
        kept["required"] = list(schema["properties"])
        kept["additionalProperties"] = False
    return kept


def _inner(key: str, value: Any) -> Any:
    if key == "items":
        return _portable(value)
    if key == "$defs":
        return {name: _portable(sub) for name, sub in value.items()}
    return [_portable(sub) for sub in value] if key == "anyOf" else value
