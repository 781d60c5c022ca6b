"""The monitor's round: ask the source, watch, submit; rest until the next look or the next open."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import Protocol

from desk.monitor.counts import Counts
from desk.monitor.event_log import event_line
from desk.monitor.submission import Outlet, submissions_of
from fund.clock import Clock
from fund.errors import FeedError
from fund.market.calendar import Hours, SessionCalendar
from fund.market.ticks import TickSource
from fund.watching.reference import Reference
from fund.watching.trigger import Trigger
from fund.watching.watch import Watch, hours_at, next_open

log = logging.getLogger("conclave.monitor")

LEAST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 300.0
"""So seldom is the clock looked at while the exchange is closed, and so long a source is left alone."""
SILENCE = timedelta(minutes=15)
"""So long a market that is open does not go without a trade."""
ROLL_AFTER = timedelta(minutes=5)
"""How often it is looked who is held and who is on the watchlist."""
GATHER_SECONDS = 0.2
"""How long the ticks of a stream are gathered before they are looked at together."""


class Roll(Protocol):
    """Who is to be watched in a session, and with what they are compared."""

    def call(self, session: Hours) -> Mapping[str, Reference]:
        """Return the tickers and their references; raises one of `failures` when they cannot be told."""
        ...

    @property
    def book(self) -> Sequence[str]:
        """The tickers that a jump of the volatility index concerns."""
        ...

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What `call` may raise."""
        ...


class Patrol:
    """Looks again and again until it is closed; a source or a roll that fails is asked again later."""

    def __init__(
        self,
        *,
        source: TickSource,
        watch: Watch,
        roll: Roll,
        outlet: Outlet,
        calendar: SessionCalendar,
        clock: Clock,
        every_seconds: float,
        many_from: int,
        counts: Counts | None = None,
        arrived: Event | None = None,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        """With `arrived` the source is a stream, which is looked at whenever something has come."""
        self._source = source
        self._watch = watch
        self._roll = roll
        self._outlet = outlet
        self._calendar = calendar
        self._clock = clock
        self._every_seconds = every_seconds
        self._many_from = many_from
        self._seconds = seconds
        self._is_stream = arrived is not None
        self._woken, self.closing = arrived or Event(), Event()
        self.counts = counts or Counts()
        self._session: Hours | None = None
        self._called_at: datetime | None = None
        self._failures = 0
        self._is_ahead = False
        """Whether the look to come is one between two of the pace."""
        self._begun_at = clock.now()

    def run(self) -> None:
        """Look until closed."""
        while not self.closing.is_set():
            begun = self._seconds()
            rest = self.look()
            self._rest(max(0.0, rest - (self._seconds() - begun)))

    def problems(self) -> tuple[str, ...]:
        """Say what is in the way of watching; empty when nothing is."""
        counts, session = self.counts, self._session
        found = [counts.source_problem, counts.roll_problem, counts.desk_problem]
        if session is not None:
            since = max(session.open_at, self._watch.believed_at or session.open_at, self._begun_at)
            quiet = self._clock.now() - since
            if quiet > SILENCE:
                found.append(
                    f"no tick was believed for {quiet.total_seconds() / 60:.0f} minutes; refused so far: "
                    f"{dict(self._watch.refused)}"
                )
        return tuple(each for each in found if each)

    def close(self) -> None:
        """End after the look in hand; safe to call from a signal."""
        self.closing.set()
        self._woken.set()

    def look(self) -> float:
        """Look once, and return in how many seconds to look again."""
        now = self._clock.now()
        hours = hours_at(self._calendar, now)
        if hours is None:
            return self._closed(now)
        self._begin(hours)
        self._call_the_roll(hours, now)
        if not self._watch.tickers:
            return min(self._every_seconds, LONGEST_REST_SECONDS)
        try:
            ticks = self._source.latest(self._watch.tickers)
        except FeedError as error:
            return self._failed(error)
        self._answered(len(ticks))
        seen_at = self._clock.now()
        self._tell((*self._watch.take(ticks, seen_at), *self._watch.settle(seen_at)))
        return self._until_next()

    def _until_next(self) -> float:
        """Return the rest of the pace, or less of it once, where a price waits to be confirmed."""
        sooner = max(LEAST_REST_SECONDS, self._every_seconds / 12)
        if self._is_ahead:
            self._is_ahead = False
            return self._every_seconds - sooner
        self._is_ahead = self._watch.is_waiting and not self._is_stream
        return sooner if self._is_ahead else self._every_seconds

    def _closed(self, now: datetime) -> float:
        if self._session is not None:
            log.info(event_line("session_ended", session=self._session.session, refused=self._watch.refused))
            self._session = None
            self._called_at = None
        until = (next_open(self._calendar, now) - now).total_seconds()
        return min(until, LONGEST_REST_SECONDS)

    def _begin(self, hours: Hours) -> None:
        if self._session is None or self._session.session != hours.session:
            self._session, self._called_at = hours, None
            log.info(event_line("session_begun", session=hours.session, until=hours.close_at))

    def _call_the_roll(self, hours: Hours, now: datetime) -> None:
        """See who is to be watched; when that cannot be told, everybody stays who was."""
        if self._called_at is not None and timedelta(0) <= now - self._called_at < ROLL_AFTER:
            return
        try:
            references = self._roll.call(hours)
        except self._roll.failures as error:
            self.counts.roll_failures += 1
            self.counts.roll_problem = f"{type(error).__name__}: {error}"
            log.warning(event_line("roll_failed", said=self.counts.roll_problem))
            self._called_at = now - ROLL_AFTER + timedelta(minutes=1)
            return
        self.counts.roll_problem = ""
        self._called_at = now
        self._watch.follow(references, now)

    def _failed(self, error: FeedError) -> float:
        self._failures += 1
        self._is_ahead = False
        self.counts.source_failures += 1
        self.counts.source_problem = str(error)
        wait = min(self._every_seconds * 2.0 ** min(self._failures - 1, 10), LONGEST_REST_SECONDS)
        log.warning(
            event_line("source_failed", source=self._source.name, said=str(error), again_in_seconds=wait)
        )
        return max(wait, self._every_seconds)

    def _answered(self, ticks: int) -> None:
        if self._failures:
            log.info(event_line("source_back", source=self._source.name, failures=self._failures))
        self._failures = 0
        self.counts.source_problem = ""
        self.counts.looks += 1
        self.counts.ticks += ticks
        self.counts.last_look_at = self._clock.now()

    def _tell(self, triggers: Sequence[Trigger]) -> None:
        for trigger in triggers:
            self.counts.triggers[trigger.kind] += 1
        for each in submissions_of(triggers, many_from=self._many_from, book=self._roll.book):
            log.info(event_line("submitted", each))
            self._outlet.submit(each)

    def _rest(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()
        if self._is_stream and self._session is not None:
            self.closing.wait(GATHER_SECONDS)
