"""How a record of a tool's result is read: its numbers, its ticker, and what tells it from its neighbours."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graph.evidence.figure_kinds import Kind, kind_of
from graph.evidence.figures_said import said_figures
from graph.evidence.held_figure import NOBODY
from graph.words.dates import MONTHS

TICKERS = ("ticker", "symbol")
"""Fields that say whom a record is about."""
LONGEST_NAME = 24
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NO_NAME = frozenset(
    {
        "note",
        "unit",
        "counted",
        "at",
        "session",
        "opened",
        "closed",
        "day",
        "date",
        "marked",
        "source",
        "status",
    }
)
"""Fields whose words tell no record from another."""
_LOOSE = frozenset(
    {"return", "profit", "up", "down", "none", "all", "total", "yes", "no", "buy", "sell", "day"}
)


def is_number(text: str) -> bool:
    """Tell whether a text is nothing but a number."""
    return _PLAIN_NUMBER.fullmatch(text) is not None


def is_plain(record: Mapping[str, Any]) -> bool:
    """Tell whether a record holds numbers only."""
    return all(
        isinstance(part, int | float) or (isinstance(part, str) and is_number(part))
        for part in record.values()
    )


def key_in(record: Mapping[str, Any], name: str) -> str:
    """Return a field's name; a figure's value is known by what the figure is called."""
    if name in ("value", "low", "high") and isinstance(record.get("unit"), str):
        return f"{record.get('name', name)} {record['unit']}"
    return name


def is_statistic(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is one statistic with its interval."""
    return isinstance(record.get("unit"), str) and "value" in record


def ticker_of(record: Mapping[str, Any]) -> frozenset[str]:
    """Return the ticker a record is about, nothing for one that is about none."""
    ticker = next((record[name] for name in TICKERS if isinstance(record.get(name), str)), "")
    return frozenset({ticker.casefold()}) if ticker else NOBODY


def numbers_of(record: Mapping[str, Any]) -> list[tuple[str, float, Kind]]:
    """Return the numbers that stand in a record itself, with their fields and units."""
    found = []
    for name, part in record.items():
        if isinstance(part, bool) or not isinstance(part, int | float | str):
            continue
        if isinstance(part, str) and not is_number(part):
            continue
        key = key_in(record, str(name))
        found.append((key, float(part), kind_of(key, isinstance(part, int))))
    return found


def as_records(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a table of columns and cells as records, none where it is no table.

    Columns that only say what the question itself has said are left out.
    """
    columns, rows = table.get("columns"), table.get("rows")
    if not isinstance(columns, Sequence) or not isinstance(rows, Sequence) or isinstance(columns, str):
        return []
    if not all(isinstance(row, Sequence) and not isinstance(row, str) for row in rows):
        return []
    own = table.get("made_up") or ()
    return [
        {str(name): cell for name, cell in zip(columns, row, strict=False) if name not in own} for row in rows
    ]


def row_names(rows: Sequence[Any]) -> list[frozenset[str]]:
    """Return for every record of a list what it alone is called: `field:word` where all words differ."""
    records = [row for row in rows if isinstance(row, Mapping)]
    found: list[set[str]] = [set() for _ in records]
    fields = set[str]().union(*(record.keys() for record in records)) if len(records) > 1 else set[str]()
    for name in fields - _NO_NAME - set(TICKERS):
        words = [record.get(name) for record in records]
        told = [word.casefold() for word in words if isinstance(word, str) and _is_name(word)]
        if len(told) == len(records) == len(set(told)) and not any(map(is_statistic, records)):
            for labels, word in zip(found, told, strict=True):
                labels.add(f"{name}:{word}")
    return [frozenset(labels) for labels in found]


def spoken_forms(label: str) -> tuple[str, ...]:
    """Return how people say a label: its word, and that without its underscores."""
    word = label.partition(":")[2]
    return tuple(dict.fromkeys((word, word.replace("_", " "))))


def span_of(result: Mapping[str, Any]) -> frozenset[str]:
    """Return the labels of the span a result tells of: its words, and its month where it is one."""
    span = result.get("span")
    if not isinstance(span, str):
        return NOBODY
    words = span.split(",")[0].strip().casefold()
    first = words.split(" ")[0]
    return frozenset({f"span:{words}", f"span:{first}"}) if first in MONTHS else frozenset({f"span:{words}"})


def _is_name(word: str) -> bool:
    is_short = 2 < len(word) <= LONGEST_NAME and word.casefold() not in _LOOSE
    return is_short and not re.match(r"\d", word)


def without_echoes(value: Any, arguments: Mapping[str, Any]) -> Any:
    """Return a result without the figures that only repeat what a tool was asked: no evidence of anything."""
    asked = {
        " ".join(said.split()) for said in _texts(arguments) if " " in said.strip() and said_figures(said)
    }
    return _without(value, asked) if asked else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _without(value: Any, asked: set[str]) -> Any:
    if isinstance(value, str):
        return "" if " ".join(value.split()) in asked else value
    if isinstance(value, Mapping):
        return {name: _without(part, asked) for name, part in value.items()}
    return [_without(part, asked) for part in value] if isinstance(value, list | tuple) else value
