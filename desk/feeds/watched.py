"""A feed behind its circuit, with a record of when it answered last and what was wrong with it."""

import threading
from collections.abc import Sequence
from time import monotonic
from typing import Protocol, runtime_checkable

from sqlalchemy import Engine

from db.engine import in_transaction
from db.feed_budgets import Standing
from db.feed_states import FeedStates
from desk.feeds.door import Door
from desk.feeds.failure import OF_THE_VENDOR, VendorError
from desk.feeds.feed import Delivery, Feed, Kind, Request
from fund.circuit import Circuit
from fund.clock import Clock
from fund.errors import FeedError
from fund.market.ticks import Tick, TickSource

FAILURES_TO_OPEN = 3
REST_SECONDS = 60.0
WRITE_EVERY_SECONDS = 30.0
"""How often it is recorded that a source which is asked every second still answers."""


@runtime_checkable
class Closing(Protocol):
    """Something that holds a connection."""

    def close(self) -> None:
        """Let it go."""
        ...


class Watch:
    """The circuit of one vendor, whatever it is asked for, and its state on record."""

    def __init__(self, name: str, engine: Engine, clock: Clock, door: Door | None = None) -> None:
        self.name = name
        self._engine = engine
        self._clock = clock
        self._door = door
        self._circuit = Circuit(failures_to_open=FAILURES_TO_OPEN, rest_seconds=REST_SECONDS)
        self._lock = threading.Lock()
        self._written: float | None = None

    @property
    def standing(self) -> str:
        """Why it is not asked now, empty when it is."""
        with self._lock:
            return self._circuit.standing(monotonic())

    @property
    def budgets(self) -> Sequence[Standing]:
        """What is left of each of its keys; nothing for a feed without any."""
        return () if self._door is None else self._door.keys.standings()

    def close(self) -> None:
        """Let the connections to the vendor go."""
        if self._door is not None:
            self._door.close()

    def let_through(self) -> None:
        """Raise `VendorError` while the circuit is open."""
        with self._lock:
            blocked = self._circuit.blocked(monotonic())
        if blocked:
            raise VendorError(self.name, "resting", blocked)

    def answered(self) -> None:
        """Close the circuit, and say so on record."""
        now = monotonic()
        with self._lock:
            self._circuit.succeeded()
            is_fresh = self._written is not None and now - self._written < WRITE_EVERY_SECONDS
            if is_fresh:
                return
            self._written = now
        at = self._clock.now()
        in_transaction(self._engine, lambda connection: FeedStates(connection).answered(self.name, now=at))

    def failed(self, error: FeedError) -> None:
        """Count what speaks against the vendor, and leave it alone for as long as it asked.

        A limit and a refused key are of its keys: those rest, for every process, and others may be left.
        """
        reason, said, wait = "not_an_answer", str(error), 0.0
        if isinstance(error, VendorError):
            reason, said, wait = error.reason, error.said, error.wait_seconds
        now = monotonic()
        with self._lock:
            if reason in OF_THE_VENDOR:
                self._circuit.failed(now)
                if wait:
                    self._circuit.rest(now, wait, "it asked to be left alone")
            self._written = None
        at = self._clock.now()
        in_transaction(
            self._engine,
            lambda connection: FeedStates(connection).failed(self.name, reason, said, now=at),
        )


class WatchedFeed:
    """A feed that is not asked while its circuit is open."""

    def __init__(self, feed: Feed, watch: Watch) -> None:
        self._feed = feed
        self.watch = watch

    @property
    def name(self) -> str:
        """The name of the feed."""
        return self._feed.name

    @property
    def offers(self) -> frozenset[Kind]:
        """The kinds of fact the feed has."""
        return self._feed.offers

    def fetch(self, request: Request) -> Delivery:
        """Return what the feed says; raises `FeedError`, at once while its circuit is open."""
        self.watch.let_through()
        try:
            delivery = self._feed.fetch(request)
        except FeedError as error:
            self.watch.failed(error)
            raise
        self.watch.answered()
        return delivery

    def close(self) -> None:
        """Let the connections to the vendor go."""
        self.watch.close()


class WatchedTicks:
    """A source of ticks that is not asked while its circuit is open."""

    def __init__(self, source: TickSource, watch: Watch) -> None:
        self._source = source
        self.watch = watch

    @property
    def name(self) -> str:
        """The name of the source."""
        return self._source.name

    def latest(self, tickers: Sequence[str]) -> Sequence[Tick]:
        """Return the newest ticks; raises `FeedError`, at once while the circuit is open."""
        self.watch.let_through()
        try:
            ticks = self._source.latest(tickers)
        except FeedError as error:
            self.watch.failed(error)
            raise
        self.watch.answered()
        return ticks

    def close(self) -> None:
        """Let the connections to the vendor go."""
        if isinstance(self._source, Closing):
            self._source.close()
        self.watch.close()
