"""The desk's tools as programs call them: one catalogue for the HTTP API and for MCP, the LLM's own list."""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from db.record_codec import to_plain
from desk.web.calls import who_asks
from desk.web.sent import misfits, require_plain
from fund.errors import QueryRefusedError
from graph.desk_tools import DeskTools
from graph.readers import data_of, readers

PROPOSE = "propose"
_BY_THE_DOOR = frozenset({"user", "thread", "once"})
"""Arguments of a proposal that come from who is logged in, never from what is sent."""
_ARGUMENT = re.compile(r"^(\w+): (.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: what it is called, what it says of itself, what it takes."""

    name: str
    description: str
    arguments: type[BaseModel]
    method: Callable[..., Any]
    read_only: bool

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the arguments."""
        return self.arguments.model_json_schema()

    def without(self, names: Collection[str]) -> type[BaseModel]:
        """Return the record of the arguments but those that come in another way."""
        fields = self.arguments.model_fields.items()
        kept: dict[str, Any] = {
            name: (field.annotation, field) for name, field in fields if name not in names
        }
        return create_model(f"{self.name}_query", __config__=self.arguments.model_config, **kept)

    def read(self, given: object) -> dict[str, Any]:
        """Return the arguments as the method takes them; `QueryRefusedError` names what does not fit."""
        if not isinstance(given, Mapping):
            raise QueryRefusedError(f"the arguments of {self.name} are an object, was {type(given).__name__}")
        require_plain(given)
        try:
            read = self.arguments.model_validate(given)
        except ValidationError as error:
            raise QueryRefusedError(f"{self.name}: {misfits(error, self.arguments)}") from None
        return {name: getattr(read, name) for name in type(read).model_fields}

    def call(self, given: object, **by_the_door: Any) -> Any:
        """Call the tool and return its result as plain JSON; may block."""
        return to_plain(data_of(self.method(**self.read(given), **by_the_door)))


class ToolCatalogue:
    """Every tool by its name; those that read, and `propose`, which opens a ticket and does nothing."""

    def __init__(self, tools: DeskTools) -> None:
        self.readers = tuple(_tool(name, method) for name, method, _ in readers(tools, who_asks))
        self.propose = _tool(PROPOSE, tools.control.propose, read_only=False)
        self._by_name = {tool.name: tool for tool in self.readers}

    def reader(self, name: str) -> Tool | None:
        """Return a tool that reads."""
        return self._by_name.get(name)

    def nearest(self, name: str) -> str:
        """Return the name a mistyped one may have meant."""
        return get_close_matches(name, self._by_name, n=1, cutoff=0.0)[0]


def _tool(name: str, method: Callable[..., Any], *, read_only: bool = True) -> Tool:
    told, described = _docstring(method)
    return Tool(
        name=name,
        description=told,
        arguments=_arguments(name, method, described),
        method=method,
        read_only=read_only,
    )


def _arguments(name: str, method: Callable[..., Any], described: Mapping[str, str]) -> type[BaseModel]:
    """Return the method's parameters as a strict record; what may be None need not be given."""
    hints = get_type_hints(method)
    made: dict[str, Any] = {}
    for parameter in inspect.signature(method).parameters.values():
        if parameter.name in _BY_THE_DOOR:
            continue
        kind, default = hints[parameter.name], parameter.default
        if default is inspect.Parameter.empty:
            default = None if type(None) in getattr(kind, "__args__", ()) else ...
        made[parameter.name] = (kind, Field(default, description=described.get(parameter.name)))
    config = ConfigDict(extra="forbid", frozen=True)
    return create_model(f"{name}_arguments", __config__=config, **made)


def _docstring(method: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return what a Google docstring says first, and what it says of each argument."""
    told, _, rest = (inspect.getdoc(method) or "").partition("\nArgs:\n")
    described: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if not line.startswith("    "):
            break
        found = _ARGUMENT.match(line[4:])
        if found is not None:
            name = found[1]
            described[name] = found[2]
        elif name:
            described[name] += f" {line.strip()}"
    return " ".join(told.partition("\nRaises:\n")[0].split()), described
