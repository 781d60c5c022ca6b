"""The heads of the desk's three hash chains: with them, everything recorded before is pinned (INV-18)."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.chain import GENESIS
from db.decisions import Decisions
from db.events import Events
from db.tables import journal_transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHeads:
    """The hash of the last row of each chain; `GENESIS` where there is none yet."""

    journal: str
    decisions: str
    events: str


def chain_heads(connection: Connection) -> ChainHeads:
    """Return the heads as this transaction sees them."""
    last = select(journal_transactions.c.hash).order_by(journal_transactions.c.seq.desc()).limit(1)
    return ChainHeads(
        journal=connection.execute(last).scalar() or GENESIS,
        decisions=Decisions(connection).head(),
        events=Events(connection).head(),
    )
