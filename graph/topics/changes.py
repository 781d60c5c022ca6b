"""Questions on what changed in the book, which closes the owner has asked for, and what SQL can read."""

import re

from graph.intent import IntentName
from tools.vocabulary import word_set

CHANGE_WORDS = word_set(
    "changed change changes different difference differ entered closes requested columns column fields "
    "tables views schema table"
)
_BOOK = r"(?:book|portfolio|holdings?|positions?|weights?)"
_VIEWS = (
    r"(?:positions|orders|fills|closed[ _]trades|equity[ _]daily|decisions|signals|forecasts|reviews|events"
    r"|suggestions|llm[ _]calls|eval[ _]scores)"
)
_RULES: tuple[tuple[IntentName, str], ...] = (
    (
        "difference",
        rf"\bchange[sd]?\b.*\b(?:our|the|my|in|to|of) {_BOOK}\b"
        rf"|\b{_BOOK}\b.*\b(?:change[sd]?|differ\w*)\b"
        rf"|\bdifferen\w*\b.*\b{_BOOK}\b|\bnew in the {_BOOK}\b|\b{_BOOK} changes\b"
        rf"|\bcompare\b.*\b{_BOOK} (?:now|today)\b.*\b(?:with|to|and)\b"
        rf"|\b(?:entered|left|in and out of) the {_BOOK}\b|\bwhat (?:has )?changed (?:since|between)\b",
    ),
    (
        "closes",
        r"\b(?:requested|waiting|outstanding|pending|open|my|our|any) (?:closes|close requests?)\b"
        r"|\bwhich closes\b|\bclos(?:es|e requests?|ings?)\b.*\b(?:waiting|pending|requested|outstanding"
        r"|asked|open|stand)\b"
        r"|\b(?:asked|told|requested)\b.*\bto (?:close|be closed)\b|\bdid i (?:ask|tell you) to close\b"
        r"|\b(?:about|waiting|marked|going) (?:to be closed|for closing)\b|\bwill be closed\b",
    ),
    (
        "schema",
        r"\b(?:which|what|list|show|show me) (?:the |all |all the )?(?:columns|fields|tables|views)\b"
        r"|\b(?:show|show me) the schema\b|\b(?:columns|fields|schema) (?:of|in|does|do|are|has|have)\b"
        r"|\b(?:database|sql|db) schema\b"
        r"|\bwhat (?:can|could) (?:i|we|you|be) (?:query|queried|ask in sql|asked in sql)\b"
        rf"|\bdescribe (?:the )?(?:table |view )?{_VIEWS}\b|^schema\b|\bwhat is in the {_VIEWS} (?:table"
        r"|view)\b",
    ),
)


def change_topic_of(text: str) -> IntentName | None:
    """Return the topic of the plain words of a question, None for any other question."""
    return next((name for name, said in _RULES if re.search(said, text)), None)
