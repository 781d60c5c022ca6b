"""Who leads a horizon, as far as control moves it: what would change, and the change itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from db.commands import Command
from db.promotions import Kind, Promotion


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would be put to use, as it is shown before it is confirmed."""

    version: str
    horizon_sessions: int
    previous: str | None
    """Who leads now."""
    consequences: tuple[str, ...]
    alarms: tuple[str, ...] = ()
    """Why its figures look too good to believe: only a written explanation lets it lead."""


class Leading(Protocol):
    """Promotions and rollbacks; nothing happens before `put_to_use`."""

    def promotion(self, version: str, explanation: str = "") -> Change:
        """Return what promoting a version would do.

        Refused (`QueryRefusedError`) for one that leads already, whose artifact is not whole, and, without a
        written explanation, one whose card looks too good to believe; `NoDataError` for one unknown.
        """
        ...

    def rollback(self, horizon_sessions: int) -> Change:
        """Return what taking the last promotion over a horizon back would do; refused where there is none."""
        ...

    def put_to_use(
        self,
        connection: Connection,
        change: Change,
        kind: Kind,
        *,
        command: Command,
        why: str,
        explanation: str,
        now: datetime,
    ) -> Promotion:
        """Let a version lead by a command that was just used up; the caller's transaction holds all of it.

        Refused where somebody else has changed who leads since it was shown.
        """
        ...
