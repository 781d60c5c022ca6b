"""The period or the book before the one that was just shown, in a few words."""

import re
from dataclasses import replace
from datetime import date, timedelta

from graph.intent import Intent
from graph.topics.said import OVER_TIME, Said
from graph.words.dates import DAYS_OF, count_of
from tools.periods import PeriodUnit
from tools.spans import NAMED_SPANS, Span, between

_SHIFTED = re.compile(
    r"^(?:and |what about |how about )*(?P<n>a|an|one|two|three|four|five|six|\d{1,2}) "
    r"(?P<unit>day|week|month|quarter|year)s? (?P<way>later|after|earlier|before)(?: that)?(?: \?)?$"
)
_EARLIER = re.compile(
    r"\b(?:the )?(?P<unit>week|month|quarter|year|day|session)s? before(?: that| this)?\b"
    r"|\b(?:the )?(?:previous|preceding|prior) (?P<unit2>week|month|quarter|year)\b"
    r"|\b(?:the )?(?P<bare>one before|previous one|before that)\b"
)


def earlier(said: Said) -> Intent | None:
    """Return the last question over the period before, or of the book at its end."""
    match = _EARLIER.search(said.words.text)
    if match is None or said.last.name not in OVER_TIME | {"holdings", "exposure"} or said.mentions:
        return None
    span = before(said.last.span, _unit(match, said.last.span), said.today)
    if said.last.name in ("holdings", "exposure"):
        at = said.last.day or said.today
        return replace(said.last, day=_first_of(_unit(match, None), at) - timedelta(days=1))
    return replace(said.last, span=span)


def shifted(said: Said) -> Intent | None:
    """Return the book that is asked for again, so much later or earlier than the one just shown."""
    match = _SHIFTED.match(said.words.text)
    if match is None or said.last.name not in ("holdings", "exposure"):
        return None
    days = (count_of(match["n"]) or 1) * DAYS_OF[match["unit"]]
    forth = match["way"] in ("later", "after")
    day = (said.last.day or said.today) + timedelta(days=days if forth else -days)
    return replace(said.last, day=min(day, said.today), span=None)


def _unit(match: re.Match[str], span: Span | None) -> PeriodUnit:
    named = match["unit"] or match["unit2"]
    units: dict[str, PeriodUnit] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
    if named in units:
        return units[named]
    if span is not None and span.sessions in NAMED_SPANS.values():
        spoken = next(name for name, sessions in NAMED_SPANS.items() if sessions == span.sessions)
        return units.get(spoken, "week")
    if span is not None and span.first and span.last:
        days = (span.last - span.first).days
        return "week" if days <= 7 else "month" if days <= 31 else "quarter" if days <= 92 else "year"
    return "month"


def before(span: Span | None, unit: PeriodUnit, today: date) -> Span:
    """Return the calendar period before a span's first day, or before today's where it has none."""
    at = span.first if span is not None and span.first is not None else today
    last = _first_of(unit, at) - timedelta(days=1)
    return between(_first_of(unit, last), last)


def _first_of(unit: PeriodUnit, day: date) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1) if unit == "quarter" else date(day.year, 1, 1)
