"""When each feed was heard last, and what its last failure was: for every process to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from db.column_types import storable
from db.feed_tables import feed_states
from db.ledger_rows import aware


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How a feed stands: what health and metrics show of it."""

    feed: str
    answered_at: datetime | None = None
    """When it answered last."""
    failed_at: datetime | None = None
    failures: int = 0
    """Failures in a row; 0 once it has answered."""
    reason: str | None = None
    """The kind of the last failure: limit, key_refused, away, …; None while it answers."""
    said: str | None = None

    def age_seconds(self, now: datetime) -> float | None:
        """Return for how long it has not answered; None when it never did."""
        return None if self.answered_at is None else max(0.0, (now - self.answered_at).total_seconds())


class FeedStates:
    """Keeps the state of every feed, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def answered(self, feed: str, *, now: datetime) -> None:
        """Say that a feed has answered."""
        self._put(feed, answered_at=aware(now), failures=0, reason=None, said=None)

    def failed(self, feed: str, reason: str, said: str, *, now: datetime) -> None:
        """Say that a feed was asked in vain."""
        told = {"failed_at": aware(now), "reason": reason, "said": storable(said)}
        row = insert(feed_states).values(feed=feed, failures=1, **told)
        self._connection.execute(
            row.on_conflict_do_update(
                index_elements=["feed"], set_={**told, "failures": feed_states.c.failures + 1}
            )
        )

    def all(self) -> tuple[FeedState, ...]:
        """Return the state of every feed that was ever asked, by name."""
        rows = self._connection.execute(select(feed_states).order_by(feed_states.c.feed)).mappings()
        return tuple(FeedState(**row) for row in rows)

    def _put(self, feed: str, **values: Any) -> None:
        row = insert(feed_states).values(feed=feed, **values)
        self._connection.execute(row.on_conflict_do_update(index_elements=["feed"], set_=values))
