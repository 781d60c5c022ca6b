"""What a conversation asks of the running desk: where it stands, and to play on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

from graph.chat_events import ChatEvent

OnEvent = Callable[[ChatEvent], None]
"""Told of every step as it happens; may be called from any thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStatus:
    """Where the desk stands."""

    mode: Literal["replay", "live"]
    session: date
    """The session its clock stands at."""
    next_session: date | None
    unplayed: int | None
    """Sessions the replay can still advance over; None on the real clock."""
    provider: str
    """Who speaks for the committee, for example "offline rules, no LLM"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedSession:
    """What one session of an advance brought."""

    session: date
    status: str
    """decided, held or halted."""
    equity: Decimal
    return_fraction: float | None
    benchmark_return: float | None
    fills: int
    """Fills at this session's open."""
    orders: int
    """Orders decided on its close."""
    cause: str = ""
    """Why a session was held or halted; empty when it was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceSummary:
    """What an advance brought, session by session."""

    played: tuple[PlayedSession, ...]
    unplayed: int
    stopped: str = ""
    """Why fewer sessions were played than asked for; empty when all were."""


class DeskControl(Protocol):
    """The desk, as far as a conversation may move it."""

    async def advance(self, sessions: int, on_event: OnEvent) -> AdvanceSummary:
        """Play up to `sessions` sessions and report each step; cancelling stops between two steps.

        Every session opens a step of kind "cycle" and, under it, one of kind "role" for each role; a
        `Progress` tells how many sessions are done. Raises a `DeskError` when it cannot begin.
        """
        ...

    def status(self) -> DeskStatus:
        """Return where the desk stands now."""
        ...
