"""The end of the events, read once a tick however many listen; who is further back reads the table."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from db.engine import in_transaction
from db.events import Events, RecordedEvent
from db.record_codec import to_plain
from db.tables import events
from desk.web.api_shapes import EventFilter
from desk.web.places import Places
from fund.alert_rules import Severity
from fund.errors import DeskError

log = logging.getLogger("conclave.events")
TICK_SECONDS = 0.5
"""How long an event may wait to be told, and how often a listener is held against the accounts."""
HEARTBEAT_TICKS = 30
KEPT = 500
"""So many events are kept at hand; they are read in pages of as many."""
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
Still = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a listener is told: an event, or that there was none up to a place."""

    seq: int
    """The place to go on after."""
    event: dict[str, Any] | None = None
    closed: str = ""
    """Why this is the last one; empty while it goes on."""


class EventTail:
    """Tells listeners of events in the order of recording: none is left out, none told twice.

    Events become visible in the order of their numbers, so a place is all that has to be remembered.
    """

    def __init__(self, engine: Engine, places: Places) -> None:
        self._engine = engine
        self.places = places
        self._turn = asyncio.Lock()
        self._kept: deque[RecordedEvent] = deque(maxlen=KEPT)
        self._head: int | None = None
        self._read_at = float("-inf")

    async def head(self) -> int:
        """Return the place of the last event there is."""
        return await asyncio.to_thread(in_transaction, self._engine, _last)

    async def listen(self, after: int, wanted: EventFilter, still: Still) -> AsyncIterator[Heard]:
        """Yield what was recorded after a place, and go on, until the listener or the server ends."""
        place, quiet = after, 0
        while not self.places.ending():
            if not await still():
                yield Heard(seq=place, closed="the account, the key or the session ended")
                return
            new = await self._after(place)
            for recorded in new:
                place = recorded.seq
                if is_wanted(recorded, wanted):
                    yield Heard(seq=place, event=shown(recorded))
                    quiet = 0
            quiet += 1
            if quiet >= HEARTBEAT_TICKS:
                yield Heard(seq=place)
                quiet = 0
            if len(new) < KEPT:
                await asyncio.sleep(TICK_SECONDS)
        yield Heard(seq=place, closed="the desk is ending; come back in a moment")

    async def _after(self, place: int) -> tuple[RecordedEvent, ...]:
        """Return what is known after a place, a page at most; nothing while the database is away."""
        try:
            head = await self._refreshed()
            if place >= head:
                return ()
            if self._kept and place >= self._kept[0].seq - 1:
                return tuple(each for each in self._kept if each.seq > place)
            return await asyncio.to_thread(in_transaction, self._engine, lambda c: _page(c, place))
        except (DeskError, SQLAlchemyError) as error:
            log.warning("the events could not be read: %s", type(error).__name__)
            return ()

    async def _refreshed(self) -> int:
        loop = asyncio.get_running_loop()
        async with self._turn:
            if self._head is None:
                self._head = await self.head()
            elif loop.time() - self._read_at >= TICK_SECONDS:
                begin = self._head
                for recorded in await asyncio.to_thread(
                    in_transaction, self._engine, lambda connection: _page(connection, begin)
                ):
                    self._kept.append(recorded)
                    self._head = recorded.seq
            self._read_at = loop.time()
            return self._head


def is_wanted(recorded: RecordedEvent, wanted: EventFilter) -> bool:
    """Tell whether a filter lets an event through."""
    event = recorded.event
    grave = SEVERITIES.index(event.severity) >= SEVERITIES.index(wanted.severity)
    return grave and (not wanted.kind or event.kind in wanted.kind)


def shown(recorded: RecordedEvent) -> dict[str, Any]:
    """Return an event as programs are told of it."""
    event: dict[str, Any] = to_plain(recorded.event)
    return {"seq": recorded.seq, **event}


def _last(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(events.c.seq), 0))).scalar_one())


def _page(connection: Connection, after: int) -> tuple[RecordedEvent, ...]:
    return Events(connection).since(after, limit=KEPT)
