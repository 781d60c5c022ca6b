"""Server-sent events: a pulse whenever something shown has changed, for as long as the visitor may look."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from desk.web.dashboard_data import DashboardReader, mark_of
from desk.web.places import Places
from fund.errors import DeskError

log = logging.getLogger("conclave.stream")
TICK_SECONDS = 1.0
"""How long a change may go unnoticed, and how often a session is held against the accounts."""
HEARTBEAT_TICKS = 15
Pulse = dict[str, Any]


class Streams:
    """Every open stream, fed by one reading a tick however many listen."""

    def __init__(self, reader: DashboardReader, places: Places) -> None:
        self._reader = reader
        self._places = places
        self._turn = asyncio.Lock()
        self._last: Pulse | None = None
        self._read_at = float("-inf")

    def has_room(self, user: str) -> bool:
        """Tell whether this user may open one more."""
        return self._places.has_room(user)

    async def listen(self, user: str, still: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """Yield events until the listener leaves, the session ends or the server does."""
        with self._places.taken_by(user):
            heard, quiet = "", 0
            while not self._places.ending():
                if not await still():
                    yield "event: closed\ndata: {}\n\n"
                    return
                pulse = await self._pulse()
                mark = mark_of(pulse) if pulse else heard
                quiet += 1
                if pulse and mark != heard:
                    yield f"id: {mark}\nevent: pulse\ndata: {json.dumps(pulse)}\n\n"
                    heard, quiet = mark, 0
                elif quiet >= HEARTBEAT_TICKS:
                    yield ": still here\n\n"
                    quiet = 0
                await asyncio.sleep(TICK_SECONDS)

    async def _pulse(self) -> Pulse | None:
        """Return the desk's pulse, at most a tick old; None where it could not be read just now."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            if loop.time() - self._read_at >= TICK_SECONDS:
                try:
                    self._last = await asyncio.to_thread(self._reader.pulse)
                except (DeskError, SQLAlchemyError) as error:
                    log.warning("the pulse could not be read: %s", type(error).__name__)
                    self._last = None
                self._read_at = loop.time()
            return self._last
