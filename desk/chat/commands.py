"""The twenty commonest things to ask, as words after a slash: each stands for a plain question."""

from collections.abc import Mapping
from dataclasses import dataclass

from chainlit.types import CommandDict

from desk.chat.conversation import Starter


@dataclass(frozen=True, slots=True, kw_only=True)
class SlashCommand:
    """A word after a slash and the question it stands for."""

    word: str
    description: str
    icon: str
    """Name of a Lucide icon, which the page carries."""
    question: str
    """Asked when nothing follows the word."""
    about: str = ""
    """Asked when something does, which takes the place of the braces; empty to ask `question` with it."""


COMMANDS = (
    SlashCommand(
        word="holdings",
        description="What is held, and how it stands",
        icon="briefcase",
        question="What do we hold?",
    ),
    SlashCommand(
        word="performance",
        description="Return, drawdown and the benchmark: /performance last month",
        icon="trending-up",
        question="How are we doing?",
        about="How did we do {}?",
    ),
    SlashCommand(
        word="why",
        description="Why a name was bought, skipped or sold: /why AAPL",
        icon="circle-help",
        question="What did you decide last session?",
        about="Why {}?",
    ),
    SlashCommand(
        word="advance",
        description="Play the next sessions: /advance 5",
        icon="play",
        question="Run the next session",
        about="Advance {} sessions",
    ),
    SlashCommand(
        word="pause",
        description="Stop planning orders, after your click",
        icon="pause",
        question="Pause trading",
    ),
    SlashCommand(
        word="resume",
        description="Trade again, after your click",
        icon="step-forward",
        question="Resume trading",
    ),
    SlashCommand(
        word="sql",
        description="Ask the records in SQL or in words: /sql fills by ticker",
        icon="database",
        question="What can I ask in SQL?",
        about="SQL: {}",
    ),
    SlashCommand(
        word="search",
        description="Search events, decisions, news and lessons: /search stop loss",
        icon="search",
        question="What can I search for?",
        about="Search the records for {}",
    ),
    SlashCommand(
        word="limits",
        description="The mandate's limits and what is used",
        icon="ruler",
        question="How much of our limits is used?",
    ),
    SlashCommand(
        word="risk",
        description="Exposure, concentration, drawdown",
        icon="shield",
        question="How risky is the book?",
    ),
    SlashCommand(
        word="trades",
        description="What was bought and sold: /trades last week",
        icon="arrow-left-right",
        question="What did we trade?",
        about="What did we trade {}?",
    ),
    SlashCommand(
        word="forecasts",
        description="Best forecasts, or one name's: /forecasts MSFT",
        icon="telescope",
        question="What are the best forecasts?",
        about="What is the forecast for {}?",
    ),
    SlashCommand(
        word="market", description="Benchmark, breadth, macro", icon="globe", question="How is the market?"
    ),
    SlashCommand(
        word="status",
        description="Clock, mode, who decides",
        icon="activity",
        question="What is the desk's status?",
    ),
    SlashCommand(
        word="breaker",
        description="The circuit breaker and why it stands so",
        icon="zap",
        question="How does the breaker stand?",
    ),
    SlashCommand(
        word="stress",
        description="What a shock would cost: /stress -20%",
        icon="cloud-lightning",
        question="Stress test the book",
        about="What if the market moves {}?",
    ),
    SlashCommand(
        word="attribution",
        description="Where the result came from: /attribution by sector",
        icon="pie-chart",
        question="Where did our return come from?",
        about="Attribution {}",
    ),
    SlashCommand(
        word="patterns",
        description="What has predicted gains and losses",
        icon="scan-search",
        question="Which concerns of the validator predicted losses?",
        about="Patterns: {}",
    ),
    SlashCommand(
        word="chart",
        description="Candles with entries and exits: /chart AAPL",
        icon="chart-candlestick",
        question="Show the equity chart",
        about="Show the chart of {}",
    ),
    SlashCommand(
        word="watchlist",
        description="Watched names; /watchlist add NVDA",
        icon="eye",
        question="What is on the watchlist?",
        about="Watchlist: {}",
    ),
    SlashCommand(
        word="export",
        description="This conversation as Markdown and JSON",
        icon="download",
        question="/export",
    ),
    SlashCommand(word="help", description="What can be asked", icon="life-buoy", question="What can you do?"),
)

_BY_WORD: Mapping[str, SlashCommand] = {command.word: command for command in COMMANDS}
EXPORT = "/export"


def question_of(text: str, command: str | None = None) -> str:
    """Return the plain question behind a slash command, chosen on the page or typed out; others as they are.

    A word after a slash that is none is a question like any, without its slash.
    """
    word, rest = command, text
    if word is None and text.startswith("/"):
        word, _, rest = text[1:].partition(" ")
    found = _BY_WORD.get((word or "").lower())
    if found is None:
        return text.removeprefix("/").strip() or text if text.startswith("/") else text
    rest = " ".join(rest.split())
    if not rest:
        return found.question
    return found.about.replace("{}", rest) if found.about else f"{found.question} {rest}"


def command_dicts() -> list[CommandDict]:
    """Return the commands as the page lists them."""
    return [
        CommandDict(
            id=command.word,
            description=command.description,
            icon=command.icon,
            button=False,
            persistent=False,
            selected=False,
        )
        for command in COMMANDS
    ]


def starter_icon(starter: Starter) -> str:
    """Return the address of the picture beside a starter, by what it asks."""
    asked = starter.message.lower()
    name = next((icon for word, icon in _STARTER_ICONS.items() if word in asked), "ask")
    return f"/public/icons/{name}.svg"


_STARTER_ICONS = {
    "hold": "book",
    "how are we": "results",
    "decide": "decision",
    "market": "market",
    "risk": "risk",
    "limit": "risk",
    "stress": "stress",
    "pause": "pause",
    "run ": "play",
    "advance": "play",
    "what can": "ask",
}
"""Words of a question, and the picture they get."""
