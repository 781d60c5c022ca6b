"""One short question where the words leave two things open, and the answers to it that are understood."""

import re
from collections.abc import Sequence

from graph.intent import Choice, Intent
from graph.words.wording import words_of

MOST = 3
ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "last": -1,
}
_NUMBERED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_SAID_ALONGSIDE = frozenset(
    [
        "the",
        "a",
        "one",
        "option",
        "number",
        "please",
        "i",
        "mean",
        "meant",
        "that",
        "this",
        "of",
        "by",
        "it",
        "to",
        "take",
        "choose",
        "i'd",
        "like",
        "would",
        "want",
    ]
)
_NEITHER = frozenset(("neither", "none", "nothing", "cancel", "forget"))


def which_of(choices: Sequence[Choice]) -> Intent:
    """Return the intent that puts the choices to the owner in one question."""
    return Intent(name="unknown", choices=tuple(choices[:MOST]))


def asked_back(choices: Sequence[Choice]) -> str:
    """Return the one short question that offers the choices."""
    offered = [f"{at}. {choice.label}" for at, choice in enumerate(choices, 1)]
    return f"Do you mean {'; or '.join(offered)}?"


def ordinal_of(words: Sequence[str]) -> int | None:
    """Return the place a few words point at, counted from 1, the last as -1; None for other words."""
    left = [word for word in words if word not in _SAID_ALONGSIDE and word not in "?.!"]
    if len(left) != 1:
        return None
    if left[0] in ORDINALS:
        return ORDINALS[left[0]]
    match = _NUMBERED.fullmatch(left[0])
    return int(match[1]) if match is not None else None


def chosen(text: str, choices: Sequence[Choice]) -> Choice | None:
    """Return the choice a reply picks, by its place or by words of it alone; None for any other sentence."""
    words = words_of(text, frozenset())
    place = ordinal_of(words)
    if place is not None:
        at = place - 1 if place > 0 else len(choices) + place
        return choices[at] if 0 <= at < len(choices) else None
    said = {word for word in words if word not in _SAID_ALONGSIDE and word not in "?.!"}
    if not said or len(words) > 8:
        return None
    labels = [set(words_of(f"{choice.label} {choice.ask}", frozenset())) for choice in choices]
    fits = [choice for choice, label in zip(choices, labels, strict=True) if said <= label]
    return fits[0] if len(fits) == 1 else None


def is_neither(text: str) -> bool:
    """Tell whether a reply turns every choice down."""
    words = words_of(text, frozenset())
    return 0 < len(words) <= 4 and any(word in _NEITHER for word in words)
