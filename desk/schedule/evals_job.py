"""The job that evaluates the desk every night, beside everything else and never into a session."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Engine

from db.engine import in_transaction
from db.events import Event, Events
from db.jobs import BY_HAND
from desk.eval_night import AskChat
from desk.eval_record import evaluate_tonight
from desk.schedule.job import Job
from desk.settings import Settings
from evals.suite import SUITE
from fund.clock import Clock
from fund.errors import TradingHaltedError
from fund.mandate import Mandate
from fund.market.calendar import SessionCalendar
from fund.market.timetable import Nightly, Slot

BEFORE_OPEN, AFTER_CLOSE = timedelta(hours=1), timedelta(hours=2)
"""Around a session nothing is evaluated: processor, keys and budgets are the committee's."""


class _BeforeOpenError(TradingHaltedError):
    """A night that has to make room for the session; the owner is told."""


def evals_job(
    settings: Settings,
    mandate: Mandate,
    engine: Engine,
    clock: Clock,
    at: time,
    stopped: Callable[[], bool],
    datasets: tuple[str, ...] = tuple(SUITE),
    calendar: Callable[[], SessionCalendar] | None = None,
    chat: AskChat | None = None,
) -> Job:
    """Return the job; once `stopped`, it ends after the trials at hand, and the next time goes on there.

    With a `calendar`, that of a desk on the real clock, it makes room for every session; what the owner asked
    for by hand does not. `chat` asks the desk's chat.
    """

    def until(now: datetime) -> datetime | None:
        return None if calendar is None else room_until(calendar(), now)

    def evaluate(slot: Slot) -> str:
        day = slot.due_at.astimezone(UTC).date()
        by_hand = slot.name.startswith(BY_HAND)

        def going_on(label: str, done: int, total: int) -> None:
            kept = f"{done} of {total} trials are kept"
            if stopped():
                raise TradingHaltedError(f"the desk is ending; {kept} for next time")
            if not by_hand and (later := until(clock.now())) is not None:
                raise _BeforeOpenError(f"stopped before the open: {kept}, it goes on from {later:%H:%M} UTC")

        try:
            return evaluate_tonight(
                settings, mandate, engine, clock, day, datasets=datasets, progress=going_on, chat=chat
            )
        except _BeforeOpenError as halt:
            event = _stopped(slot, halt, clock.now())
            in_transaction(engine, lambda connection: Events(connection).append([event]))
            raise

    return Job(
        name="evals",
        what="the desk is evaluated on cases of the past and its chat on questions, and compared with before",
        timing=Nightly(at),
        late="newest",
        work=evaluate,
        aside=True,
        waits=lambda now: until(now) is not None,
    )


def room_until(calendar: SessionCalendar, now: datetime) -> datetime | None:
    """Return when the hours around a session are over that a moment lies in, None outside of them."""
    day = now.astimezone(UTC).date()
    first, last = (
        min(max(each, calendar.first), calendar.last)
        for each in (day - timedelta(days=1), day + timedelta(days=1))
    )
    for session in calendar.sessions(first, last):
        begins, ends = calendar.open_at(session) - BEFORE_OPEN, calendar.close_at(session) + AFTER_CLOSE
        if begins <= now < ends:
            return ends
    return None


def _stopped(slot: Slot, halt: TradingHaltedError, now: datetime) -> Event:
    """Return the event of a night that made room; told once a day."""
    return Event(
        event_id=f"evals-stopped-{slot.name}-{now.astimezone(UTC).date().isoformat()}",
        at=now,
        kind="evals_stopped",
        severity="info",
        text=f"the evaluation of {slot.name} {halt}",
        data={"slot": slot.name},
    )
