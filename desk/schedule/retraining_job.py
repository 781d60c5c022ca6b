"""The job that trains anew what calls for it, after a session and beside everything else, never into one."""

from collections.abc import Callable
from datetime import datetime

from db.jobs import BY_HAND
from desk.bootstrap import Desk
from desk.heap import give_back
from desk.retraining import NightOverError, Retrainer
from desk.schedule.evals_job import AFTER_CLOSE, room_until
from desk.schedule.job import Job
from desk.training_lock import is_training
from fund.errors import TradingHaltedError
from fund.market.timetable import AroundClose, Slot

RETRAINED = int(AFTER_CLOSE.total_seconds()) // 60
"""Minutes after the close: forecasters were looked at by then, and the session is over."""


def retraining_job(desk: Desk, stopped: Callable[[], bool]) -> Job:
    """Return the job of a desk on the real clock; in a replay nothing calls.

    Once `stopped`, it ends between two folds, and the next start trains that one anew. One that is not done
    before the next session is given up and told; what the owner asked for by hand is not.
    """
    retrainer = Retrainer(
        learning=desk.learning, planned=desk.settings.retraining, folder=desk.stores.folder.root
    )

    def waits(now: datetime) -> bool:
        last = desk.player.last_session()
        in_session = room_until(desk.history.calendar, now) is not None
        return in_session or last is None or not retrainer.is_watched(last) or is_training(retrainer.folder)

    def retrain(slot: Slot) -> str:
        last = desk.player.last_session()
        if last is None:
            return "no session was played yet"
        by_hand = slot.name.startswith(BY_HAND)

        def going_on(label: str, done: int, total: int) -> None:
            if stopped():
                raise TradingHaltedError("the desk is ending; it is trained at the next start")
            if not by_hand and room_until(desk.history.calendar, desk.clock.now()) is not None:
                raise NightOverError(
                    "it was not done before the next session; train it by hand with `desk train`"
                )

        try:
            return retrainer.run(last, going_on)
        finally:
            give_back()

    return Job(
        name="retraining",
        what="forecasters that drift, decay or grow old are trained anew, as challengers",
        timing=AroundClose(RETRAINED),
        late="newest",
        work=retrain,
        aside=True,
        waits=waits,
    )
