"""What went wrong on the real clock: slots that went by undecided, and rounds that failed; both are told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import Engine

from db.engine import in_transaction
from db.events import Event, Events
from desk.slot import JOB
from fund.market.calendar import SessionCalendar


def missed_slots(calendar: SessionCalendar, due: Sequence[date], now: datetime) -> tuple[date, ...]:
    """Return the sessions that are due too late: the open at which their orders fill has gone by."""
    return tuple(s for s in due if calendar.open_at(calendar.next_session(s)) <= now)


def note_missed(engine: Engine, calendar: SessionCalendar, due: Sequence[date], now: datetime) -> None:
    """Append an event for every slot that was missed; one that is told already is not told again."""
    missed = missed_slots(calendar, due, now)
    events = [
        Event(
            event_id=f"missed-{JOB}-{session.isoformat()}",
            at=now,
            kind="slot_missed",
            severity="warning",
            text=f"{session} was not decided before the next open; it is decided now, on what was known then",
            data={"session": session.isoformat(), "due": calendar.decision_time(session).isoformat()},
        )
        for session in missed
    ]
    in_transaction(engine, lambda connection: Events(connection).append(events))


def note_failed_round(engine: Engine, now: datetime, reason: str) -> None:
    """Append an event for a round that ended early; one an hour for the same reason."""
    cause = sha256(f"{now.astimezone(UTC):%Y-%m-%dT%H} {reason}".encode()).hexdigest()[:16]
    event = Event(
        event_id=f"failed-round-{cause}",
        at=now,
        kind="round_failed",
        severity="warning",
        text=f"the desk could not look for new data and due sessions, and tries again: {reason}",
        data={"topic": f"round_failed: {reason}"},
    )
    in_transaction(engine, lambda connection: Events(connection).append([event]))
