"""Whether every figure of an answer comes from what the tools returned, or is arithmetic on it (INV-19)."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from graph.evidence.clauses import Clause, clause_of, tickers_in
from graph.evidence.figure_kinds import GAP
from graph.evidence.figure_matching import may_be, same_direction, same_size
from graph.evidence.figure_names import statistics_of
from graph.evidence.figures_held import WRITTEN, gathered
from graph.evidence.figures_said import SaidDay, SaidFigure, is_day, said_days, said_figures, sentences
from graph.evidence.figures_worked_out import between_named
from graph.evidence.held_figure import NOBODY, Held, HeldFigure
from graph.words.dates import WEEKDAYS

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
_CITED = re.compile(r"\s*(?:>|(?:[-*]\s*)?\[\d{1,2}\])")
"""Begins a line that quotes a record."""
_WEEKDAY = re.compile(
    r"\b(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat"
    r"|sun)\b,?\s*$",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:headlines?|news|report\w*|said|says?|accord\w+|wrote|writes?|article|press|quot\w+|claim\w*|lessons?|learn\w*"
    r"|remember\w*|noted?|reason\w*|argu\w+|warn\w*|rationale|concern\w*|validator|researcher|manager"
    r"|risk officer|committee)\b|[\"“”«»]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Untraced:
    """A figure or a day of an answer that no result holds, where it stands and why it is refused."""

    start: int
    stop: int
    written: str
    reason: str


class Evidence:
    """What the tools have returned in a turn; checks answers against it."""

    def __init__(self, results: Iterable[object], question: str = "") -> None:
        """`results` are plain JSON values or JSON texts; numbers of the question may be repeated."""
        self._held: Held = gathered([_plain(result) for result in results])
        self._sizes = np.abs(np.array([held.value for held in self._held.figures], dtype=np.float64))
        self._statistics = frozenset[str]().union(*(statistics_of(held.key) for held in self._held.figures))
        self._several = frozenset(self._held.tickers.values())
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
                    reason = self._day_problem(day, answer, start, stop)
                    if reason:
                        found.append(_untraced(day, reason))
        return tuple(sorted(found, key=lambda each: each.start))

    def _problem(self, figure: SaidFigure, answer: str, start: int, stop: int) -> str:
        """Return why a figure cannot be traced, empty where it can."""
        if (figure.value, figure.unit) in self._asked or _is_free(figure, answer):
            return ""
        clause = clause_of(figure, answer[start:stop], start, self._held)
        held_here = self._of_that_size(figure)
        if figure.unit != "count" and len(clause.statistics()) == 2:
            held_here += between_named(self._held.figures, clause.statistics())
        fits = [held for held in held_here if same_size(figure, held)]
        if not fits:
            return self._nearest_reason(figure)
        before = answer[max(start, figure.start - 60) : figure.start]
        fits = [held for held in fits if same_direction(figure, held, before, clause.is_subject)]
        if not fits:
            return "the sign is the other way round"
        fits = [held for held in fits if clause.words_fit(held)]
        named = [held for held in fits if self._about_the_same(held, clause)]
        if not named:
            whom = sorted({ticker for held in fits if not held.of_each for ticker in held.of.tickers})[:3]
            return f"it belongs to {', '.join(whom)}" if whom else "no result of this answer holds it"
        told = [
            held for held in named if _is_told_as(held, clause.told) and self._is_needed(held, clause.told)
        ]
        if not told:
            return _belongs(named)
        if all(held.key == WRITTEN for held in told) and not _is_reported(answer, start, stop):
            return "only a headline, a lesson or a reason says so: say that it does"
        return ""

    def _of_that_size(self, figure: SaidFigure) -> list[HeldFigure]:
        """Return the held figures that have a figure's size in some unit: few of thousands are looked at."""
        return [self._held.figures[at] for at in np.flatnonzero(may_be(figure, self._sizes))]

    def _is_needed(self, held: HeldFigure, told: Mapping[str, frozenset[str]]) -> bool:
        """Tell whether nameless arithmetic may stand for a statistic: not where that one is held."""
        said = told.get("statistic", NOBODY)
        known = not held.worked_out or held.kind == "count" or statistics_of(held.key)
        of_one = [kind for kind in told if kind not in ("statistic", "whose", "span")]
        if of_one and held.worked_out in ("sum", "mean", "share", "part") and not held.of.labels:
            return False
        return bool(known) or not said & self._statistics

    def _about_the_same(self, held: HeldFigure, clause: Clause) -> bool:
        if held.of_each and len(self._several) > 1:
            return held.of_each <= clause.spoken
        return not held.of.tickers or not clause.near or bool(held.of.tickers & clause.near)

    def _nearest_reason(self, figure: SaidFigure) -> str:
        for held in self._held.figures:
            raw = abs(abs(held.value) - figure.value) <= figure.half_digit
            hundredfold = abs(abs(held.value) * 100 - figure.value) <= figure.half_digit
            if raw or hundredfold:
                return f"the records have it in another unit ({held.kind})"
        return "no result of this answer holds it"

    def _day_problem(self, day: SaidDay, answer: str, start: int, stop: int) -> str:
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
        clause = tickers_in(answer[start:stop], self._held)
        if fits_day and clause and not self._is_of(fits_day, frozenset(clause)):
            return "that day belongs to another name"
        if not fits_day and day.year is None and (day.month, day.day) in self._held.yearless:
            return ""
        if not fits_day:
            return "no result of this answer holds that day"
        return _weekday_problem(day, fits_day, answer)

    def _is_of(self, days: Sequence[date], spoken: frozenset[str]) -> bool:
        """Tell whether one of the records that hold a day is of nobody, or of somebody who is spoken of."""
        return any(not of or of & spoken for day in days for of in self._held.days[day])


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
    """Return a result without the wrap that an LLM is given it in."""
    if isinstance(result, str):
        try:
            result = json.loads(result)
        except ValueError:
            return result
    wrapped = isinstance(result, Mapping) and result.keys() == {"note", "result"}
    return result["result"] if wrapped else result  # type: ignore[index]


def _is_reported(answer: str, start: int, stop: int) -> bool:
    """Tell whether a sentence says whose words it tells, or stands in a line that cites a record."""
    line = answer.rfind("\n", 0, start) + 1
    return _REPORTED.search(answer[start:stop]) is not None or _CITED.match(answer, line) is not None


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


def _is_told_as(held: HeldFigure, told: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a figure is told under its own names; a kind that one side does not name says nothing."""
    names = held.of.labels | statistics_of(held.key)
    for kind, said in told.items():
        is_gap = held.worked_out == "difference" or GAP.search(held.key)
        if is_gap and kind not in ("statistic", "span"):
            continue
        own = {name for name in names if name.startswith(f"{kind}:")}
        if own and not own & said:
            return False
    return True


def _belongs(fits: Sequence[HeldFigure]) -> str:
    names = sorted({n.partition(":")[2] for held in fits for n in held.of.labels | statistics_of(held.key)})
    return f"it belongs to {', '.join(names[:3])}" if names else "no result of this answer holds it"


def _weekday_problem(day: SaidDay, fits: Sequence[date], answer: str) -> str:
    named = _WEEKDAY.search(answer[max(0, day.start - 12) : day.start])
    if named is None:
        return ""
    wanted = WEEKDAYS[named["weekday"].casefold()]
    return "" if any(each.weekday() == wanted for each in fits) else "that day was another weekday"
