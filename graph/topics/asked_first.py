"""The one figure of the book, or the one voice, that a question asks for: what its answer begins with."""

import re
from dataclasses import replace

from graph.intent import Intent, IntentName
from graph.topics.records import role_in

_BOOK: tuple[tuple[str, IntentName, re.Pattern[str]], ...] = (
    (
        "stops",
        "exposure",
        re.compile(
            r"^stops\b|\b(?:our|my|the|any|open|all|are) stops\b|\bstop(?:[- ]loss(?:es)?| levels?)\b"
            r"|\b(?:be|been|get) stopped out\b"
        ),
    ),
    ("profit", "exposure", re.compile(r"\b(?:un)?reali[sz]ed\b")),
    ("orders", "holdings", re.compile(r"\borders?\b")),
    ("cash", "holdings", re.compile(r"\bcash\b")),
    ("invested", "holdings", re.compile(r"\binvested\b")),
    (
        "equity",
        "holdings",
        re.compile(r"\b(?:we|account|fund|book|portfolio) (?:is )?worth\b|\bour (?:total )?equity\b|\baum\b"),
    ),
)
_MAY_BE_ASKED: frozenset[IntentName] = frozenset({"holdings", "exposure", "performance", "unknown"})
_SPEAKING = re.compile(
    r"\b(?:say|said|says|think|thinks|thought|write|wrote|object|objected|objection|view)\b"
)
_WHOLE = re.compile(r"\bwhy\b|\band why\b|\bequity (?:curve|chart)\b|\bif\b")


def with_what_is_asked(intent: Intent, text: str) -> Intent:
    """Return an intent with the figure or the role that its answer is to begin with.

    Args:
        intent: The question as it was understood.
        text: Its words in lower case, as they were typed and corrected.
    """
    if intent.problem is not None or intent.choices:
        return intent
    if intent.name == "why" and intent.ticker is not None and _SPEAKING.search(text):
        return replace(intent, role=role_in(text))
    if intent.name not in _MAY_BE_ASKED or intent.ticker is not None or intent.asked_name is not None:
        return intent
    if intent.statistic or intent.only or _WHOLE.search(text):
        return intent
    for asked, name, said in _BOOK:
        if said.search(text) is None:
            continue
        if intent.name in ("performance", "unknown") and (intent.span is not None or asked == "orders"):
            return intent
        kept = intent.name if intent.name in ("holdings", "exposure") and name != "exposure" else name
        return Intent(
            name=kept, day=intent.day, note=intent.note, dimension=intent.dimension, statistic=asked
        )
    return intent
