"""A few words after an answer, and what was read in them."""

from dataclasses import dataclass
from datetime import date

from graph.intent import Focus, Intent, IntentName
from graph.topics.topic import Words
from tools.directory import Mention
from tools.spans import Span

OVER_TIME: frozenset[IntentName] = frozenset(
    {
        "performance",
        "trades",
        "periods",
        "compare",
        "attribution",
        "drawdowns",
        "patterns",
        "search",
        "candles",
    }
)
"""Intents that are about a span, so that "and last month?" changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A few words after an answer, and what was read in them."""

    words: Words
    mentions: tuple[Mention, ...]
    span: Span | None
    day: date | None
    today: date
    focus: Focus
    guess: Mention | None = None
    """The name that a misspelled word most likely is, where no name is spelled right."""

    @property
    def last(self) -> Intent:
        """Return the question they follow."""
        return self.focus.last or Intent(name=self.focus.intent or "unknown", ticker=self.focus.ticker)
