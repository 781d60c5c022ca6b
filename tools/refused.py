"""What was refused lately: it is in quarantine with its reason, and in no book."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from db.ledger import Ledger
from db.quarantine import Quarantine
from fund.market.refusal import Refusal

MOST, EARLIER = 200, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The refusals of the last session, and how many older ones are kept."""

    session: date | None
    """The last session that was played; None before the first."""
    refusals: tuple[Refusal, ...]
    earlier: tuple[Refusal, ...]
    """The last ones before that session, newest first."""


def refused_lately(connection: Connection) -> Refused:
    """Return the refusals of the last session, and a few of those before."""
    last = Ledger(connection).last_mark()
    session = last.session if last is not None else None
    kept = Quarantine(connection).latest(MOST)
    return Refused(
        session=session,
        refusals=tuple(each for each in kept if each.session == session),
        earlier=tuple(each for each in kept if each.session != session)[:EARLIER],
    )
