"""What the chat page is connected to in this process: a conversation, a gate and a history."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.chat.conversation import Conversation
from desk.owner import OwnerGate
from desk.web.pace import Pace
from fund.errors import ConfigError

if TYPE_CHECKING:
    from desk.chat.history import ChatHistory
    from desk.chat.runs import Runs
    from desk.chat.ticket_watch import TicketWatch


def _without_role(_name: str) -> str | None:
    return None


def _no_runs() -> "Runs":
    from desk.chat.runs import Runs

    return Runs()


def _no_tickets() -> "TicketWatch":
    from desk.chat.ticket_watch import TicketWatch

    return TicketWatch()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSeat:
    """Everything the chat page may reach of the desk."""

    conversation: Conversation
    gate: OwnerGate
    history: "ChatHistory"
    pace: Pace = field(default_factory=Pace)
    """How fast a user may ask: `pace.take(user)` before each question."""
    runs: "Runs" = field(default_factory=_no_runs)
    tickets: "TicketWatch" = field(default_factory=_no_tickets)
    role: Callable[[str], str | None] = _without_role
    """The role of a user by name, from the accounts; blocks."""


_seats: list[ChatSeat] = []


def connect(seat: ChatSeat) -> None:
    """Connect the chat page; the page is loaded by path and has no other way to its desk."""
    _seats[:] = [seat]


def connected() -> ChatSeat:
    """Return what the page is connected to.

    Raises:
        ConfigError: nothing is; the page was started without the desk's server.
    """
    if not _seats:
        raise ConfigError("expected a running desk behind the chat page, found none; start it with `desk up`")
    return _seats[0]
