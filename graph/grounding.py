"""Whether every figure of an answer comes from what the tools returned, or is arithmetic on it (INV-19)."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.dates import WEEKDAYS
from graph.figures_held import NEWS, Held, HeldFigure, gathered
from graph.figures_said import SaidDay, SaidFigure, is_day, said_days, said_figures, sentences

REMOVED = "[a figure was removed: not in the desk's records]"
COUNTED_ON_FINGERS = 12
"""Whole numbers up to this may count what the answer itself lists."""
_COUNTED_BY_THE_DESK = re.compile(
    r"^\s?(?:\w+\s){0,2}?(?:trades?|positions?|holdings?|names|orders?|fills?|sessions?|winners?|losers?"
    r"|concerns?|forecasters?|"
    r"clamps?|decisions?|stocks?|days?|drawdowns?|tickers|records?|deposits?|events?)\b",
    re.IGNORECASE,
)
_RANKED = re.compile(
    r"(?:top|first|last|next|largest|biggest|best|worst|these|those|other|past|record|page)\s*$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat"
    r"|sun)\b,?\s*$",
    re.IGNORECASE,
)
_THEY = re.compile(
    r"\b(?:spy|s&p 500|benchmark|index|market)\s+(?:\w+\s){0,2}?(?:beat\w*|trail\w*|lag\w*|outperform\w*"
    r"|underperform\w*|is|was|did|ended|finished|leads?|led|came|stands|stood)\b[^,;.]*$",
    re.IGNORECASE,
)
"""Where the benchmark is whom a comparison is told of, its sign is the other one's."""
_REPORTED = re.compile(
    r"\b(?:headlines?|news|report\w*|said|says?|accord\w+|wrote|writes?|article|press|quot\w+|claim\w*)\b|[\"“”«»]",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"[,;\n]|\band\b|\bwhile\b|\bwhereas\b|\bbut\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Untraced:
    """A figure or a day of an answer that no result holds, where it stands and why it is refused."""

    start: int
    stop: int
    written: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    """The names a figure may be about: those of its clause, and those of its sentence."""

    near: frozenset[str]
    spoken: frozenset[str]
    text_before: str


class Evidence:
    """What the tools have returned in a turn; checks answers against it."""

    def __init__(self, results: Iterable[object], question: str = "") -> None:
        """`results` are plain JSON values or JSON texts; numbers of the question may be repeated."""
        self._held: Held = gathered([_plain(result) for result in results])
        self._asked = {(figure.value, figure.unit) for figure in said_figures(question)}
        self._asked_days = {day.written.casefold() for day in said_days(question)}

    def untraced(self, answer: str) -> tuple[Untraced, ...]:
        """Return the figures and days of an answer that cannot be traced, in their order."""
        found: list[Untraced] = []
        figures, days = said_figures(answer), said_days(answer)
        for start, stop in sentences(answer):
            for figure in figures:
                if start <= figure.start < stop:
                    reason = self._problem(figure, answer, start, stop)
                    if reason:
                        found.append(_untraced(figure, reason))
            for day in days:
                if start <= day.start < stop:
                    reason = self._day_problem(day, answer)
                    if reason:
                        found.append(_untraced(day, reason))
        return tuple(sorted(found, key=lambda each: each.start))

    def _problem(self, figure: SaidFigure, answer: str, start: int, stop: int) -> str:
        """Return why a figure cannot be traced, empty where it can."""
        if (figure.value, figure.unit) in self._asked or _is_free(figure, answer):
            return ""
        clause = self._clause(figure, answer, start, stop)
        fits = [held for held in self._held.figures if _same_size(figure, held)]
        if not fits:
            return self._nearest_reason(figure)
        fits = [held for held in fits if _same_direction(figure, held, clause)]
        if not fits:
            return "the sign is the other way round"
        if not any(self._about_the_same(held, clause) for held in fits):
            whom = sorted({name for held in fits if not held.of_each for name in held.about})[:3]
            return f"it belongs to {', '.join(whom)}" if whom else "no result of this answer holds it"
        if all(held.key == NEWS for held in fits) and not _REPORTED.search(answer[start:stop]):
            return "only a headline says so: say that it does"
        return ""

    def _clause(self, figure: SaidFigure, answer: str, start: int, stop: int) -> _Clause:
        sentence = answer[start:stop]
        pieces, at = [], 0
        for match in _SPLIT.finditer(sentence):
            pieces.append((at, match.start()))
            at = match.end()
        pieces.append((at, len(sentence)))
        joined: list[tuple[int, int]] = []
        open_from: int | None = None
        for begin, end in pieces:
            begin = open_from if open_from is not None else begin
            if not any(begin <= f.start < end for f in said_figures(sentence)):
                open_from = begin
                continue
            joined.append((begin, end))
            open_from = None
        inside = next(((b, e) for b, e in joined if b <= figure.start - start < e), (0, len(sentence)))
        near = self._names_in(sentence[inside[0] : inside[1]])
        spoken = self._names_in(sentence)
        before = answer[max(start, figure.start - 60) : figure.start]
        return _Clause(near=near if len(near) == 1 else spoken, spoken=spoken, text_before=before)

    def _names_in(self, text: str) -> frozenset[str]:
        lower = text.casefold()
        return frozenset(
            short
            for name, short in self._held.names.items()
            if name in lower and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", lower)
        )

    def _about_the_same(self, held: HeldFigure, clause: _Clause) -> bool:
        if held.of_each:
            return held.of_each <= clause.spoken
        return not held.about or not clause.near or bool(held.about & clause.near)

    def _nearest_reason(self, figure: SaidFigure) -> str:
        for held in self._held.figures:
            raw = abs(abs(held.value) - figure.value) <= figure.half_digit
            hundredfold = abs(abs(held.value) * 100 - figure.value) <= figure.half_digit
            if raw or hundredfold:
                return f"the records have it in another unit ({held.kind})"
        return "no result of this answer holds it"

    def _day_problem(self, day: SaidDay, answer: str) -> str:
        if day.written.casefold() in self._asked_days:
            return ""
        if day.month is None:
            known = {held.year for held in self._held.days} | {
                int(found) for period in self._held.periods for found in re.findall(r"(?:19|20)\d{2}", period)
            }
            periods = day.written in self._held.periods or day.year is None
            return (
                ""
                if periods or not known or day.year in known
                else "no result of this answer is of that time"
            )
        if day.day is None:
            fits = any((held.year, held.month) == (day.year, day.month) for held in self._held.days)
            return (
                ""
                if fits or day.written in self._held.periods
                else "no result of this answer is of that month"
            )
        if day.year is not None and not is_day(day.year, day.month, day.day):
            return "no calendar has that day"
        fits_day = [
            held
            for held in self._held.days
            if (held.month, held.day) == (day.month, day.day) and day.year in (None, held.year)
        ]
        if not fits_day and day.year is None and (day.month, day.day) in self._held.yearless:
            return ""
        if not fits_day:
            return "no result of this answer holds that day"
        return _weekday_problem(day, fits_day, answer)


def without_untraced(answer: str, untraced: Sequence[Untraced]) -> str:
    """Return an answer with every sentence that holds an untraced figure replaced by what says so."""
    kept: list[str] = []
    for start, stop in sentences(answer):
        sentence = answer[start:stop]
        if not any(start <= each.start < stop for each in untraced):
            kept.append(sentence)
        else:
            kept.append(REMOVED + sentence[len(sentence.rstrip()) :])
    return "".join(kept)


def _plain(result: object) -> Any:
    if not isinstance(result, str):
        return result
    try:
        return json.loads(result)
    except ValueError:
        return result


def _untraced(said: SaidFigure | SaidDay, reason: str) -> Untraced:
    return Untraced(start=said.start, stop=said.stop, written=said.written.strip(), reason=reason)


def _is_free(figure: SaidFigure, answer: str) -> bool:
    """Tell whether a number only counts what the answer lists, which needs no source."""
    if figure.unit not in ("plain", "count") or (figure.sign and figure.explicit):
        return False
    if figure.value != int(figure.value) or figure.value > COUNTED_ON_FINGERS or figure.half_digit != 0.5:
        return False
    if _RANKED.search(answer[max(0, figure.start - 16) : figure.start]):
        return True
    return _COUNTED_BY_THE_DESK.match(answer[figure.stop : figure.stop + 40]) is None


def _same_size(figure: SaidFigure, held: HeldFigure) -> bool:
    """Tell whether a held number is the said one, in the said one's unit and to the digits it shows."""
    sizes = _in_unit(figure, held)
    half = figure.half_digit * (1 + 1e-9) + 1e-12
    return any(abs(abs(size) - figure.value) <= half for size in sizes)


def _in_unit(figure: SaidFigure, held: HeldFigure) -> tuple[float, ...]:
    value, kind = held.value, held.kind
    match figure.unit:
        case "percent":
            return _as_percent(held)
        case "points":
            if kind == "difference" or (kind == "fraction" and held.key.startswith("gap ")):
                return (value * 100,)
            return (value,) if kind in ("percent", "number") else ()
        case "bp":
            if kind in ("fraction", "difference"):
                return (value * 10_000,)
            return (value,) if kind == "bp" else (value * 100,) if kind == "percent" else ()
        case "usd":
            return (value,) if kind in ("usd", "number") else ()
        case "times":
            return (value,) if kind in ("ratio", "number", "fraction") else ()
        case "count":
            return (value,) if kind in ("count", "number") else ()
        case _:
            return () if kind == "difference" or (kind == "ratio" and figure.half_digit >= 0.5) else (value,)


def _as_percent(held: HeldFigure) -> tuple[float, ...]:
    value = held.value
    if held.kind == "ratio":
        return (value * 100, (value - 1) * 100)
    if held.kind == "number":
        return (value * 100,) if abs(value) <= 1 else (value,)
    scales = {"fraction": 100.0, "percent": 1.0, "bp": 0.01}
    return (value * scales[held.kind],) if held.kind in scales else ()


def _same_direction(figure: SaidFigure, held: HeldFigure, clause: _Clause) -> bool:
    """Tell whether the said sign is that of the record; a size told without a sign is above zero."""
    value = held.value
    if held.kind in ("count", "ratio") or not figure.value or abs(value) < 1e-12:
        return True
    if held.worked_out == "difference" and not figure.sign:
        return True
    if held.signless and not figure.explicit:
        return True
    if held.worked_out == "difference" and held.key and _THEY.search(clause.text_before):
        value = -value
    if figure.explicit:
        if held.signless or held.shrinking:
            return True
        return (value > 0) == (figure.sign > 0)
    if figure.sign < 0:
        return value < 0 or held.shrinking
    if figure.sign > 0:
        return value > 0 and not (held.shrinking and _is_loss(held))
    return value > 0 or held.shrinking


def _is_loss(held: HeldFigure) -> bool:
    return re.search(r"drawdown|loss|shortfall", held.key) is not None


def _weekday_problem(day: SaidDay, fits: Sequence[date], answer: str) -> str:
    named = _WEEKDAY.search(answer[max(0, day.start - 12) : day.start])
    if named is None:
        return ""
    wanted = WEEKDAYS[named["weekday"].casefold()]
    return "" if any(each.weekday() == wanted for each in fits) else "that day was another weekday"
