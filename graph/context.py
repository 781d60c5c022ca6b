"""What a committee run is given and does not own: evidence, the way to ask a role, who watches."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.brief import Evidence
from graph.chat_events import StepFinished, StepStarted

Watcher = Callable[[StepStarted | StepFinished], None]
Reader = Callable[[str], None]
"""Told a role's brief at the moment it is sent."""


def nobody(event: StepStarted | StepFinished) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTurn:
    """What came of asking a role once: its answer as JSON, or why it was silent."""

    answer: dict[str, Any] | None
    silent: str | None
    brief: str
    speaker: str
    """Who answered, as it is to be shown: "offline rules, no LLM" or the name of an LLM."""
    notes: tuple[str, ...] = ()
    call_ids: tuple[str, ...] = ()
    tokens: int | None = None
    """What was read and written for it; None where no LLM was asked."""


brief_reader: ContextVar[Reader | None] = ContextVar("brief_reader", default=None)
"""Who reads along while a role is asked, for the length of one question; a replay has nobody."""


class AskRole(Protocol):
    """Asks one role; never raises for anything an LLM does."""

    def __call__(self, role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> Awaitable[RoleTurn]:
        """Return the role's answer to the evidence and to the earlier answers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeContext:
    """One run's surroundings; rebuilt from the same facts when a run is resumed."""

    cycle_id: str
    evidence: Evidence
    ask: AskRole
    watch: Watcher = field(default=nobody)
