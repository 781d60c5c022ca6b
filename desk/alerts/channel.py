"""A way to reach the owner: takes a message, and says what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from db.outbox import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One alert, or several in one."""

    message_id: str
    """A pure function of the alerts it holds."""
    alerts: Sequence[Alert]
    """Oldest first, at least one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken it."""

    answer: str


@dataclass(frozen=True, slots=True)
class Later:
    """It could not be taken now; nothing is wrong with the message."""

    answer: str
    seconds: float = 0.0
    """How long the other side asked to be left alone; 0 when it did not say."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not taken, now or later."""

    answer: str
    closed: bool = False
    """The channel itself is gone or locked: what waits is not tried on it at once."""


Outcome = Sent | Later | Refused


class Channel(Protocol):
    """One way to the owner; safe to use from one thread."""

    @property
    def name(self) -> str:
        """One of `CHANNELS` of the rules."""
        ...

    def deliver(self, message: Message) -> Outcome:
        """Send a message; never raises for what happens on the way."""
        ...
