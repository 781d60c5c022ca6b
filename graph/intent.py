"""What a question asks for, as a value: the answer of the offline router."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tools.periods import PeriodUnit
from tools.spans import Span

IntentName = Literal[
    "holdings",
    "difference",
    "closes",
    "schema",
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
    "exposure",
    "drawdowns",
    "compare",
    "attribution",
    "patterns",
    "search",
    "record",
    "sql",
    "candles",
    "correlation",
    "calibration",
    "watchlist",
    "alerts",
    "jobs",
    "evals",
    "forecasters",
    "forecasters_compared",
    "volatility",
    "regime",
    "pairs",
    "discovery",
    "pickers",
    "shadows",
    "shadow_day",
    "sentiment",
    "watch",
    "unwatch",
    "close",
    "keep",
    "cycle",
    "evaluate",
    "stop_evaluation",
    "promote_forecaster",
    "roll_back_forecaster",
    "bakeoff",
    "help",
    "thanks",
    "unknown",
]
Aspect = Literal["any", "bought", "sold", "skipped"]
Extreme = Literal["", "largest", "smallest", "best", "worst"]

Dimension = Literal["", "ticker", "sector", "role", "forecaster", "bucket"]
Pattern = Literal["", "concerns", "confidence", "holding_period", "regime", "weekday", "agreement", "clamps"]
Only = Literal["", "losers", "winners"]

CONTROL: frozenset[IntentName] = frozenset(
    {
        "advance",
        "pause",
        "resume",
        "kill",
        "deposit",
        "withdraw",
        "watch",
        "unwatch",
        "close",
        "keep",
        "cycle",
        "evaluate",
        "stop_evaluation",
        "promote_forecaster",
        "roll_back_forecaster",
    }
)
"""Intents that ask to change something."""
TICKER_TOPICS: frozenset[IntentName] = frozenset(
    {"ticker", "why", "forecast", "similar", "candles", "sentiment", "volatility"}
)
"""Intents that are about one name, so that "and Microsoft?" continues them."""
AT_ONCE = 5
"""Sessions that the owner's own words start without a further click; an advance cannot be undone."""
ALL_UNPLAYED = 0
"""`Intent.sessions` of "to the end"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing a question may mean: how it is offered, and the question that asks for it plainly."""

    label: str
    ask: str


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
    """How far to advance, `ALL_UNPLAYED` to the end. Of a forecast of risk or a forecaster, its horizon."""
    amount: Decimal | None = None
    """What is to be brought in or taken out, USD; of a close, the part of the position, at most 1."""
    dimension: Dimension = ""
    """What a whole is to be split by."""
    pattern: Pattern = ""
    only: Only = ""
    """The half of a list of results that is asked for."""
    against: str = ""
    """The ticker that the desk, or the ticker, is compared with."""
    tickers: tuple[str, ...] = ()
    """Every name that is meant, where several may be."""
    about: tuple[str, ...] = ()
    """Datasets or roles of a bakeoff, none for all; the two forecasters that are compared; who is to lead."""
    trials: int | None = None
    """How often a bakeoff asks each case."""
    text: str = ""
    """What is searched for, the question or SQL as it was typed, or why a forecaster is to lead."""
    role: str = ""
    """Whose words are searched."""
    kind: str = ""
    """The kind of records that is searched: news, lesson, event, decision or rationale."""
    record: str = ""
    """The id of a record that is to be shown."""
    command_id: str | None = None
    problem: str | None = None
    """Why the question cannot be answered as asked."""
    choices: tuple[Choice, ...] = ()
    """What the question may mean, where one short question has to settle it."""
    guessed: bool = False
    """Whether an order was read by likeness, so that nothing begins without a click, however short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """What a thread last spoke of, so that "and Microsoft?" and "why?" are understood; plain and small."""

    intent: IntentName | None = None
    ticker: str | None = None
    span: Span | None = None
    day: date | None = None
    last: Intent | None = None
    """The last question that was answered, whose slots a follow-up changes."""
    choices: tuple[Choice, ...] = ()
    """What the desk has just asked the owner to choose between."""
    advanced: bool = False
    """Whether sessions have just been played, so that "another one" plays on."""
    ordered: IntentName | None = None
    """What was ordered just now, so that "what would that change?" is understood."""
    listed: tuple[str, ...] = ()
    """The tickers or records of the last list that was shown, in its order."""
