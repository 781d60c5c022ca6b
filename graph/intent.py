"""What a question asks for, as a value: the answer of the offline router."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tools.spans import Span

IntentName = Literal[
    "holdings",
    "performance",
    "why",
    "advance",
    "pause",
    "resume",
    "confirm",
    "decline",
    "status",
    "forecast",
    "similar",
    "market",
    "limits",
    "trades",
    "help",
    "unknown",
]
Aspect = Literal["any", "bought", "sold", "skipped"]

CONTROL: frozenset[IntentName] = frozenset({"advance", "pause", "resume"})
"""Intents that ask to change something; each only ever opens a ticket."""
ALL_UNPLAYED = 0
"""`Intent.sessions` of "to the end"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One question understood: what is asked, of which ticker, over which time."""

    name: IntentName
    ticker: str | None = None
    asked_name: str | None = None
    """A name that no instrument bears; the answer offers the nearest."""
    guessed_from: str | None = None
    """The misspelled word the ticker was guessed from."""
    day: date | None = None
    span: Span | None = None
    aspect: Aspect = "any"
    sessions: int | None = None
    """How far to advance; `ALL_UNPLAYED` is to the end."""
    command_id: str | None = None
    problem: str | None = None
    """Why the question cannot be answered as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """What a thread last spoke of, so that "and Microsoft?" and "why?" are understood."""

    intent: IntentName | None = None
    ticker: str | None = None
    span: Span | None = None
    day: date | None = None
