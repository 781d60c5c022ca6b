"""Events over a WebSocket: the same messages, for whoever shows a key in a header or as the first message."""

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect
from sqlalchemy.exc import SQLAlchemyError

from desk.web.api import UNKNOWN_KEY, from_own_page
from desk.web.api_events import NO_ROOM, place_of
from desk.web.api_shapes import StreamQuery
from desk.web.calls import Caller, CallRefusedError, require_scope
from desk.web.doors import Doors, Visitor
from desk.web.event_tail import EventTail, Heard, Still
from desk.web.sent import query_as
from desk.web.session_guard import SIGNALS
from fund.errors import DeskError

PATH = SIGNALS
FIRST_MESSAGE_SECONDS = 10.0
LONGEST_FIRST_MESSAGE = 1024
MOST_UNKNOWN = 50
"""So many may be connected without having said who they are."""
QUEUE = 100
SLOW_SECONDS = 10.0
"""A listener that takes nothing for so long, with the queue full, is let go."""
LONGEST_REASON = 120
_CODES = {401: 4401, 403: 4403, 429: 4429, 503: 1013}
TOO_SLOW, SAID_SOMETHING, ENDING = 4408, 4400, 1001


@dataclass(frozen=True, slots=True)
class Closing:
    """Why a socket is closed."""

    code: int
    reason: str


class SignalSocket:
    """Answers at /api/ws; listeners only listen."""

    def __init__(self, tail: EventTail, doors: Doors, caller: Caller) -> None:
        self._tail = tail
        self._doors = doors
        self._caller = caller
        self._unknown = 0

    async def serve(self, socket: WebSocket) -> None:
        """Tell one listener until one of the two ends it."""
        await socket.accept()
        try:
            closing = await self._served(socket)
        except CallRefusedError as refusal:
            closing = Closing(_CODES.get(refusal.status, SAID_SOMETHING), refusal.said)
        except WebSocketDisconnect:
            return
        except (DeskError, SQLAlchemyError):
            closing = Closing(1013, "the desk cannot answer just now; try again in a moment")
        if closing is not None:
            await _closed(socket, closing)

    async def _served(self, socket: WebSocket) -> Closing | None:
        asked = query_as(socket, StreamQuery)
        visitor, still = await self._admitted(socket)
        begin = place_of(asked, None, await self._tail.head())
        if not self._tail.places.has_room(visitor.name):
            raise CallRefusedError(NO_ROOM, 429, retry_after=30)
        queue: asyncio.Queue[Heard] = asyncio.Queue(QUEUE)
        with self._tail.places.taken_by(visitor.name):
            await socket.send_text(json.dumps({"type": "hello", "seq": begin}))
            return await _first(
                _filled(queue, self._tail, begin, asked, still), _emptied(queue, socket), _heard(socket)
            )

    async def _admitted(self, socket: WebSocket) -> tuple[Visitor, Still]:
        visitor: Visitor | None = socket.state.visitor
        still: Still = socket.state.still
        if visitor is None:
            visitor, still = await self._introduced(socket)
        elif visitor.by == "cookie" and not from_own_page(socket):
            raise CallRefusedError("with a cookie, only the desk's own pages may listen; use a key", 403)
        require_scope(visitor, "read")
        self._caller.admit(visitor)
        return visitor, still

    async def _introduced(self, socket: WebSocket) -> tuple[Visitor, Still]:
        """Wait for the first message, `{"key": "desk_..."}`, and return whose key it is."""
        if self._unknown >= MOST_UNKNOWN:
            raise CallRefusedError("too many are connected without a key; try again", 429, retry_after=10)
        self._unknown += 1
        try:
            said = await asyncio.wait_for(socket.receive(), FIRST_MESSAGE_SECONDS)
        except TimeoutError:
            raise CallRefusedError(UNKNOWN_KEY, 401) from None
        finally:
            self._unknown -= 1
        if said["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(said.get("code", 1005))
        key = _key_in(said.get("text"))
        visitor = None if key is None else await asyncio.to_thread(self._doors.by_key, key)
        if key is None or visitor is None:
            raise CallRefusedError('the first message is {"key": "desk_..."}, with a key that holds', 401)
        return visitor, self._holds(key)

    def _holds(self, key: str) -> Still:
        async def still() -> bool:
            try:
                return await asyncio.to_thread(self._doors.by_key, key) is not None
            except (DeskError, SQLAlchemyError):
                return True

        return still


async def _filled(
    queue: asyncio.Queue[Heard], tail: EventTail, begin: int, asked: StreamQuery, still: Still
) -> Closing:
    """Put what is heard into the queue until the tail ends it or nobody takes anything out."""
    async for heard in tail.listen(begin, asked, still):
        if heard.closed:
            return Closing(ENDING if tail.places.ending() else 4401, heard.closed)
        try:
            queue.put_nowait(heard)
        except asyncio.QueueFull:
            try:
                await asyncio.wait_for(queue.put(heard), SLOW_SECONDS)
            except TimeoutError:
                return Closing(TOO_SLOW, f"too slow: {queue.qsize()} messages wait; go on after your last")
    return Closing(ENDING, "the desk is ending")


async def _emptied(queue: asyncio.Queue[Heard], socket: WebSocket) -> None:
    while True:
        heard = await queue.get()
        await socket.send_text(json.dumps(message_of(heard)))


async def _heard(socket: WebSocket) -> Closing | None:
    """Wait for the listener to leave; one that talks is told that nobody listens."""
    said = await socket.receive()
    if said["type"] == "websocket.disconnect":
        return None
    return Closing(SAID_SOMETHING, "this socket only tells; ask over HTTP")


async def _first(*works: Awaitable[Closing | None]) -> Closing | None:
    """Return what ends first; the others are cancelled and waited for."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    ended = next(task for task in tasks if task in done)
    try:
        return ended.result()
    except (WebSocketDisconnect, RuntimeError, OSError):
        return None


def message_of(heard: Heard) -> dict[str, Any]:
    """Return what is told as one message."""
    if heard.event is None:
        return {"type": "heartbeat", "seq": heard.seq}
    return {"type": "event", **heard.event}


async def _closed(socket: WebSocket, closing: Closing) -> None:
    """Say why and close; who takes nothing does not hold this up."""
    reason = closing.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
    try:
        await asyncio.wait_for(socket.close(code=closing.code, reason=reason), 1.0)
    except (TimeoutError, RuntimeError, OSError):
        return


def _key_in(text: object) -> str | None:
    if not isinstance(text, str) or len(text) > LONGEST_FIRST_MESSAGE:
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    key = said.get("key") if isinstance(said, dict) else None
    return key if isinstance(key, str) else None
