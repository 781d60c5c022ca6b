"""The job that evaluates the desk every night."""

from collections.abc import Callable
from datetime import UTC, time

from sqlalchemy import Engine

from desk.eval_record import evaluate_tonight
from desk.schedule.job import Job
from desk.settings import Settings
from evals.suite import SUITE
from fund.clock import Clock
from fund.errors import TradingHaltedError
from fund.mandate import Mandate
from fund.market.timetable import Nightly, Slot


def evals_job(
    settings: Settings,
    mandate: Mandate,
    engine: Engine,
    clock: Clock,
    at: time,
    stopped: Callable[[], bool],
    datasets: tuple[str, ...] = tuple(SUITE),
) -> Job:
    """Return the job; once `stopped`, it ends after the trial at hand, and the next time goes on there."""

    def going_on(label: str, done: int, total: int) -> None:
        if stopped():
            raise TradingHaltedError(f"the desk is ending; {done} of {total} trials are kept for next time")

    def evaluate(slot: Slot) -> str:
        day = slot.due_at.astimezone(UTC).date()
        return evaluate_tonight(settings, mandate, engine, clock, day, datasets=datasets, progress=going_on)

    return Job(
        name="evals",
        what="the desk is evaluated on cases of the past and compared with the baseline",
        timing=Nightly(at),
        late="newest",
        work=evaluate,
    )
