"""Which of the names spotted in a question are meant as names."""

import re

from graph.topics.topic import TRADED, Words
from graph.words.wording import SHORTHAND
from tools.directory import Mention
from tools.vocabulary import word_set

_VALUE_AT_RISK = re.compile(
    r"\bVaR\b|(?i:\b(?:our|the|portfolio|book|daily|current) (?:portfolio |daily |current )?var\b)"
    r"|(?i:^(?:and )?var(?: now| today| please)*\s*\??$)"
    r"|(?i:\bvar (?:limit|of the (?:book|portfolio)|and cvar)\b)"
)


def without_risk(mentions: tuple[Mention, ...], text: str) -> tuple[Mention, ...]:
    """Leave out a ticker that is spelled as a span or as value at risk, where the question is on ours."""
    mentions = tuple(m for m in mentions if m.words not in _SHORT_SPANS and m.words not in SHORTHAND)
    if _VALUE_AT_RISK.search(text) is None:
        return mentions
    return tuple(m for m in mentions if m.instrument.ticker != "VAR")


def without_benchmark(mentions: tuple[Mention, ...], words: Words) -> tuple[Mention, ...]:
    """Leave out a fund that is only what the desk is compared with."""
    compared = words.any("we", "us", "our", "versus", "against", "compare", "compared", "beat", "you")
    if compared and not words.any(*TRADED):
        return tuple(m for m in mentions if m.instrument.asset_class != "etf")
    return mentions


_SHORT_SPANS = word_set("wtd mtd qtd ytd")
