"""Whether the desk may trade: the circuit breaker as it is kept, across any restart (INV-12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.events import Event, Events
from db.ledger_rows import aware
from db.locks import Lock, hold
from db.record_codec import from_plain, to_plain
from db.tables import breaker, equity_daily
from fund.alert_rules import Severity
from fund.errors import QueryRefusedError
from fund.execution.lifecycle import HELD_UP
from fund.risk.breaker import CAUSES, BreakerState, Trip, tightens, tripped
from fund.risk.resumption import Evidence, resumed

Word = Literal["running", "reducing", "paused", "halted"]
KILL_REASON = "kill_switch"
"""Why an order was cancelled, on its row."""

_CANCEL = text(
    "UPDATE desk.orders SET status = 'cancelled', reason = :reason, "
    "state = state || jsonb_build_object('status', 'cancelled', 'reason', CAST(:reason AS text)) "
    "WHERE status IN ('pending', 'accepted', 'partially_filled')"
)
_ENDED = text(
    "SELECT EXISTS (SELECT FROM desk.fills AS f WHERE f.order_id = o.order_id) AS traded "
    "FROM desk.orders AS o JOIN desk.cycles AS c ON c.cycle_id = o.cycle_id "
    "WHERE o.status IN ('filled', 'expired', 'rejected') AND (o.reason IS DISTINCT FROM :held_up "
    "OR EXISTS (SELECT FROM desk.fills AS f WHERE f.order_id = o.order_id)) "
    "AND (CAST(:since AS date) IS NULL OR c.session > :since) "
    "ORDER BY o.decided_at DESC, o.line DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStatus(BreakerState):
    """The breaker, and since when, by whom and why; one that never changed is closed since ever."""

    since: datetime | None = None
    changed_by: str | None = None
    reason: str = ""
    approved: tuple[Evidence, ...] = ()
    """What the approval of a resume rested on; empty for every other change."""

    @property
    def is_paused(self) -> bool:
        """Return whether the strategy is not asked."""
        return self.state == "open"

    @property
    def word(self) -> Word:
        """Return in a word whether the desk trades: paused is a person's, halted everything else's."""
        if self.state == "open":
            return "paused" if self.cause == "owner" else "halted"
        return "running" if self.state == "closed" else "reducing"

    @property
    def told(self) -> str:
        """Return why trading is not as usual, as records and terminals have it; empty where it is."""
        if self.state == "closed":
            return ""
        if self.cause == "owner":
            return f"trading was paused by {self.changed_by}: {self.reason}"
        if self.latched:
            return f"the kill switch was thrown by {self.changed_by}: {self.reason}"
        return f"the circuit breaker is {self.state}: {self.reason}"


class TradingState:
    """The breaker over one connection; every change is a version of its row, and an event.

    Changes wait for one another and for whoever has `held` the state. Make them before anything else
    that locks, so that no two transactions wait for each other.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> TradingStatus:
        """Return the present state."""
        row = self._connection.execute(select(breaker)).mappings().one_or_none()
        return TradingStatus() if row is None else _status(row)

    def held(self) -> TradingStatus:
        """Return the present state, and let nobody change it until the caller's transaction ends."""
        hold(self._connection, Lock.BREAKER)
        return self.get()

    def pause(self, *, by: str, reason: str, at: datetime) -> TradingStatus:
        """Open it on a person's word; opening an open one keeps the first cause and its reason."""
        present = self.held()
        if present.is_paused:
            return present
        trip = Trip(state="open", cause="owner", reason=reason)
        return self._changed(
            replace(tripped(present, trip, self._last_session()), reason=reason),
            by=by,
            at=at,
            kind="trading_paused",
            told=f"Trading was paused by {by}: {reason or 'no reason given'}",
        )

    def trip(self, trip: Trip, *, at: datetime, cycle_id: str | None = None) -> TradingStatus:
        """Tighten it for what was found; what would not tighten it changes nothing."""
        present = self.held()
        if not tightens(present, trip):
            return present
        after = tripped(present, trip, self._last_session())
        verb = "opened" if after.is_paused else "lets positions only shrink"
        return self._changed(
            replace(after, reason=trip.reason),
            by="desk",
            at=at,
            kind="breaker_tripped",
            told=f"The circuit breaker {verb}: {trip.reason}",
            severity="critical" if trip.cause == "ledger" else "warning",
            cycle_id=cycle_id,
            more={"value": trip.value, "level": trip.level},
        )

    def kill(self, *, by: str, reason: str, at: datetime) -> int:
        """Open and latch it, cancel every order that has not traded, and return how many those were.

        An order whose outcome is unknown stays unknown until it is reconciled (INV-6). Thrown again,
        it changes nothing.
        """
        present = self.held()
        if present.latched:
            return 0
        cancelled = self._connection.execute(_CANCEL, {"reason": KILL_REASON}).rowcount
        trip = Trip(state="open", cause="kill_switch", reason=reason)
        self._changed(
            replace(tripped(present, trip, self._last_session()), latched=True, reason=reason),
            by=by,
            at=at,
            kind="kill_switch",
            told=f"The kill switch was thrown by {by}: {cancelled} orders were cancelled ({reason})",
            severity="critical",
            more={"cancelled": cancelled},
        )
        return cancelled

    def resume(
        self,
        *,
        by: str,
        reason: str,
        at: datetime,
        version: int | None = None,
        session: date | None = None,
        evidence: Sequence[Evidence] = (),
    ) -> TradingStatus:
        """Close it on a recorded approval; a closed one is left as it is.

        `version` and `session` are those the approval was asked for, `evidence` what was shown with it.
        Raises `QueryRefusedError` where the state has changed since.
        """
        present = self.held()
        if version is not None:
            self._require(present, version, session)
        if present.state == "closed":
            return present
        approved = tuple(evidence)
        after = resumed(present, self._last_session(), approved)
        return self._changed(
            replace(after, reason=reason, approved=approved),
            by=by,
            at=at,
            kind="trading_resumed",
            told=f"Trading was resumed by {by}: {reason or 'no reason given'}",
            severity="info",
            more={"ended": present.label, "cause": present.cause},
        )

    def propose_resume(self, evidence: Sequence[Evidence], *, at: datetime) -> None:
        """Note, once a version, that every level is met and a person may resume."""
        present = self.get()
        event = Event(
            event_id=f"resume-proposed-{present.version}",
            at=aware(at),
            kind="resume_proposed",
            severity="info",
            text=f"Every level to resume after {CAUSES[present.cause]} is met; a person may resume trading",
            data={"version": present.version, "evidence": to_plain(tuple(evidence))},
        )
        Events(self._connection).append([event])

    def rejects_in_a_row(self, since: date | None, *, most: int) -> int:
        """Return how many of the last orders decided after a session ended without a fill, at most `most`.

        What only waited for a reduction is not counted.
        """
        count = 0
        asked = {"since": since, "most": most, "held_up": HELD_UP}
        for row in self._connection.execute(_ENDED, asked):
            if row.traded:
                break
            count += 1
        return count

    def _require(self, present: TradingStatus, version: int, session: date | None) -> None:
        if present.version != version:
            raise QueryRefusedError(
                f"this approval expired: the state changed, it was asked for at version {version} of the "
                f"breaker, which is now {present.label}; ask again to see where it stands"
            )
        if session != (last := self._last_session()):
            raise QueryRefusedError(
                f"this approval expired: the state changed, its evidence was of {session}, and the desk has "
                f"played on to {last}; ask again to see where it stands"
            )

    def _last_session(self) -> date | None:
        found: date | None = self._connection.execute(select(func.max(equity_daily.c.session))).scalar()
        return found

    def _changed(
        self,
        after: TradingStatus,
        *,
        by: str,
        at: datetime,
        kind: str,
        told: str,
        severity: Severity = "warning",
        cycle_id: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> TradingStatus:
        """Write a new version under the lock, and note it."""
        row = {
            "version": after.version,
            "state": after.state,
            "cause": after.cause,
            "latched": after.latched,
            "since": aware(at),
            "changed_by": by,
            "reason": after.reason,
            "evidence": {
                "session": to_plain(after.session),
                "drawdown_from": to_plain(after.drawdown_from),
                "approved": to_plain(after.approved),
            },
        }
        written = insert(breaker).values(single=True, **row)
        self._connection.execute(written.on_conflict_do_update(index_elements=["single"], set_=row))
        data = {"by": by, "reason": after.reason, "breaker": after.label, "cause": after.cause}
        if after.approved:
            data["evidence"] = to_plain(after.approved)
        event = Event(
            event_id=f"breaker-{after.version}",
            at=aware(at),
            kind=kind,
            severity=severity,
            text=told,
            data={**data, **(more or {})},
            cycle_id=cycle_id,
        )
        Events(self._connection).append([event])
        return self.get()


def _status(row: RowMapping) -> TradingStatus:
    kept = row["evidence"]
    return TradingStatus(
        state=row["state"],
        cause=row["cause"],
        latched=row["latched"],
        version=row["version"],
        session=_day(kept.get("session")),
        drawdown_from=_day(kept.get("drawdown_from")),
        since=row["since"],
        changed_by=row["changed_by"],
        reason=row["reason"],
        approved=from_plain(tuple[Evidence, ...], kept.get("approved", [])),
    )


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
