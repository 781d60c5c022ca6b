"""One step of arithmetic on what a tool has returned: gaps, sums, ratios, shares, totals and counts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from graph.evidence.figure_kinds import SHRINKING, THEIRS, Kind, kind_of
from graph.evidence.figure_names import ADDED_UP, BENCHMARK, DESK, statistics_of
from graph.evidence.held_figure import NOBODY, HeldFigure, Of
from graph.evidence.result_records import is_statistic, key_in, numbers_of, row_names, ticker_of

_LEVEL = re.compile(r"price|mark$|^cap$|level|probability|rate$|^low$|^high$|_per_")
MOST_ROWS = 400
MOST_SIBLINGS = 24


def of_record(record: Mapping[str, Any], of: Of) -> Iterator[HeldFigure]:
    """Work out differences, sums and ratios of the numbers that stand in one record.

    A statistic with its interval is no record of several numbers.
    """
    if is_statistic(record):
        return
    numbers = numbers_of(record)[:MOST_SIBLINGS]
    each = ticker_of(record)
    yield from _bought(numbers, of, each)
    for (key, a, kind), (other, b, kind_b) in combinations(numbers, 2):
        if kind == kind_b:
            yield from _pair((key, a), (other, b), kind, of, each)


def of_parts(record: Mapping[str, Any], of: Of) -> Iterator[HeldFigure]:
    """Work out which part of a record's own number the rows of its lists are: of the loss, of the profit."""
    totals = {key: value for key, value, _ in numbers_of(record) if value and _adds_up(key)}
    for rows in record.values():
        records = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        for row, labels in zip(records[:MOST_ROWS], row_names(records), strict=False):
            whom = Of(ticker_of(row), labels)
            for key, value, kind in numbers_of(row):
                if key in totals and kind != "count":
                    yield _part(key, value / totals[key], of | whom, whom)


def _part(key: str, share: float, of: Of, whom: Of) -> HeldFigure:
    return HeldFigure(
        value=share, kind="fraction", key=key, of=of, of_each=whom.tickers, worked_out="part", shrinking=True
    )


def _bought(numbers: Sequence[tuple[str, float, Kind]], of: Of, each: frozenset[str]) -> Iterator[HeldFigure]:
    """Work out what a quantity costs at a price, and how much there is of a sum to each that is counted."""
    counts = [(key, value) for key, value, kind in numbers if kind == "count" and value]
    sums = [(key, value) for key, value, kind in numbers if kind == "usd"]
    for (key, total), (other, count) in product(sums, counts):
        joined = f"{key}, {other}"
        yield HeldFigure(
            value=total / count, kind="usd", key=joined, of=of, of_each=each, worked_out="per", shrinking=True
        )
    quantities = [(key, value) for key, value, _ in numbers if key in ("quantity", "shares")]
    prices = [(key, value) for key, value, kind in numbers if kind == "usd" and "price" in key]
    for (key, quantity), (other, price) in product(quantities, prices):
        yield HeldFigure(
            value=quantity * price,
            kind="usd",
            key=f"{key}, {other}",
            of=of,
            of_each=each,
            worked_out="product",
            shrinking=True,
        )


def of_rows(rows: Sequence[Any], of: Of, labels: Sequence[frozenset[str]]) -> Iterator[HeldFigure]:
    """Work out totals, means, counts of each side and of each word, and gaps over the rows of a list."""
    records = [row for row in rows if isinstance(row, Mapping)][:MOST_ROWS]
    if len(records) < 2:
        return
    if any(map(is_statistic, records)):
        yield from _sizes(records, of)
        return
    columns: dict[str, list[tuple[float, Of]]] = {}
    words: dict[str, int] = {}
    for record, named in zip(records, labels, strict=False):
        called = Of(ticker_of(record), named)
        for name, value, _ in numbers_of(record):
            columns.setdefault(name, []).append((value, called))
        for name, part in record.items():
            if isinstance(part, str) and len(part) <= 24 and name not in ("ticker", "name"):
                words[f"{name}={part}"] = words.get(f"{name}={part}", 0) + 1
    for word, count in words.items():
        yield HeldFigure(value=float(count), kind="count", key=word, of=of, worked_out="count")
    for name, column in columns.items():
        yield from _column(name, [value for value, _ in column], of)
        yield from _shares(name, column, of)
        if len(column) <= MOST_SIBLINGS:
            yield from _gaps(name, column, of)


def _sizes(records: Sequence[Mapping[str, Any]], of: Of) -> Iterator[HeldFigure]:
    """Work out how two statistics in dollars stand to each other: the average win to the average loss."""
    sums = [(key_in(each, "value"), float(each["value"])) for each in records if _is_sum(each)]
    for (key, a), (other, b) in combinations(sums, 2):
        for ratio in (a / b, b / a):
            yield HeldFigure(value=ratio, kind="ratio", key=f"{key}, {other}", of=of, worked_out="ratio")


def _is_sum(record: Mapping[str, Any]) -> bool:
    value = record.get("value")
    return record.get("unit") == "usd" and isinstance(value, int | float) and value != 0


def _gaps(name: str, column: Sequence[tuple[float, Of]], of: Of) -> Iterator[HeldFigure]:
    kind = kind_of(name, False)
    for (a, whom), (b, other) in combinations(column, 2):
        both = whom.tickers | other.tickers
        each = both if whom.tickers != other.tickers else NOBODY
        yield from _pair((name, a), (name, b), kind, of | whom | other, each, (whom, other))


def across(figures: Sequence[HeldFigure]) -> Iterator[HeldFigure]:
    """Work out the gaps between the same figure of two spans of a turn: this month against the last."""
    spans: dict[tuple[str, frozenset[str]], dict[frozenset[str], HeldFigure]] = {}
    for each in figures:
        span = frozenset(label for label in each.of.labels if label.startswith("span:"))
        if span and not each.worked_out and not each.of.tickers:
            spans.setdefault((each.key, each.of.labels - span), {}).setdefault(span, each)
    for (key, _), told in spans.items():
        for a, b in combinations(list(told.values())[:MOST_SIBLINGS], 2):
            of = Of(labels=a.of.labels & b.of.labels)
            yield from _pair((key, a.value), (key, b.value), a.kind, of, NOBODY, (a.of, b.of))


def between_named(figures: Sequence[HeldFigure], names: frozenset[str]) -> Iterator[HeldFigure]:
    """Work out how two statistics stand to each other that a sentence names both."""
    named = [each for each in figures if statistics_of(each.key) & names and not each.worked_out][:60]
    for a, b in combinations(named, 2):
        theirs = statistics_of(a.key) | statistics_of(b.key)
        if a.kind == b.kind and len(theirs & names) == 2 and a.of == b.of:
            yield from _pair((a.key, a.value), (b.key, b.value), a.kind, a.of)


def against_benchmark(figures: Sequence[HeldFigure]) -> Iterator[HeldFigure]:
    """Work out how the desk's statistics stand to the benchmark's of the same name."""
    ours = [each for each in figures if DESK in each.of.labels and not each.worked_out]
    theirs = [each for each in figures if BENCHMARK in each.of.labels and not each.worked_out]
    for a, b in product(ours[:200], theirs[:200]):
        if a.key == b.key and a.kind == b.kind and a.key.endswith((" fraction", " ratio", " usd")):
            both = Of(labels=frozenset({DESK, BENCHMARK}))
            yield from _pair((a.key, a.value), (a.key, b.value), a.kind, both, NOBODY, (a.of, b.of))


def _pair(
    first: tuple[str, float],
    second: tuple[str, float],
    kind: Kind,
    of: Of,
    each: frozenset[str] = NOBODY,
    between: tuple[Of, Of] | None = None,
) -> Iterator[HeldFigure]:
    """Work out the gap, the sum and the ratios of two numbers; of `each` must be spoken for them to count."""
    (key, a), (other, b) = first, second
    if not a or not b:
        return
    ours_first = bool(THEIRS.search(other)) and not THEIRS.search(key)
    theirs_first = bool(THEIRS.search(key)) and not THEIRS.search(other)
    gap: Kind = "difference" if kind == "fraction" else kind
    joined = f"{key}, {other}"
    yield HeldFigure(
        value=b - a if theirs_first else a - b,
        kind=gap,
        key=joined,
        of=of,
        of_each=each,
        between=between,
        worked_out="difference",
        signless=not (ours_first or theirs_first),
    )
    if _adds_up(key) and _adds_up(other):
        yield HeldFigure(value=a + b, kind=kind, key=joined, of=of, of_each=each, worked_out="sum")
    for ratio in (a / b, b / a):
        yield HeldFigure(value=ratio, kind="ratio", key=joined, of=of, of_each=each, worked_out="ratio")
        if key == other:
            grown, how = ratio - 1, "growth"
            yield HeldFigure(
                value=grown, kind="fraction", key=joined, of=of, of_each=each, worked_out=how, signless=True
            )


def _shares(name: str, column: Sequence[tuple[float, Of]], of: Of) -> Iterator[HeldFigure]:
    """Work out which part of a total each row is."""
    total = sum(value for value, _ in column)
    if _adds_up(name):
        yield from (_part(name, value / total, of | whom, whom) for value, whom in column if total)


def _adds_up(key: str) -> bool:
    """Tell whether two values of a field make a sum: volatilities and prices make none."""
    named = {name.partition(":")[2] for name in statistics_of(key)}
    return named <= ADDED_UP and not _LEVEL.search(key) and kind_of(key, False) != "score"


def _column(name: str, values: list[float], of: Of) -> Iterator[HeldFigure]:
    kind = kind_of(name, all(value == int(value) for value in values))
    shrinking = SHRINKING.search(name) is not None
    totals = [("sum", sum(values))] if _adds_up(name) else []
    for ours in ([v for v in values if v > 0], [v for v in values if v < 0]):
        totals += [("sum", sum(ours))] if totals and 1 < len(ours) < len(values) else []
    for how, value in (*totals, ("mean", sum(values) / len(values))):
        yield HeldFigure(value=value, kind=kind, key=name, of=of, worked_out=how, shrinking=shrinking)
    for side in (sum(value > 0 for value in values), sum(value < 0 for value in values)):
        yield HeldFigure(value=float(side), kind="count", key=name, of=of, worked_out="count")
        yield HeldFigure(value=side / len(values), kind="fraction", key=name, of=of, worked_out="share")
