"""Reads headlines by a list of words: knows negation and what moves, and nothing of the world."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fund.news.lexicon_words import (
    ASIDE,
    BETTER_LOW,
    BUT,
    DOWN,
    LESS,
    MONEY,
    MORE,
    NEGATIONS,
    SAYING,
    UP,
    VERSION,
)
from fund.news.sentiment import Sentiment
from fund.news.wording import plain_text

NEAR = 3
"""Words within which a negation or a measure reaches an expression, and a movement what moves."""
TURNED = -0.7
"""A negated expression says the contrary, less firmly."""
SPREAD = 0.5
"""A sum of weights s gives the score s / sqrt(s^2 + SPREAD), as in VADER (Hutto and Gilbert 2014)."""
QUESTION = 0.2
_TOKEN = re.compile(r"[^\W_]+(?:['&.-][^\W_]+)*|[,;:?]")
_PUNCTUATION = frozenset(",;:?")
_UNEXPECTED = re.compile(
    r"(?:more|better|faster|less) (?:\w+ ){0,2}than (?:expected|forecast|feared|estimated)"
)
_EXPRESSIONS: Mapping[tuple[str, ...], tuple[str, float]] = {
    **{words: ("up", weight) for words, weight in UP.items()},
    **{words: ("down", -weight) for words, weight in DOWN.items()},
    **{words: ("saying", weight) for words, weight in SAYING.items()},
}
_LONGEST = max(map(len, _EXPRESSIONS))


@dataclass(frozen=True, slots=True)
class _Sign:
    """An expression that was found, from one word to the next after it."""

    start: int
    end: int
    kind: str
    weight: float


class LexiconScorer:
    """Adds up what a headline's expressions are worth; one without any is neutral with no confidence.

    It reads no sarcasm, no numbers and no context: of two headlines on one event it may see one side. It
    costs nothing and gives the same answer for ever, which is why it is the baseline of the others.
    """

    name = f"lexicon/{VERSION}"

    def score(self, texts: Sequence[str]) -> tuple[Sentiment | None, ...]:
        """Return one sentiment for each text; None for one without a word."""
        return tuple(_read(text) for text in texts)


def _read(text: str) -> Sentiment | None:
    tokens = _TOKEN.findall(plain_text(text))
    if not any(token not in _PUNCTUATION for token in tokens):
        return None
    signs = list(_signs(tokens))
    total = sum(_worth(sign, tokens, signs) for sign in signs)
    score = total / math.sqrt(total * total + SPREAD)
    if tokens[-1] == "?":
        score *= QUESTION
    n = sum(1 for sign in signs if sign.weight)
    return Sentiment(score=score, confidence=abs(score) * n / (n + 1), n=n)


def _signs(tokens: list[str]) -> Iterator[_Sign]:
    """Yield the expressions found, the longest first at each place."""
    at = 0
    while at < len(tokens):
        for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
            found = _EXPRESSIONS.get(tuple(tokens[at : at + size]))
            if found is not None:
                yield _Sign(at, at + size, *found)
                at += size
                break
        else:
            at += 1


def _worth(sign: _Sign, tokens: list[str], signs: Sequence[_Sign]) -> float:
    """Return what an expression is worth where it stands."""
    worth = sign.weight
    if sign.kind == "saying":
        if _is_moved(sign, tokens, signs):
            return 0.0
    elif _is_of_money(sign, tokens):
        return 0.0
    elif _moved(sign, tokens) is not None:
        worth = -worth
    before = _before(sign, tokens)
    if not NEGATIONS.isdisjoint(before):
        worth *= TURNED
    around = {*before, *tokens[sign.end : sign.end + 2]}
    if not MORE.isdisjoint(around - {tokens[sign.start]}) or _UNEXPECTED.search(" ".join(tokens[sign.end :])):
        worth *= 1.3
    if not LESS.isdisjoint(around):
        worth *= 0.6
    return worth * _standing(sign, tokens)


def _before(sign: _Sign, tokens: list[str]) -> list[str]:
    """Return the words just before an expression, within its part of the sentence."""
    before: list[str] = []
    for token in reversed(tokens[max(0, sign.start - NEAR) : sign.start]):
        if token in _PUNCTUATION or token in BUT:
            break
        before.append(token)
    return before


def _moved(sign: _Sign, tokens: list[str]) -> int | None:
    """Return where the thing stands that is better low and moves by this sign, None where it is another."""
    after = range(sign.end, min(len(tokens), sign.end + NEAR))
    before = range(sign.start - 1, max(-1, sign.start - 1 - NEAR), -1)
    for places in (before, after):
        for at in places:
            if tokens[at] in _PUNCTUATION or tokens[at] in ("as", "on", "after", "amid", "and"):
                break
            if tokens[at] in BETTER_LOW and (tokens[at] != "loans" or tokens[at - 1] == "bad"):
                return at
    return None


def _is_of_money(sign: _Sign, tokens: list[str]) -> bool:
    """Tell whether what is "raised" is money from investors: that moves nothing."""
    raised = tokens[sign.start] in ("raise", "raises", "raised", "raising")
    return raised and not MONEY.isdisjoint(tokens[sign.end : sign.end + 2 * NEAR])


def _is_moved(sign: _Sign, tokens: list[str], signs: Sequence[_Sign]) -> bool:
    """Tell whether an expression is only what another sign says the movement of: "loss" in "loss narrows"."""
    places = range(sign.start, sign.end)
    return any(other.kind != "saying" and _moved(other, tokens) in places for other in signs)


def _standing(sign: _Sign, tokens: list[str]) -> float:
    """Return what is left of an expression by the clause it stands in."""
    if not BUT.isdisjoint(tokens[sign.end :]):
        return 0.4
    for at in range(sign.start - 1, -1, -1):
        if tokens[at] == ",":
            break
        if tokens[at] in ASIDE:
            return 0.3
    return 1.0
