"""Figures of the desk's own records, looked up while it is asked: a label that holds on any desk."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from db.record_codec import to_plain
from fund.errors import DeskError
from graph.desk_tools import DeskTools
from graph.readers import data_of, readers

ASKED_BY = "owner"


class Lookup(Protocol):
    """Finds what a fact of a label stands for."""

    def __call__(self, fact: Mapping[str, Any]) -> str | float | None:
        """Return a figure or a word; None where this desk has none."""
        ...


class DeskFacts:
    """Looks facts up by calling the desk's own tools; each is asked once."""

    def __init__(self, tools: DeskTools) -> None:
        self._readers = {name: method for name, method, _ in readers(tools, lambda: ASKED_BY)}
        self._known: dict[str, Any] = {}

    @property
    def tools(self) -> frozenset[str]:
        """Return the tools that can be looked into."""
        return frozenset(self._readers)

    def __call__(self, fact: Mapping[str, Any]) -> str | float | None:
        """Return what a tool says at a path; None where it refuses, or says nothing there."""
        arguments = fact.get("arguments", {})
        key = json.dumps([fact["tool"], arguments], sort_keys=True)
        if key not in self._known:
            self._known[key] = self._asked(fact["tool"], arguments)
        return figure_or_word(found_at(self._known[key], fact["path"]))

    def _asked(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        reader = self._readers.get(tool)
        if reader is None:
            return None
        try:
            return to_plain(data_of(reader(**arguments)))
        except DeskError:
            return None


def found_at(value: Any, path: str) -> Any:
    """Return what stands at a path such as `limits.limit=max_var.cap` or `rows.-1.name`, None if nothing."""
    for step in path.split("."):
        key, picks, wanted = step.partition("=")
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            value = _picked(value, key, wanted) if picks else _placed(value, step)
        else:
            return None
    return value


def figure_or_word(value: Any) -> str | float | None:
    """Return a value as it can be told: exact amounts are kept as text, and are numbers here."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return str(value) or None


def _picked(records: Sequence[Any], key: str, wanted: str) -> Any:
    return next((each for each in records if isinstance(each, Mapping) and each.get(key) == wanted), None)


def _placed(values: Sequence[Any], place: str) -> Any:
    try:
        return values[int(place)]
    except (ValueError, IndexError):
        return None
