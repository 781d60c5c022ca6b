"""The web face: landing page, entry by link, chat, shown elements, health and metrics in one app."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from desk.chat.mount import CHAT_PATH, CHAT_UI, COOKIE, mount_chat, prepare_chainlit
from desk.chat.seat import ChatSeat
from desk.chat.store import ChatStore
from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.calls import Caller
from desk.web.doors import Doors
from desk.web.entrance import add_entrance
from desk.web.face import DeskFace, Metric
from desk.web.guard import LOOPBACK_HOSTS, WebGuard
from desk.web.landing import closed_page, open_page
from desk.web.metrics_door import add_metrics
from desk.web.pace import Pace, rates_of
from desk.web.places import Places
from desk.web.programs import Programs, Runners
from desk.web.report_door import add_reports
from desk.web.session_guard import SessionGuard, signed_in
from fund.clock import Clock, SystemClock
from fund.errors import DeskError
from graph.desk_tools import DeskTools

if TYPE_CHECKING:
    from desk.chat.history import ChatHistory
    from desk.chat.runs import Runs

log = logging.getLogger("conclave.server")
STATIC = Path(__file__).resolve().parent / "static"
_SHOWN_AS_IS = frozenset({"application/json", "text/plain"})


def create_app(
    desk: DeskFace,
    *,
    gate: OwnerGate,
    engine: Engine,
    hosts: Iterable[str] = LOOPBACK_HOSTS,
    access: Access | None = None,
    tools: DeskTools | None = None,
    clock: Clock | None = None,
    runners: Runners | None = None,
    reports: Path | None = None,
) -> FastAPI:
    """Build the web app around a desk; the desk stops with the app's lifespan.

    `engine` must reach a database that holds schema `chat`; `hosts` are the names the app answers to;
    `tools` are served to scripts and other assistants, who may have run what `runners` run; `reports` is the
    folder of experiments whose reports the owner may read.
    One app at a time is connected to the chat page, and it must be served by one worker.
    """
    access, clock = access or Access(), clock or SystemClock()
    prepare_chainlit(gate.secret, session_hours=access.session_hours)
    from desk.chat.history import ChatHistory
    from desk.chat.runs import Runs

    doors, pace, runs = Doors(gate, engine, clock), Pace(rates_of(access), clock), Runs()
    history = ChatHistory(ChatStore(engine), on_delete=desk.conversation.forget)
    programs = None
    if tools is not None:
        caller = Caller(pace, access.call_seconds)
        programs = Programs(desk, tools, engine, doors, caller, access, clock, runners or Runners())
    app = FastAPI(
        lifespan=_lifespan(desk, history, runs, programs), docs_url=None, redoc_url=None, openapi_url=None
    )
    add_entrance(app, doors)
    _add_pages(app, desk)
    _add_elements(app, history)
    _add_signals(app, desk)
    if reports is not None:
        add_reports(app, reports)
    add_metrics(app, _all_metrics(desk, history, app), doors, pace)
    if programs is not None:
        programs.add_to(app)
    for kind in (DeskError, SQLAlchemyError):
        app.add_exception_handler(kind, _unavailable)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount("/public", StaticFiles(directory=CHAT_UI / "public"))
    seat = ChatSeat(
        conversation=desk.conversation, gate=gate, history=history, pace=pace, runs=runs, role=doors.role
    )
    scripts = mount_chat(app, seat)
    app.add_middleware(SessionGuard, doors=doors, chat_path=CHAT_PATH, cookie=COOKIE)
    app.add_middleware(WebGuard, hosts=frozenset(hosts), chat_path=CHAT_PATH, chat_scripts=scripts)
    _hide_tickets()
    return app


def _lifespan(desk: DeskFace, history: "ChatHistory", runs: "Runs", programs: Programs | None) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            try:
                if programs is not None:
                    await programs.stop()
                await runs.close()
                await history.drain()
            finally:
                await desk.stop()

    return lifespan


def _add_pages(app: FastAPI, desk: DeskFace) -> None:
    async def landing(request: Request) -> Response:
        if await signed_in(request) is None:
            return HTMLResponse(closed_page(desk.mode))
        return HTMLResponse(open_page(await asyncio.to_thread(desk.status)))

    app.add_api_route("/", landing, methods=["GET"])


def _add_elements(app: FastAPI, history: "ChatHistory") -> None:
    async def element(request: Request, element_id: str) -> Response:
        owner = await signed_in(request)
        if owner is None:
            return PlainTextResponse("Log in first.\n", status_code=401)
        row = await history.content_for(element_id, owner=owner)
        if row is None:
            return PlainTextResponse("There is no such element in your threads.\n", status_code=404)
        headers = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "private"}
        if row["mime"] not in _SHOWN_AS_IS:
            headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(row['name'], safe='')}"
        return Response(row["content"], media_type=row["mime"], headers=headers)

    app.add_api_route("/elements/{element_id}", element, methods=["GET"])


def _add_signals(app: FastAPI, desk: DeskFace) -> None:
    async def healthz() -> Response:
        items = await asyncio.to_thread(desk.health)
        sound = all(item.ok for item in items if item.vital)
        body = {"status": "ok" if sound else "failing", "checks": {item.name: item.ok for item in items}}
        return JSONResponse(body, status_code=200 if sound else 503)

    async def readyz() -> Response:
        items = await asyncio.to_thread(desk.readiness)
        reasons = [f"{item.name}: {item.detail}" for item in items if not item.ok]
        body = {
            "status": "not ready" if reasons else "ready",
            "checks": {item.name: item.ok for item in items},
            "reasons": reasons,
        }
        return JSONResponse(body, status_code=503 if reasons else 200)

    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/readyz", readyz, methods=["GET"])


def _all_metrics(desk: DeskFace, history: "ChatHistory", app: FastAPI) -> Callable[[], Sequence[Metric]]:
    """Return what reads the desk's figures and the server's own."""

    def read() -> Sequence[Metric]:
        places: Places | None = getattr(app.state, "streams", None)
        return (
            *desk.metrics(),
            Metric(
                name="conclave_chat_failed_writes_total",
                help="Writes to the chat's history that failed",
                kind="counter",
                value=history.failed_writes,
            ),
            Metric(
                name="desk_streams_open",
                help="Dashboards, event streams and sockets that are open",
                kind="gauge",
                value=None if places is None else places.taken,
            ),
        )

    return read


async def _unavailable(request: Request, error: Exception) -> Response:
    """Say that the desk cannot answer now, most likely because its database is away; the log says why."""
    log.error("%s could not be answered", request.url.path, exc_info=error)
    return PlainTextResponse("The desk cannot answer just now. Try again in a moment.\n", status_code=503)


class TicketFilter(logging.Filter):
    """Keeps entry tickets out of the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, with the value of a ticket replaced."""
        if isinstance(record.args, tuple):
            record.args = tuple(_without_ticket(part) for part in record.args)
        return True


def _without_ticket(part: object) -> object:
    if isinstance(part, str) and "ticket=" in part:
        return part.partition("ticket=")[0] + "ticket=..."
    return part


def _hide_tickets() -> None:
    access = logging.getLogger("uvicorn.access")
    if not any(isinstance(found, TicketFilter) for found in access.filters):
        access.addFilter(TicketFilter())
