"""The heads of the desk's three hash chains: with them, everything recorded before is pinned (INV-18)."""

from dataclasses import dataclass

from sqlalchemy import Connection

from db.decisions import Decisions
from db.events import Events
from db.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHeads:
    """The hash of the last row of each chain; `GENESIS` where there is none yet."""

    journal: str
    decisions: str
    events: str

    @property
    def plain(self) -> dict[str, str]:
        """Return them as an event's data names them, under the key `heads`."""
        return {"journal": self.journal, "decisions": self.decisions, "events": self.events}


def chain_heads(connection: Connection) -> ChainHeads:
    """Return the heads as this transaction sees them."""
    return ChainHeads(
        journal=Ledger(connection).head(),
        decisions=Decisions(connection).head(),
        events=Events(connection).head(),
    )
