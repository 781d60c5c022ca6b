"""The jobs of a desk: what each does at its time, and which of them its clock allows."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import get_args

from db.engine import in_transaction
from db.hearings import AskedHearing, Hearings
from desk.books_check import check_tonight
from desk.bootstrap import Desk
from desk.discovery import run_discovery
from desk.discovery_returns import fill_forward_returns
from desk.eval_night import AskChat, runs_at_night
from desk.forecaster_watch import told, watch_forecasters
from desk.schedule.evals_job import evals_job
from desk.schedule.hearing_room import HearingRoom, discovered, hearing_id_of
from desk.schedule.job import Job
from desk.schedule.retraining_job import retraining_job
from desk.schedule.runner import JobRunner
from desk.setting_groups import HearingTime, Schedule, Weekday
from fund.forecasting.life.watching import Thresholds
from fund.market.calendar import DECISION_DELAY
from fund.market.timetable import AroundClose, AroundOpen, Nightly, Slot, Timing, Weekly, WithinHours
from tools.jobs import DAILY, PlannedJob

DECISION = AroundClose(int(DECISION_DELAY.total_seconds()) // 60)
FOLLOW = 60
"""Minutes after the close at which what came of suggestions is looked at: the session is decided by then."""
WATCHED = 75
"""Minutes after the close at which forecasters are looked at."""
RETRAINED, EVALUATED = 60, 90
"""Minutes after the books are checked at night."""
AWAY = 30
"""Minutes between an open or a close and the hearing around it."""
HEARD: dict[HearingTime, tuple[Timing, str]] = {
    "before_open": (AroundOpen(-AWAY), "the committee is heard half an hour before the open"),
    "after_open": (AroundOpen(AWAY), "the committee is heard half an hour after the open"),
    "before_close": (AroundClose(-AWAY), "the committee is heard half an hour before the close"),
}


def jobs_of(
    desk: Desk,
    room: HearingRoom,
    stopped: Callable[[], bool] = lambda: False,
    chat: AskChat | None = None,
) -> tuple[Job, ...]:
    """Return what a desk does by itself; in a replay, whose sessions wait to be played, the nights alone.

    Long work that can go on another time ends early once the desk is `stopped`. `chat` asks the desk's chat.
    """
    planned = desk.settings.schedule
    verify = Job(
        name="verify",
        what="the books are replayed from their first row and checked",
        timing=Nightly(planned.night),
        late="newest",
        work=lambda _: _verify(desk),
    )
    nights = (
        (verify, _evals(desk, stopped, chat)) if runs_at_night(desk.settings, desk.mandate) else (verify,)
    )
    if not desk.is_live:
        return nights
    heard = (_hearing(desk, room, at) for at in planned.hearings)
    retraining = retraining_job(desk, stopped)
    forecasts = (_follow(desk), _watch(desk), *nights, _retrain(desk, planned), retraining)
    return (*heard, _discover(desk, planned), *forecasts)


def planned_of(desk: Desk, runner: JobRunner) -> tuple[PlannedJob, ...]:
    """Return the jobs as they are told, with the decision after every close that has a record of its own."""
    planned = tuple(PlannedJob(name=job.name, what=job.what, timing=job.timing) for job in runner.jobs)
    what = "the committee decides after every close"
    return (PlannedJob(name=DAILY, what=what, timing=DECISION), *planned) if desk.is_live else planned


def _hearing(desk: Desk, room: HearingRoom, at: HearingTime) -> Job:
    timing, what = HEARD[at]

    def hold(slot: Slot) -> str:
        asked = AskedHearing(
            hearing_id=hearing_id_of(at, slot.name),
            job=at,
            slot=slot.name,
            tickers=(),
            occasion="",
            asked_by="schedule",
            asked_at=desk.clock.now(),
        )
        return room.hold(in_transaction(desk.engine, lambda connection: Hearings(connection).ask(asked)))

    return Job(name=at, what=what, timing=timing, late="skip", work=hold, asks_breaker=True)


def _discover(desk: Desk, planned: Schedule) -> Job:
    return Job(
        name="discovery",
        what="the pickers look for names worth a look",
        timing=WithinHours(timedelta(hours=planned.discovery_hours)),
        late="newest",
        work=lambda slot: discovered(run_discovery(desk, slot.due_at, f"discovery-{slot.name}")),
    )


def _follow(desk: Desk) -> Job:
    def follow(_: Slot) -> str:
        filled = fill_forward_returns(desk)
        return f"{filled} returns of suggestions became known" if filled else "no return became known"

    what = "what came of suggestions is filled in"
    return Job(name="follow", what=what, timing=AroundClose(FOLLOW), late="newest", work=follow)


def _watch(desk: Desk) -> Job:
    def look(_: Slot) -> str:
        last = desk.player.last_session()
        if last is None:
            return "no session was played yet"
        scored = desk.scoring.fill(last)
        age = Thresholds(age_sessions=desk.settings.retraining.age_sessions)
        faring = told(watch_forecasters(desk.learning, last, thresholds=age))
        return f"{scored} live forecasts scored; {faring}"

    what = "live forecasts are scored, and forecasters watched for drift"
    return Job(name="forecasters", what=what, timing=AroundClose(WATCHED), late="newest", work=look)


def _verify(desk: Desk) -> str:
    findings = check_tonight(desk.engine, desk.mandate.breaker, desk.clock)
    return f"{len(findings)} findings, the first: {findings[0]}" if findings else "the books add up"


def _evals(desk: Desk, stopped: Callable[[], bool], chat: AskChat | None) -> Job:
    at = _later(desk.settings.schedule.night, EVALUATED)
    calendar = (lambda: desk.history.calendar) if desk.is_live else None
    return evals_job(
        desk.settings, desk.mandate, desk.engine, desk.clock, at, stopped, calendar=calendar, chat=chat
    )


def _retrain(desk: Desk, planned: Schedule) -> Job:
    return Job(
        name="retrain",
        what="forecasters are trained on the sessions they have not seen",
        timing=Weekly(get_args(Weekday).index(planned.retrain_day), _later(planned.night, RETRAINED)),
        late="newest",
        work=lambda _: _train(desk),
    )


def _train(desk: Desk) -> str:
    last = desk.player.last_session()
    if last is None or (desk.sources and desk.learning.learned(desk.sources) >= last):
        return "there is nothing new to learn from"
    desk.train(last)
    return f"trained on what was known on the close of {last.isoformat()}"


def _later(night: time, minutes: int) -> time:
    """Return a time of day so many minutes later, past midnight where need be."""
    passed = night.hour * 60 + night.minute + minutes
    return night.replace(hour=passed // 60 % 24, minute=passed % 60)
