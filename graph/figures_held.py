"""The figures that tool results hold, each with its unit and whom it is about, and arithmetic on them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any, Literal

from graph.figures_said import said_days, said_figures

Kind = Literal["fraction", "percent", "bp", "usd", "count", "number", "difference", "ratio"]
NOBODY: frozenset[str] = frozenset()
TICKERS = ("ticker", "symbol")
"""Fields that say whom a record is about."""
NEWS = "news"
"""The kind of a record, and the key of the figures, that somebody outside the desk has written."""
MOST_ROWS = 400
MOST_SIBLINGS = 24
_COUNT = re.compile(
    r"(?:^|_)(?:n|count|sessions|trades|fills|orders|rows|members|names|candidates|revisions|sample|place"
    r"|rank_of|unplayed|"
    r"wins|losses|positions|days|tokens|calls|total|refused|played)$"
)
_FRACTION = re.compile(
    r"fraction|return|weight|drawdown|volatility|hit_rate|win_rate|breadth|probability|gross|^net$"
    r"|exposure|turnover|excess|"
    r"factor|_rate$|share$|precision|recall|coverage|before|after|proposed|^used$|contribution|cvar|^var$"
    r"|alpha|^desk$|^benchmark$"
)
_USD = re.compile(
    r"equity|profit|unrealised|realised|price|cost|commission|amount|traded|deposits?|dividends|fees"
    r"|notional|(?:^|_)(?:^|_)mark$|dollar|"
    r"usd|pnl|stop$|proceeds"
)
_GAP = re.compile(r"above|excess|ahead|gap|difference|margin|beyond|lift")
"""Fields that hold the difference of two fractions, which is told in points."""
_SHRINKING = re.compile(
    r"drawdown|loss|cost|commission|fees?|var$|cvar|shortfall|slippage|concern|below|behind|under|fall"
    r"|spent|paid"
)
"""Fields whose size is told without its sign: a drawdown of 5 %, a loss of 3 %."""
_OURS = re.compile(r"^(?:desk|portfolio|book|fund|strategy|ours?|return_fraction|value|return)$")
_THEIRS = re.compile(r"benchmark|spy|market|index|against|other|baseline")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFigure:
    """One number of a result, or one worked out from two of them."""

    value: float
    kind: Kind
    key: str
    about: frozenset[str] = frozenset()
    """The names, in small letters, of the records it stands in."""
    shrinking: bool = False
    """Whether its size may be told without its sign."""
    worked_out: str = ""
    of_each: frozenset[str] = frozenset()
    """Names that must all be spoken of, where a figure joins the records of several."""
    signless: bool = False
    """Whether it says nothing about a direction, as a number in somebody's words may not."""


@dataclass(slots=True, kw_only=True)
class Held:
    """Everything the results of a turn hold that an answer may tell."""

    figures: list[HeldFigure] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    yearless: set[tuple[int, int]] = field(default_factory=set)
    """Months and days that somebody's words name without a year."""
    periods: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    """Every way to call a name, in small letters, with the one that stands for it."""


def gathered(results: Sequence[Any]) -> Held:
    """Return what results in plain JSON hold, with sums, differences, ratios and counts that follow."""
    held = Held()
    for result in results:
        _walk(result, "", frozenset(), held)
    held.figures += _across([each for each in results if isinstance(each, Mapping)])
    return held


def _walk(value: Any, key: str, about: frozenset[str], held: Held) -> None:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        held.figures.append(_figure(float(value), key, about, isinstance(value, int)))
    elif isinstance(value, str):
        _text(value, key, about, held)
    elif isinstance(value, Mapping):
        _record(value, key, about, held)
    elif isinstance(value, Sequence):
        held.figures.append(
            HeldFigure(value=float(len(value)), kind="count", key=f"{key}.count", about=about)
        )
        for part in value:
            nested = isinstance(part, Sequence) and not isinstance(part, str)
            _walk(part, "cell" if nested or key == "cell" else key, about, held)
        held.figures += _rows(value, key, about)


def _record(value: Mapping[str, Any], key: str, about: frozenset[str], held: Held) -> None:
    inner, reported = about | _called(value, held), value.get("kind") == NEWS
    for name, part in value.items():
        named = (
            frozenset({str(name).casefold()}) if key in ("sectors", "buckets", "by_ticker") else frozenset()
        )
        if named:
            held.names.setdefault(str(name).casefold(), str(name).casefold())
        own = f"{key}:{name}" if named else _key_in(value, str(name))
        if _GAP.search(key) and own.endswith(" fraction"):
            own = f"gap {own}"
        if window := re.search(r"_(\d{1,3})$", own):
            held.figures.append(HeldFigure(value=float(window[1]), kind="count", key="window"))
        _walk(part, NEWS if reported and name == "text" else own, inner | named, held)
    held.figures += _siblings(value, inner)


def _key_in(record: Mapping[str, Any], name: str) -> str:
    """Return a field's name; a figure's value is known by what the figure is called."""
    if name in ("value", "low", "high") and isinstance(record.get("unit"), str):
        return f"{record.get('name', name)} {record['unit']}"
    return name


def _text(value: str, key: str, about: frozenset[str], held: Held) -> None:
    number = re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", value)
    if number is not None:
        held.figures.append(_figure(float(value), key, about, False))
        return
    for day in said_days(value):
        if day.day is not None and day.month is not None and day.year is not None:
            try:
                held.days.add(date(day.year, day.month, day.day))
            except ValueError:
                continue
        elif day.day is not None and day.month is not None:
            held.yearless.add((day.month, day.day))
        else:
            held.periods.add(day.written)
    units: dict[str, Kind] = {
        "percent": "percent",
        "points": "difference",
        "bp": "bp",
        "usd": "usd",
        "times": "ratio",
    }
    for figure in said_figures(value):
        kind = units.get(figure.unit, "number")
        scaled = figure.value / 100 if kind in ("percent", "difference") else figure.value
        signed = scaled * (-1 if figure.sign < 0 else 1)
        kept: Kind = "fraction" if kind == "percent" else kind
        held.figures.append(
            HeldFigure(
                value=signed, kind=kept, key=key, about=about, signless=not figure.explicit, shrinking=True
            )
        )


def _figure(value: float, key: str, about: frozenset[str], whole: bool) -> HeldFigure:
    return HeldFigure(
        value=value,
        kind=_kind_of(key, whole),
        key=key,
        about=about,
        shrinking=_SHRINKING.search(key) is not None,
    )


def _kind_of(key: str, whole: bool) -> Kind:
    name = key.casefold()
    if name.endswith(" fraction"):
        return "fraction"
    if name.endswith(" ratio"):
        return "number"
    if name.endswith(" usd"):
        return "usd"
    if name.endswith(("_bps", "_bp")):
        return "bp"
    if name.endswith(("_percent", "_pct", "percent")):
        return "percent"
    if _COUNT.search(name):
        return "count"
    if whole and not _USD.search(name):
        return "count"
    if _FRACTION.search(name):
        return "fraction"
    return "usd" if _USD.search(name) else "number"


def _whom(record: Mapping[str, Any]) -> frozenset[str]:
    """Return the ticker a record is about, nothing for one that is about none."""
    ticker = next((record[name] for name in TICKERS if isinstance(record.get(name), str)), "")
    return frozenset({ticker.casefold()}) if ticker else frozenset()


def _called(record: Mapping[str, Any], held: Held) -> frozenset[str]:
    """Return the ticker a record is about, and remember the company's name with it."""
    whom = _whom(record)
    for short in whom:
        held.names[short] = short
        if isinstance(record.get("name"), str):
            full = record["name"].casefold()
            held.names[full] = short
            word = re.split(r"[\s,.]", full)[0]
            if len(word) > 3:
                held.names.setdefault(word, short)
    return whom


def _numbers_of(record: Mapping[str, Any]) -> list[tuple[str, float, Kind]]:
    found = []
    for name, part in record.items():
        if isinstance(part, bool) or not isinstance(part, int | float | str):
            continue
        if isinstance(part, str) and not re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", part):
            continue
        key = _key_in(record, str(name))
        found.append((key, float(part), _kind_of(key, isinstance(part, int))))
    return found


def _siblings(record: Mapping[str, Any], about: frozenset[str]) -> Iterator[HeldFigure]:
    """Work out differences, sums and ratios of the numbers that stand in one record."""
    numbers = _numbers_of(record)[:MOST_SIBLINGS]
    for (key, a, kind), (other, b, kind_b) in combinations(numbers, 2):
        if kind != kind_b:
            continue
        yield from _pair(key, a, other, b, kind, about)


def _pair(
    key: str, a: float, other: str, b: float, kind: Kind, about: frozenset[str], each: frozenset[str] = NOBODY
) -> Iterator[HeldFigure]:
    """Work out the gap, the sum and the ratios of two numbers; `each` must be spoken of for them to count."""
    if not a or not b:
        return
    ordered = bool(_THEIRS.search(other)) and not _THEIRS.search(key)
    reversed_ = bool(_THEIRS.search(key)) and not _THEIRS.search(other)
    gap: Kind = "difference" if kind == "fraction" else kind
    worked_out = [("difference", b - a if reversed_ else a - b, gap), ("sum", a + b, kind)]
    worked_out += [("ratio", a / b, "ratio"), ("ratio", b / a, "ratio")]
    for how, value, unit in worked_out:
        yield HeldFigure(
            value=value,
            kind=unit,
            key=f"{key}, {other}",
            about=about,
            of_each=each,
            worked_out=how,
            signless=how == "difference" and not (ordered or reversed_),
        )


def _rows(rows: Sequence[Any], key: str, about: frozenset[str]) -> Iterator[HeldFigure]:
    """Work out totals, means, counts of each side and of each word, and gaps over the rows of a list."""
    records = [row for row in rows if isinstance(row, Mapping)][:MOST_ROWS]
    if len(records) < 2:
        return
    columns: dict[str, list[tuple[float, frozenset[str]]]] = {}
    words: dict[str, int] = {}
    for record in records:
        called = _whom(record)
        for name, value, _ in _numbers_of(record):
            columns.setdefault(name, []).append((value, called))
        for name, part in record.items():
            if isinstance(part, str) and len(part) <= 24 and name not in ("ticker", "name"):
                words[f"{name}={part}"] = words.get(f"{name}={part}", 0) + 1
    for word, count in words.items():
        yield HeldFigure(value=float(count), kind="count", key=word, about=about, worked_out="count")
    for name, column in columns.items():
        yield from _column(name, [value for value, _ in column], about)
        if len(column) <= MOST_SIBLINGS:
            kind = _kind_of(name, False)
            for (a, whom), (b, other) in combinations(column, 2):
                yield from _pair(name, a, name, b, kind, about | whom | other, whom | other)


def _column(name: str, values: list[float], about: frozenset[str]) -> Iterator[HeldFigure]:
    kind, shrinking = (
        _kind_of(name, all(value == int(value) for value in values)),
        _SHRINKING.search(name) is not None,
    )
    for worked_out, value in (("sum", sum(values)), ("mean", sum(values) / len(values))):
        yield HeldFigure(
            value=value, kind=kind, key=name, about=about, worked_out=worked_out, shrinking=shrinking
        )
    for side in (sum(value > 0 for value in values), sum(value < 0 for value in values)):
        yield HeldFigure(value=float(side), kind="count", key=name, about=about, worked_out="count")
        yield HeldFigure(value=side / len(values), kind="fraction", key=name, about=about, worked_out="share")


def _across(results: list[Mapping[str, Any]]) -> Iterator[HeldFigure]:
    """Work out the gaps between the same field of two results of a turn: this month against the last."""
    tops = [{key: (value, kind) for key, value, kind in _numbers_of(result)} for result in results]
    for first, second in combinations(tops, 2):
        for key in first.keys() & second.keys():
            (a, kind), (b, _) = first[key], second[key]
            yield from _pair(key, a, key, b, kind, frozenset())
