"""Nights on the desk's record: what the dashboard, the chat and SQL questions read, and what is told."""

from contextlib import ExitStack
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.eval_nights import BadCase, EvalNight, EvalNights, EvalScore
from db.events import Event, Events
from db.record_codec import to_plain
from desk.data_folder import DataFolder
from desk.eval_night import AskChat, night, nights_on_file
from desk.evaluating import EVALS
from desk.progress import ProgressSink, silent
from desk.settings import Settings
from desk.stores import open_started
from evals.night import Night, NightScore
from evals.suite import SUITE
from fund.clock import Clock
from fund.errors import ConfigError
from fund.mandate import Mandate


def evaluate_tonight(
    settings: Settings,
    mandate: Mandate,
    engine: Engine,
    clock: Clock,
    day: date,
    *,
    datasets: tuple[str, ...] = tuple(SUITE),
    progress: ProgressSink = silent,
    chat: AskChat | None = None,
) -> str:
    """Evaluate the desk, append what came of it once a date, and say it."""
    run = night(settings, mandate, clock, day, datasets=datasets, progress=progress, chat=chat)
    record_nights(settings, engine, clock.now(), told=run.night)
    return run.night.verdict if run.is_new else f"{day.isoformat()} was evaluated before: {run.night.colour}"


def night_event(found: Night, at: datetime) -> Event:
    """Return the event of a night; a blocked one is a warning."""
    return Event(
        event_id=f"evals-night-{found.day.isoformat()}",
        at=at,
        kind="evals_night",
        severity="warning" if found.colour == "block" else "info",
        text=found.told,
        data={
            "experiment": found.experiment_id,
            "colour": found.colour,
            "reasons": list(found.reasons),
            "scores": [to_plain(score) for score in found.scores],
            "worst": [{"case": f"{each.dataset} {each.case_id}", "told": each.told} for each in found.worst],
        },
    )


def record_nights(settings: Settings, engine: Engine, now: datetime, told: Night | None = None) -> int:
    """Put the nights on file that are not on record yet there, in one transaction; return how many were new.

    `told` is the night to append an event of; one that was told before is not told again.
    """
    kept = [known for _, known in nights_on_file(settings.data_dir / EVALS)]

    def record(connection: Connection) -> int:
        nights = EvalNights(connection)
        there = nights.days()
        new = [known for known in sorted(kept, key=lambda each: each.day) if known.day not in there]
        if told is not None:
            Events(connection).append([night_event(told, now)])
        return sum(nights.record(recorded_night(known, now)) for known in new)

    return in_transaction(engine, record)


def recorded_where_started(settings: Settings, now: datetime) -> tuple[str, ...]:
    """Put the nights on file on the record of the folder's desk, where one was started; say what came of it.

    A night that cannot be put there now is no failure of the night: the next one puts it there.
    """
    if not DataFolder(settings.data_dir).is_started():
        return ()
    try:
        with ExitStack() as exits:
            _, engine = open_started(settings, exits)
            new = record_nights(settings, engine, now)
    except ConfigError as error:
        return (f"It is not on the desk's record yet, the next night puts it there: {error}",)
    return ("It is on the desk's record: the dashboard shows it.",) if new else ()


def recorded_night(found: Night, at: datetime) -> EvalNight:
    """Return a night as it is put on record."""
    return EvalNight(
        day=found.day,
        experiment_id=found.experiment_id,
        recorded_at=at,
        colour=found.colour,
        reasons=found.reasons,
        baseline_id=found.baseline,
        commit_id=found.commit,
        prompts=found.prompts,
        cost_usd=found.cost_usd,
        worst=tuple(BadCase(case=f"{each.dataset} {each.case_id}", told=each.told) for each in found.worst),
        scores=tuple(map(_recorded_score, found.scores)),
    )


def _recorded_score(score: NightScore) -> EvalScore:
    return EvalScore(
        dataset=score.dataset,
        contestant=score.contestant,
        digest=score.digest,
        scorer=score.scorer,
        value=score.value,
        low=None if score.interval is None else score.interval.low,
        high=None if score.interval is None else score.interval.high,
        cases=score.scored,
        baseline=score.baseline,
        over_baseline=score.over_baseline,
        over_last=score.over_last,
    )
