"""A proposal that may be delivered twice and is one command: its script did not hear the first answer."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from db.commands import Command
from fund.errors import QueryRefusedError

ASKED = "asked"
"""The argument that says what a command was asked for with, where it may be asked for twice."""
USED = "this Idempotency-Key was used for something else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What makes a proposal that is delivered twice one command."""

    command_id: str
    """A pure function of who asks and of the key that was given."""
    asked: str
    """A digest of what is asked for."""

    @classmethod
    def of(cls, user: str, key: str, asked: str) -> Self:
        """Return what ties a user's key to what was asked for with it."""
        digest = sha256(f"{len(user)}:{user}:{key}".encode()).hexdigest()
        return cls(command_id=f"cmd-{digest[:16]}", asked=sha256(asked.encode()).hexdigest()[:16])

    def same(self, known: Command) -> Command:
        """Return the command that is there; `QueryRefusedError` where it was asked for with other words."""
        if known.args.get(ASKED) != self.asked:
            raise QueryRefusedError(USED)
        return known
