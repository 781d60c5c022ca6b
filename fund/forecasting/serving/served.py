"""A forecaster that answers in time or says why it does not."""

from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import TIMEOUT_MAX, Lock, Thread
from typing import Literal

from fund.errors import DataError, NoDataError
from fund.forecasting.forecast import Forecast
from fund.forecasting.recent import RecentFeatures
from fund.forecasting.serving.shelf import Shelf

Cause = Literal["late", "busy", "not there", "damaged", "unfit", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """There is no forecast, and why: never an older one in its place."""

    forecaster: str
    version: str
    cause: Cause
    reason: str


class ServedForecaster:
    """One registered version behind a deadline, loaded when it is first asked.

    A prediction that hangs is left to itself: it cannot be stopped, but nobody waits for it, its figures
    are dropped when they come, and until then the forecaster is busy instead of asked again.
    """

    def __init__(
        self, forecaster: str, version: str, sha256: str, shelf: Shelf, *, deadline_seconds: float
    ) -> None:
        if not 0 < deadline_seconds <= TIMEOUT_MAX:
            raise DataError(
                f"expected a deadline above 0 seconds up to {TIMEOUT_MAX:g}, found {deadline_seconds!r}"
            )
        self.forecaster = forecaster
        self.version = version
        self._sha256 = sha256
        self._shelf = shelf
        self._deadline_seconds = deadline_seconds
        self._busy = Lock()

    def forecast(self, recent: RecentFeatures) -> tuple[Forecast, ...] | Unavailable:
        """Return the forecasts of a session's members, or why there are none in time."""
        if not self._busy.acquire(blocking=False):
            return self._unavailable("busy", "still at work on an earlier question")
        answers: SimpleQueue[tuple[Forecast, ...] | Unavailable] = SimpleQueue()

        def work() -> None:
            answer: tuple[Forecast, ...] | Unavailable
            answer = self._unavailable("failed", "the prediction ended in an error of its own; see the log")
            try:
                answer = self._answer(recent)
            finally:
                self._busy.release()
                answers.put(answer)

        # A daemon: a prediction that never ends must not keep the desk from ending.
        worker = Thread(target=work, name=f"forecast-{self.forecaster}", daemon=True)
        worker.start()
        try:
            answer = answers.get(timeout=self._deadline_seconds)
        except Empty:
            return self._unavailable("late", f"no answer within {self._deadline_seconds:g} seconds")
        worker.join()  # nothing is left to it but to log what it failed of
        return answer

    def _answer(self, recent: RecentFeatures) -> tuple[Forecast, ...] | Unavailable:
        try:
            trained = self._shelf.get(self.version, self._sha256)
        except NoDataError as error:
            return self._unavailable("not there", str(error))
        except DataError as error:
            return self._unavailable("damaged", str(error))
        try:
            return trained.forecast(recent)
        except DataError as error:
            return self._unavailable("unfit", str(error))

    def _unavailable(self, cause: Cause, reason: str) -> Unavailable:
        return Unavailable(forecaster=self.forecaster, version=self.version, cause=cause, reason=reason)
