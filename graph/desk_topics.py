"""Topics known by a phrase alone: the calendar's periods, whose money it is, who decides, what comes next."""

import re

from graph.topics import DEALS, TRADED, Words
from tools.periods import PeriodUnit
from tools.vocabulary import word_set

DESK_WORDS = word_set(
    "monthly yearly annual annually quarterly weekly calendar broker dividend dividends forecaster forecasters "
    "accurate accuracy reliable"
)
_UNITS: dict[str, PeriodUnit] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_ADVERBS: dict[str, PeriodUnit] = {
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
_PER_PERIOD = re.compile(
    r"\b(?:by|per|each|every|best|worst|which|calendar) (?:calendar )?(?P<unit>week|month|quarter|year)s?\b"
)


def period_of(words: Words) -> PeriodUnit | None:
    """Return the calendar period results are asked to be broken down by, None for any other question."""
    if words.any("why", "buy", "bought", "sold") or words.any(*(DEALS | (TRADED - {"hold", "own"}))):
        return None
    match = _PER_PERIOD.search(words.text)
    if match is not None:
        return _UNITS[match["unit"]]
    return next((unit for word, unit in _ADVERBS.items() if words.any(word)), None)
