"""The figures that tool results hold, each with its unit and what it is of, and arithmetic on them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from graph.evidence.figure_kinds import GAP, SHRINKING, THEIRS, Kind, kind_of
from graph.evidence.figure_names import BENCHMARK, DESK
from graph.evidence.figures_said import said_days, said_figures
from graph.evidence.figures_worked_out import across, against_benchmark, of_parts, of_record, of_rows
from graph.evidence.held_figure import EVERYBODY, NOBODY, Held, HeldFigure, Of
from graph.evidence.result_records import (
    as_records,
    is_number,
    is_plain,
    key_in,
    row_names,
    span_of,
    spoken_forms,
    ticker_of,
)

_NOT_OF_THE_RECORDS = frozenset({"rows", "columns", "sql", "question", "made_up"})
"""Fields of a table that are read cell by cell, or that whoever asked has written."""
_BY_NAME = ("sectors", "buckets", "by_ticker")
"""Fields whose parts stand under the name that they are of."""
WRITTEN = "written"
"""The key of figures that stand in the words of a headline, a lesson or a reason."""
_WRITTEN_KINDS = frozenset({"news", "lesson", "rationale"})
_TOLD: Mapping[str, Kind] = {
    "percent": "percent",
    "points": "difference",
    "bp": "bp",
    "usd": "usd",
    "times": "ratio",
}


def gathered(results: Sequence[Any]) -> Held:
    """Return what results in plain JSON hold, with sums, differences, ratios and counts that follow."""
    held = Held()
    spans = {span_of(result) for result in results if isinstance(result, Mapping)} - {NOBODY}
    for result in results:
        of = Of(labels=span_of(result)) if isinstance(result, Mapping) and len(spans) > 1 else EVERYBODY
        _remember(of.labels, held)
        _walk(result, "", of, held)
    held.figures += across(held.figures)
    held.figures += against_benchmark(held.figures)
    return held


def _remember(labels: frozenset[str], held: Held) -> None:
    for label in labels:
        for spoken in spoken_forms(label):
            held.call(spoken, label)


def _walk(value: Any, key: str, of: Of, held: Held) -> None:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        held.figures.append(_figure(float(value), key, of, isinstance(value, int)))
    elif isinstance(value, str):
        _text(value, key, of, held)
    elif isinstance(value, Mapping):
        _record(value, key, of, held)
    elif isinstance(value, Sequence):
        _list(value, key, of, held)


def _list(rows: Sequence[Any], key: str, of: Of, held: Held) -> None:
    held.figures.append(HeldFigure(value=float(len(rows)), kind="count", key=f"{key}.count", of=of))
    named = row_names(rows)
    waiting = iter(named)
    for part in rows:
        nested = isinstance(part, Sequence) and not isinstance(part, str)
        own = Of(labels=next(waiting, NOBODY)) if isinstance(part, Mapping) else EVERYBODY
        _remember(own.labels, held)
        _walk(part, "cell" if nested or key == "cell" else key, of | own, held)
    held.figures += of_rows(rows, of, named)


def _record(value: Mapping[str, Any], key: str, of: Of, held: Held) -> None:
    inner, reported = of | _called(value, held) | _whose(value), value.get("kind") in _WRITTEN_KINDS
    table, by_name = as_records(value), key in _BY_NAME and is_plain(value)
    if table:
        _cells(table, inner, held)
    for name, part in value.items():
        if table and name in _NOT_OF_THE_RECORDS:
            continue
        named = str(name).casefold() if by_name else ""
        if named:
            held.tickers.setdefault(named, named)
        own = f"{key}:{name}" if named else key_in(value, str(name))
        if GAP.search(key) and own.endswith(" fraction"):
            own = f"gap {own}"
        if window := re.search(r"_(\d{1,3})$", own):
            held.figures.append(HeldFigure(value=float(window[1]), kind="count", key="window"))
        part_of = inner | Of(frozenset({named}) if named else NOBODY) | _side(str(name))
        _walk(part, WRITTEN if reported and name == "text" else own, part_of, held)
    if by_name:
        rows = [{"ticker": str(name), key: part} for name, part in value.items()]
        held.figures += of_rows(rows, inner, [NOBODY] * len(rows))
    else:
        held.figures += of_record(value, inner)
        held.figures += of_parts(value, inner)


def _cells(records: Sequence[Mapping[str, Any]], of: Of, held: Held) -> None:
    """Take in a table twice: by its columns' names, and as numbers whose unit only the question knows."""
    _list(records, "row", of, held)
    for record, labels in zip(records, row_names(records), strict=True):
        for cell in record.values():
            _walk(cell, "cell", of | _called(record, held) | Of(labels=labels), held)


def _side(name: str) -> Of:
    """Return whose the figures under a field are, where its name says so."""
    if name == "desk":
        return Of(labels=frozenset({DESK}))
    return Of(labels=frozenset({BENCHMARK})) if re.match(r"(?:benchmark|spy)(?:_|$)", name) else EVERYBODY


def _whose(record: Mapping[str, Any]) -> Of:
    """Return whose the statistics of a record are, where it has some and is called after somebody."""
    name = record.get("name")
    if not isinstance(name, str) or not isinstance(record.get("figures"), Sequence):
        return EVERYBODY
    is_theirs = THEIRS.search(name.casefold()) is not None
    return Of(labels=frozenset({BENCHMARK if is_theirs else f"whose:{name.casefold()}"}))


def _text(value: str, key: str, of: Of, held: Held) -> None:
    if is_number(value):
        held.figures.append(_figure(float(value), key, of, False))
        return
    for day in said_days(value):
        if day.day is not None and day.month is not None and day.year is not None:
            try:
                held.days.setdefault(date(day.year, day.month, day.day), set()).add(of.tickers)
            except ValueError:
                continue
        elif day.day is not None and day.month is not None:
            held.yearless.add((day.month, day.day))
        else:
            held.periods.add(day.written)
    for figure in said_figures(value):
        kind = _TOLD.get(figure.unit, "number")
        scaled = figure.value / 100 if kind in ("percent", "difference") else figure.value
        signed = scaled * (-1 if figure.sign < 0 else 1)
        kept: Kind = "fraction" if kind == "percent" else kind
        held.figures.append(
            HeldFigure(value=signed, kind=kept, key=key, of=of, signless=not figure.explicit, shrinking=True)
        )


def _figure(value: float, key: str, of: Of, whole: bool) -> HeldFigure:
    shrinking = SHRINKING.search(key) is not None
    return HeldFigure(value=value, kind=kind_of(key, whole), key=key, of=of, shrinking=shrinking)


def _called(record: Mapping[str, Any], held: Held) -> Of:
    """Return the ticker a record is about, and remember the company's name with it."""
    whom = ticker_of(record)
    for short in whom:
        held.tickers[short] = short
        if isinstance(record.get("name"), str):
            full = record["name"].casefold()
            held.tickers[full] = short
            word = re.split(r"[\s,.]", full)[0]
            if len(word) > 3:
                held.tickers.setdefault(word, short)
            if pair := re.match(r"(\w)[\w ]*& (\w)", full):
                held.tickers.setdefault(f"{pair[1]}&{pair[2]}", short)
    return Of(whom)
