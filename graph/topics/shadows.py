"""Which questions are about the shadows: how they have done, or who would have done what."""

import re

from graph.intent import Intent
from graph.topics.records import Asked

_DEALT = r"(?:bought|buy|sold|sell|traded|trade|held|hold|done|do|decided|decide)"
_DAY = re.compile(
    rf"\bwho (?:else )?would (?:have )?{_DEALT} what\b"
    rf"|\b(?:what|which)\b.*\bwould\b.*\bshadows?\b.*\b{_DEALT}\b"
    rf"|\bwhat (?:did|do) (?:the |our )?shadows? (?:\w+ )?(?:decide|want|say|think|propose)\b"
)
_SHADOWS = re.compile(r"\bshadows?\b")


def shadow_asked(asked: Asked) -> Intent | None:
    """Return the question on the shadows that is asked, None for any other."""
    said = asked.words.text
    if _DAY.search(said) is not None:
        return Intent(name="shadow_day")
    return Intent(name="shadows") if _SHADOWS.search(said) is not None else None
