"""Takes submissions to the desk on a thread of its own: again while it is away, and not for ever."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from desk.background import Background
from desk.monitor.counts import Counts
from desk.monitor.door import Accepted, Answer, Later, Refused
from desk.monitor.event_log import event_line
from desk.monitor.submission import Submission
from fund.errors import DeskError

log = logging.getLogger("conclave.monitor")

FIRST_HOLD_SECONDS, LONGEST_HOLD_SECONDS = 1.0, 60.0
"""After a failure the desk is left alone, twice as long each time."""
GIVE_UP_SECONDS = 600.0
"""What was sudden so long ago is no news any more."""
MOST_WAITING = 1000
ROUND_SECONDS = 1.0


class Door(Protocol):
    """Who is asked for a cycle."""

    def ask(self, submission: Submission) -> Answer:
        """Ask once."""
        ...


@dataclass(slots=True)
class _Waiting:
    submission: Submission
    since: float
    tries: int = 0


class Courier:
    """An outlet that keeps what the desk does not take yet; what waits too long is lost, and counted."""

    def __init__(self, door: Door, counts: Counts, seconds: Callable[[], float] = monotonic) -> None:
        self._door = door
        self._counts = counts
        self._seconds = seconds
        self._waiting: deque[_Waiting] = deque()
        self._held_until, self._failures = 0.0, 0
        self._background = Background(
            "monitor-courier",
            self.round,
            (DeskError, OSError),
            every_seconds=ROUND_SECONDS,
            again_seconds=ROUND_SECONDS,
        )

    @property
    def waiting(self) -> int:
        """Return how many wait to be taken to the desk."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin."""
        self._background.start()

    def submit(self, submission: Submission) -> None:
        """Take one, at once."""
        if len(self._waiting) >= MOST_WAITING:
            self._lose(self._waiting.popleft(), "too many wait")
        self._waiting.append(_Waiting(submission, self._seconds()))
        self._counts.submitted += 1
        self._background.wake()

    def close(self) -> None:
        """End; what the desk does not take in one last round is lost."""
        self._background.close()
        self._held_until = 0.0
        self.round()
        while self._waiting:
            self._lose(self._waiting.popleft(), "the monitor ended")

    def round(self) -> None:
        """Take to the desk what waits, oldest first, until it asks to be left alone."""
        while self._waiting and self._seconds() >= self._held_until:
            waiting = self._waiting.popleft()
            waiting.tries += 1
            self._settle(waiting, self._door.ask(waiting.submission))
        self._give_up()

    def _settle(self, waiting: _Waiting, answer: Answer) -> None:
        counts = self._counts
        match answer:
            case Accepted(cycle_id, known):
                counts.accepted += 1
                counts.known += known
                counts.desk_problem, self._failures = "", 0
                log.info(event_line("accepted", waiting.submission, cycle_id=cycle_id, known=known))
            case Refused(said):
                counts.refused += 1
                counts.desk_problem, self._failures = said, 0
                log.error(event_line("refused", waiting.submission, said=said))
            case Later(said, seconds):
                counts.retried += 1
                counts.desk_problem = said
                hold = min(FIRST_HOLD_SECONDS * 2.0 ** min(self._failures, 10), LONGEST_HOLD_SECONDS)
                self._failures += 1
                self._held_until = self._seconds() + max(hold, seconds)
                self._waiting.append(waiting)
                log.warning(event_line("put_off", waiting.submission, said=said, tries=waiting.tries))

    def _give_up(self) -> None:
        now = self._seconds()
        for waiting in tuple(self._waiting):
            if now - waiting.since >= GIVE_UP_SECONDS:
                self._waiting.remove(waiting)
                self._lose(waiting, f"the desk was away for {now - waiting.since:.0f} seconds")

    def _lose(self, waiting: _Waiting, why: str) -> None:
        self._counts.lost += 1
        log.error(event_line("lost", waiting.submission, said=why, tries=waiting.tries))
