"""Work beside everything else: on a thread of its own, whenever it is woken, through failures, to the end."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from fund.errors import DeskError

log = logging.getLogger("conclave.background")


class Background:
    """Does the work it was given again and again; what fails is logged, told and tried again."""

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        failures: tuple[type[Exception], ...],
        *,
        every_seconds: float | None,
        again_seconds: float,
    ) -> None:
        """Unwoken, it works every so many seconds, or never, and so many after a failure."""
        self._name = name
        self._work = work
        self._failures = failures
        self._every_seconds = every_seconds
        self._again_seconds = again_seconds
        self._woken, self.closing = Event(), Event()
        self.failed = ""
        """Why the work came to nothing the last time; empty when it did not."""
        self._thread = Thread(target=self._keep, name=name, daemon=True)

    def start(self) -> None:
        """Begin at once."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._woken.set()

    def close(self) -> None:
        """End after the work in hand; closing what was never started is allowed."""
        self.closing.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        while not self.closing.is_set():
            self._woken.wait(self._again_seconds if self.failed else self._every_seconds)
            self._woken.clear()
            if self.closing.is_set():
                return
            try:
                self._work()
                self.failed = ""
            except self._failures as error:
                log.exception("%s came to nothing; it is tried again", self._name)
                self.failed = str(error) if isinstance(error, DeskError) else type(error).__name__
