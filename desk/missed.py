"""Slots of the real clock that went by undecided: played late, and told."""

from collections.abc import Sequence
from datetime import date, datetime

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
