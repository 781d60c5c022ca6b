"""Wakes a desk when something is due: a timer of APScheduler for every job, and one that looks every minute.

A timer only wakes. What is due is read from the calendar and the record, so a timer that fires twice, late
or not at all does nothing twice and loses nothing.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from desk.schedule.job import Job
from fund.market.calendar import SessionCalendar
from fund.market.timetable import next_slot

LOOK_SECONDS = 60
"""How often a desk looks at its feed and for what is due."""


class SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the slots of a job."""

    def __init__(self, job: Job, calendar: Callable[[], SessionCalendar]) -> None:
        self._job = job
        self._calendar = calendar

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """Return when the next slot is due, None where the calendar ends before one."""
        after = max(previous, now) if previous else now
        slot = next_slot(self._job.name, self._job.timing, self._calendar(), after)
        return slot.due_at if slot else None


def waking(
    jobs: tuple[Job, ...], calendar: Callable[[], SessionCalendar], wake: Callable[[], Awaitable[None]]
) -> Any:
    """Return a scheduler that wakes for these jobs; `start` it inside the event loop."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    look = IntervalTrigger(seconds=LOOK_SECONDS, timezone=UTC)
    first = datetime.now(UTC) + timedelta(seconds=1)  # noqa: TID251 - a timer runs by the machine's clock
    scheduler.add_job(wake, look, id="look", next_run_time=first)
    for job in jobs:
        scheduler.add_job(wake, SlotTrigger(job, calendar), id=job.name)
    return scheduler
