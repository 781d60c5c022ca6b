"""Misspelled words brought to those that the examples use, before a question is compared with them."""

import re
from functools import cache

from graph.examples import EXAMPLES
from graph.wording import EVERYDAY, SHORTHAND, one_slip
from tools.directory import GRAMMAR

_WORD = re.compile(r"[a-z][a-z'’]*[a-z]|[a-z]")
SHORTEST = 4
"""Shorter words are left as they are: too many others are one letter away."""
TWO_SLIPS = 8
"""Words so long may have two wrong letters."""


@cache
def known_words() -> dict[str, int]:
    """Return every word of the examples and how often it stands there."""
    counts: dict[str, int] = {}
    for texts in EXAMPLES.values():
        for word in _WORD.findall(" ".join(texts)):
            counts[word] = counts.get(word, 0) + 1
    return counts


def is_known(word: str) -> bool:
    """Tell whether a small word is an ordinary one of such questions."""
    return word in known_words() or word in EVERYDAY or word in GRAMMAR


def respelled(text: str) -> str:
    """Return a small-letter text with its shorthand written out and its slips mended."""
    return _WORD.sub(lambda match: _mended(match[0]), text)


@cache
def _begun_with() -> dict[str, list[str]]:
    begun: dict[str, list[str]] = {}
    for word in sorted(known_words(), key=lambda each: -known_words()[each]):
        if len(word) >= SHORTEST:
            begun.setdefault(word[0], []).append(word)
    return begun


def _mended(word: str) -> str:
    if word in SHORTHAND:
        return SHORTHAND[word]
    if len(word) < SHORTEST or is_known(word):
        return word
    near = _begun_with().get(word[0], [])
    once = next((known for known in near if one_slip(word, known)), None)
    if once is not None or len(word) < TWO_SLIPS:
        return once or word
    return next((known for known in near if len(known) >= TWO_SLIPS - 1 and _two_slips(word, known)), word)


def _two_slips(word: str, known: str) -> bool:
    """Tell whether two single slips, one after the other, separate two words."""
    if abs(len(word) - len(known)) > 2:
        return False
    before = list(range(len(known) + 1))
    for at, letter in enumerate(word, 1):
        row = [at]
        for other, seen in enumerate(known, 1):
            row.append(min(before[other] + 1, row[-1] + 1, before[other - 1] + (letter != seen)))
        before = row
    return before[-1] <= 2
