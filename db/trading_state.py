"""Whether the desk may trade; a pause stays until a person ends it, across any restart (INV-12)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from db.events import Event, Events
from db.ledger_rows import aware
from db.tables import breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStatus:
    """Running or paused, since when, by whom and why; a desk that was never paused is running since ever."""

    state: Literal["running", "paused"] = "running"
    since: datetime | None = None
    changed_by: str | None = None
    reason: str = ""

    @property
    def is_paused(self) -> bool:
        """Return whether nothing may be planned."""
        return self.state == "paused"


class TradingState:
    """The switch over one connection; every change is an event too."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> TradingStatus:
        """Return the present state."""
        row = self._connection.execute(
            select(breaker.c.state, breaker.c.since, breaker.c.changed_by, breaker.c.reason)
        )
        found = row.one_or_none()
        if found is None:
            return TradingStatus()
        state: Literal["running", "paused"] = "paused" if found.state == "open" else "running"
        return TradingStatus(state=state, since=found.since, changed_by=found.changed_by, reason=found.reason)

    def pause(self, *, by: str, reason: str, at: datetime) -> TradingStatus:
        """Stop trading; pausing a paused desk keeps the first pause and its reason."""
        return self._change(TradingStatus(state="paused", since=aware(at), changed_by=by, reason=reason))

    def resume(self, *, by: str, reason: str, at: datetime) -> TradingStatus:
        """Let the desk trade again; a running one is left as it is."""
        return self._change(TradingStatus(state="running", since=aware(at), changed_by=by, reason=reason))

    def _change(self, wanted: TradingStatus) -> TradingStatus:
        present = self.get()
        if present.state == wanted.state:
            return present
        state = "open" if wanted.is_paused else "closed"
        row: dict[str, Any] = {
            "state": state,
            "cause": "owner" if wanted.is_paused else "none",
            "latched": False,
            "since": wanted.since,
            "changed_by": wanted.changed_by,
            "reason": wanted.reason,
            "evidence": {},
        }
        written = insert(breaker).values(single=True, version=1, **row)
        changed = self._connection.execute(
            written.on_conflict_do_update(
                index_elements=["single"],
                set_=row | {"version": breaker.c.version + 1},
                where=breaker.c.state != state,
            ).returning(breaker.c.state)
        ).one_or_none()
        if changed is not None:
            self._note(wanted)
        return self.get()

    def _note(self, status: TradingStatus) -> None:
        assert status.since is not None
        verb = "paused" if status.is_paused else "resumed"
        event = Event(
            event_id=f"trading-{verb}-{status.since.isoformat()}",
            at=status.since,
            kind=f"trading_{verb}",
            severity="warning" if status.is_paused else "info",
            text=f"Trading was {verb} by {status.changed_by}: {status.reason or 'no reason given'}",
            data={"by": status.changed_by, "reason": status.reason},
        )
        Events(self._connection).append([event])
