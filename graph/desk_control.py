"""What a conversation asks of the running desk: where it stands, and to play on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

from graph.chat_events import ChatEvent
from tools.bakeoffs import BakeoffEnd

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


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardName:
    """What a hearing came to for one name; weights as fractions of equity."""

    ticker: str
    held: Decimal
    wanted: Decimal | None
    """None where the committee would leave it as it is."""
    allowed: Decimal | None
    """What the limits would leave of that; None where it would be refused or nobody decided."""
    would: str
    """The order that would follow, such as "buy 12"; empty for none."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What the committee says now, of which nothing is ordered."""

    hearing_id: str
    session: date
    """The close it was taken on."""
    provider: str
    status: str
    """decided, held or halted."""
    cause: str
    """Why nothing was decided; empty where something was."""
    names: tuple[HeardName, ...]
    """Those it was asked about, or would trade."""


class DeskControl(Protocol):
    """The desk, as far as a conversation may move it."""

    async def advance(self, sessions: int, on_event: OnEvent) -> AdvanceSummary:
        """Play up to `sessions` sessions and report each step; cancelling stops between two steps.

        Every session opens a step of kind "cycle" and, under it, one of kind "role" for each role; a
        `Progress` tells how many sessions are done. Raises a `DeskError` when it cannot begin.
        """
        ...

    async def hear(self, hearing_id: str, tickers: Sequence[str], on_event: OnEvent) -> Hearing:
        """Let the committee speak on the last close about some names, none for the usual candidates.

        Nothing is ordered or decided. Opens steps as `advance` does; cancelling ends it before the next
        role is asked. Raises a `DeskError` when it cannot begin.
        """
        ...

    async def evaluate(self, command_id: str, on_event: OnEvent) -> BakeoffEnd:
        """Run the bakeoff of a confirmed command, or join it, and tell how far it is.

        Cancelling ends it after the answer at hand, unless the desk is ending: then it goes on with the next
        start. Raises a `DeskError` when it cannot begin, or cannot go on.
        """
        ...

    def bakeoff_of(self, thread_id: str) -> str | None:
        """Return the command of the bakeoff under way that was asked for in a thread, None without one."""
        ...

    def status(self) -> DeskStatus:
        """Return where the desk stands now."""
        ...
