"""Where the dashboard is served: the page, its parts and the stream that says when they have changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, StreamingResponse

from desk.web.api import told
from desk.web.calls import CallRefusedError
from desk.web.dashboard import dashboard_page, dashboard_parts
from desk.web.dashboard_data import DashboardReader
from desk.web.session_guard import onlooker_of, still_welcome
from desk.web.stream import Streams

PATH = "/dashboard"


def add_dashboard(app: FastAPI, reader: DashboardReader, streams: Streams) -> None:
    """Add the routes; whoever may enter may look."""

    async def page(request: Request) -> Response:
        if onlooker_of(request) is None:
            return RedirectResponse("/", status_code=303)
        return HTMLResponse(dashboard_page(await asyncio.to_thread(reader.read)))

    async def parts(request: Request) -> Response:
        if onlooker_of(request) is None:
            return PlainTextResponse("Log in first.\n", status_code=401)
        return HTMLResponse(dashboard_parts(await asyncio.to_thread(reader.read)))

    async def stream(request: Request) -> Response:
        visitor = onlooker_of(request)
        if visitor is None:
            return told(CallRefusedError("log in, or send an API key as X-API-Key", 401))
        if not streams.has_room(visitor.name):
            return told(CallRefusedError("too many dashboards are open; close one", 429, retry_after=30))
        events = _events(streams, visitor.name, still_welcome(request))
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    app.add_api_route(PATH, page, methods=["GET"])
    app.add_api_route(f"{PATH}/parts", parts, methods=["GET"])
    app.add_api_route(f"{PATH}/stream", stream, methods=["GET"])


async def _events(streams: Streams, user: str, still: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
    async for event in streams.listen(user, still):
        yield event.encode()
