"""Events over HTTP: a page of them, and server-sent events of what is recorded from now on."""

import json
from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.events import Events, RecordedEvent
from desk.web.api_shapes import EventPage, EventQuery, StreamQuery
from desk.web.calls import Caller, CallRefusedError
from desk.web.doors import Visitor
from desk.web.event_tail import SEVERITIES, EventTail, Heard, shown
from desk.web.routes import Route
from desk.web.sent import fitted, query_as
from desk.web.session_guard import still_welcome

RETRY_MILLISECONDS = 2000
NO_ROOM = "too many streams are open; close one"
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventDoor:
    """Answers with events, and keeps telling them to whoever listens."""

    def __init__(self, engine: Engine, caller: Caller, tail: EventTail) -> None:
        self._engine = engine
        self._caller = caller
        self._tail = tail

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (
            Route(
                method="GET",
                path="/api/events",
                name="events",
                told="Return events in the order of recording: the last ones, or those after a place.",
                answer=self._page,
                query=EventQuery,
                returns=EventPage,
            ),
            Route(
                method="GET",
                path="/api/stream",
                name="stream",
                told="Tell events as they are recorded, as server-sent events; Last-Event-ID goes on.",
                answer=self._stream,
                query=StreamQuery,
                refusals=(400, 409),
                media="text/event-stream",
            ),
        )

    async def _page(self, request: Request, _visitor: Visitor) -> Response:
        asked = query_as(request, EventQuery)
        grave = SEVERITIES[SEVERITIES.index(asked.severity) :]

        def read(connection: Connection) -> tuple[RecordedEvent, ...]:
            events = Events(connection)
            if asked.after is None:
                return events.latest(limit=asked.limit, kinds=asked.kind, severities=grave)[::-1]
            return events.since(asked.after, limit=asked.limit, kinds=asked.kind, severities=grave)

        found = await self._caller.call("events", lambda: in_transaction(self._engine, read))
        head = await self._tail.head()
        return JSONResponse({"events": [shown(each) for each in found], "last": head})

    async def _stream(self, request: Request, visitor: Visitor) -> Response:
        asked = query_as(request, StreamQuery)
        begin = place_of(asked, request.headers.get("last-event-id"), await self._tail.head())
        if not self._tail.places.has_room(visitor.name):
            raise CallRefusedError(NO_ROOM, 429, retry_after=30)
        told = self._told(visitor, begin, asked, request)
        return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)

    async def _told(
        self, visitor: Visitor, begin: int, asked: StreamQuery, request: Request
    ) -> AsyncIterator[bytes]:
        with self._tail.places.taken_by(visitor.name):
            yield f"id: {begin}\nretry: {RETRY_MILLISECONDS}\n\n".encode()
            async for heard in self._tail.listen(begin, asked, still_welcome(request)):
                yield as_text(heard).encode()


def as_text(heard: Heard) -> str:
    """Write what is told as server-sent events have it; a heartbeat moves the place on and is no message."""
    if heard.closed:
        return f"event: closed\ndata: {json.dumps({'reason': heard.closed})}\n\n"
    if heard.event is None:
        return f"id: {heard.seq}\n: still here\n\n"
    return f"id: {heard.seq}\ndata: {json.dumps(heard.event)}\n\n"


def place_of(asked: StreamQuery, last_event_id: str | None, head: int) -> int:
    """Return the place to begin after; `CallRefusedError` for one that is no number, or is not there yet."""
    begin = asked.after
    if last_event_id:
        if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 20):
            raise CallRefusedError(
                f"Last-Event-ID is the number of an event, was {last_event_id[:40]!a}", 400
            )
        begin = fitted({"after": int(last_event_id)}, StreamQuery).after
    if begin is None:
        return head
    if begin > head:
        raise CallRefusedError(
            f"the events end at {head}, there is no event {begin} yet: this desk is not the one you heard "
            f"last (it was restored, say); begin anew with after={head} or after=0",
            409,
        )
    return begin
