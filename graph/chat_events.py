"""What a conversation sends to whoever shows it: a chat page, the CLI, a test."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TextToken:
    """A piece of the answer, to be appended as it comes. Markdown without HTML or images."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A piece of work begins; steps nest by parent_id."""

    step_id: str
    parent_id: str | None
    name: str
    kind: Literal["cycle", "role", "tool"]
    input: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A piece of work ended."""

    step_id: str
    output: str
    seconds: float
    failed: bool = False
    tokens: int | None = None
    """What an LLM read and wrote in it; None where none was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a long piece of work has come."""

    label: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A Plotly figure as plain JSON (data, layout)."""

    title: str
    figure: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows to be shown paged, and offered as CSV. Cells are display text or plain numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A record in a shape of its own, drawn by the page; `text` says the same in Markdown, for a terminal."""

    kind: Literal["decision"]
    title: str
    content: dict[str, object]
    """Plain JSON."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One tool call of an answer: what was asked, when, and as of which moment it is true."""

    tool: str
    arguments: str
    asked_at: datetime
    as_of: datetime | None
    """The desk's clock when it was asked; None where no clock applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the figures of this answer come from, in the order they were asked for; the last event of it."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A control action that waits for its owner's click; bound to a pending command on the server."""

    command_id: str
    description: str
    expires_at: datetime
    consequences: tuple[str, ...] = ()
    """Exactly what would happen, a line each: orders, limits, cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindDecision:
    """A decision that a person is to rate without knowing whose it is or how it ended."""

    row: str
    """An opaque name."""
    place: int
    """Of this decision on its sheet, from 1."""
    of: int
    situation: str
    decision: str
    reasons: str
    ratings: tuple[str, ...]
    """The words to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRated:
    """What its rater said of a decision that was shown blind; it waits no longer."""

    row: str
    place: int
    rating: str
    ratings: tuple[str, ...]
    """The words that could be chosen from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something went wrong; a sentence for the user and the id under which the log has the details."""

    text: str
    log_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """A question offered on an empty page."""

    label: str
    message: str


ChatEvent = (
    TextToken
    | StepStarted
    | StepFinished
    | Progress
    | Chart
    | Table
    | Card
    | Sources
    | Ticket
    | BlindDecision
    | DecisionRated
    | Failure
)
