"""What the web face needs of a running desk: its conversation, its state, its health and two hooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from desk.chat.conversation import Conversation
from fund.market.refusal import Refusal
from tools.breaker import BreakerStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthItem:
    """One thing that must work, and whether it does."""

    name: str
    ok: bool
    detail: str = ""
    vital: bool = True
    """Whether a desk that lacks it is to be started again; who is told of what is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure of a metric."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""
    """Of a histogram or a summary: _bucket, _sum or _count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Figures of one meaning, as Prometheus has them; none where nothing is known."""

    name: str
    help: str
    kind: Literal["counter", "gauge", "histogram", "summary"]
    value: float | None = None
    """The only figure, where it has no labels."""
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """What the book has earned since its start, beside its benchmark over the same sessions."""

    return_fraction: float
    benchmark: str
    benchmark_fraction: float | None
    sessions: int
    equity: tuple[float, ...]
    """What the first close's equity came to at each close, net of deposits since, USD, oldest first."""
    benchmark_equity: tuple[float, ...] = ()
    """The benchmark bought with the same money on the same day; empty when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """The desk in figures. What is not known is None and is shown as unknown."""

    mode: Literal["replay", "live"]
    session: date | None
    next_session: date | None
    unplayed_sessions: int | None
    equity: Decimal | None
    cash: Decimal | None
    positions: int
    trading: Literal["running", "reducing", "paused", "halted"]
    provider: str
    """Who thinks, as shown to the owner: "offline rules, no LLM" or an LLM's name."""
    record: TrackRecord | None
    health: tuple[HealthItem, ...]
    decides_at: datetime | None = None
    """When the next session is decided on the real clock; None in a replay."""
    waits_for: str = ""
    """What the next session waits for on the real clock."""
    breaker: BreakerStanding | None = None
    """The circuit breaker with every level for a resume; None where it could not be read."""
    refused: tuple[Refusal, ...] = ()
    """What was refused in the last session, and is in no book."""


class DeskFace(Protocol):
    """A desk as the web server sees it."""

    @property
    def conversation(self) -> Conversation:
        """Return the conversation the chat page speaks with."""
        ...

    @property
    def mode(self) -> Literal["replay", "live"]:
        """Return the mode, which may be said to anybody."""
        ...

    def status(self) -> StatusPage:
        """Read the desk's figures; may block."""
        ...

    def health(self) -> Sequence[HealthItem]:
        """Check what must work; may block, and must not raise."""
        ...

    def readiness(self) -> Sequence[HealthItem]:
        """Check what must be there before work is given to it; may block, must not raise.

        A detail is said to anybody: it names no place and no figure.
        """
        ...

    def metrics(self) -> Sequence[Metric]:
        """Return the desk's counters; may block."""
        ...

    async def stop(self) -> None:
        """Release everything; called once after the last request."""
        ...
