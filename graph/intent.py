"""What a question asks for, as a value: the answer of the offline router."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.control_words import AT_ONCE as AT_ONCE
from tools.periods import PeriodUnit
from tools.spans import Span

IntentName = Literal[
    "holdings",
    "ticker",
    "performance",
    "periods",
    "money",
    "deciders",
    "next",
    "skill",
    "income",
    "why",
    "advance",
    "pause",
    "resume",
    "kill",
    "deposit",
    "withdraw",
    "breaker",
    "confirm",
    "decline",
    "status",
    "forecast",
    "similar",
    "market",
    "limits",
    "cuts",
    "refused",
    "stress",
    "trades",
    "help",
    "thanks",
    "unknown",
]
Aspect = Literal["any", "bought", "sold", "skipped"]
Extreme = Literal["", "largest", "smallest", "best", "worst"]

CONTROL: frozenset[IntentName] = frozenset({"advance", "pause", "resume", "kill", "deposit", "withdraw"})
"""Intents that ask to change something."""
TICKER_TOPICS: frozenset[IntentName] = frozenset({"ticker", "why", "forecast", "similar"})
"""Intents that are about one name, so that "and Microsoft?" continues them."""
ALL_UNPLAYED = 0
"""`Intent.sessions` of "to the end"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One question understood: what is asked, of which ticker, over which time."""

    name: IntentName
    ticker: str | None = None
    asked_name: str | None = None
    """A name that no instrument bears; the answer offers the nearest."""
    note: str = ""
    """What was read into the question or left out of it, to be said before the answer."""
    day: date | None = None
    span: Span | None = None
    aspect: Aspect = "any"
    period: PeriodUnit | None = None
    """The calendar period that results are to be broken down by."""
    statistic: str = ""
    """The figure of a report that is asked for by name (a limit, a statistic); empty for the whole report."""
    extreme: Extreme = ""
    """The end of a ranking that is asked for: the name found there is what "that one" means next."""
    scenario: str = ""
    """The shock that is asked about; all for each of them."""
    market_percent: float = -10.0
    """How far the market moves in the shock "market-down"."""
    sessions: int | None = None
    """How far to advance; `ALL_UNPLAYED` is to the end."""
    amount: Decimal | None = None
    """What is to be brought in or taken out, USD."""
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
