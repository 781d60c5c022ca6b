"""The web face: landing page, entry by link, chat, shown elements, health and metrics in one app."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from desk.chat_mount import CHAT_PATH, CHAT_UI, mount_chat, prepare_chainlit
from desk.chat_seat import ChatSeat
from desk.chat_store import ChatStore
from desk.face import DeskFace, Metric
from desk.landing import closed_page, open_page, refused_page
from desk.owner import OWNER, OwnerGate
from desk.web_guard import LOOPBACK_HOSTS, WebGuard
from fund.errors import DeskError

if TYPE_CHECKING:
    from chainlit.user import User

    from desk.chat_history import ChatHistory
    from desk.chat_runs import Runs

log = logging.getLogger("conclave.server")
STATIC = Path(__file__).resolve().parent / "static"
_SHOWN_AS_IS = frozenset({"application/json", "text/plain"})


def create_app(
    desk: DeskFace, *, gate: OwnerGate, engine: Engine, hosts: Iterable[str] = LOOPBACK_HOSTS
) -> FastAPI:
    """Build the web app around a desk; the desk stops with the app's lifespan.

    `engine` must reach a database that holds schema `chat`; `hosts` are the names the app answers to.
    One app at a time is connected to the chat page, and it must be served by one worker.
    """
    prepare_chainlit(gate.secret)
    from desk.chat_history import ChatHistory
    from desk.chat_runs import Runs

    history, runs = ChatHistory(ChatStore(engine), on_delete=desk.conversation.forget), Runs()
    app = FastAPI(lifespan=_lifespan(desk, history, runs), docs_url=None, redoc_url=None, openapi_url=None)
    _add_pages(app, desk, gate)
    _add_elements(app, history)
    _add_signals(app, desk, history)
    for kind in (DeskError, SQLAlchemyError):
        app.add_exception_handler(kind, _unavailable)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount("/public", StaticFiles(directory=CHAT_UI / "public"))
    seat = ChatSeat(conversation=desk.conversation, gate=gate, history=history, runs=runs)
    scripts = mount_chat(app, seat)
    app.add_middleware(WebGuard, hosts=frozenset(hosts), chat_path=CHAT_PATH, chat_scripts=scripts)
    _hide_tickets()
    return app


def _lifespan(desk: DeskFace, history: "ChatHistory", runs: "Runs") -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            try:
                await runs.close()
                await history.drain()
            finally:
                await desk.stop()

    return lifespan


def _add_pages(app: FastAPI, desk: DeskFace, gate: OwnerGate) -> None:
    async def landing(request: Request) -> Response:
        if await signed_in(request) is None:
            return HTMLResponse(closed_page(desk.mode))
        return HTMLResponse(open_page(await asyncio.to_thread(desk.status)))

    async def enter(request: Request, ticket: str = "") -> Response:
        if not gate.opens(ticket):
            return HTMLResponse(refused_page(), status_code=403)
        response = RedirectResponse(f"{CHAT_PATH}/", status_code=303)
        sign_in(request, response)
        return response

    app.add_api_route("/", landing, methods=["GET"])
    app.add_api_route("/enter", enter, methods=["GET"])


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


def _add_signals(app: FastAPI, desk: DeskFace, history: "ChatHistory") -> None:
    async def healthz() -> Response:
        items = await asyncio.to_thread(desk.health)
        sound = all(item.ok for item in items)
        body = {"status": "ok" if sound else "failing", "checks": {item.name: item.ok for item in items}}
        return JSONResponse(body, status_code=200 if sound else 503)

    async def metrics() -> Response:
        own = Metric(
            name="conclave_chat_failed_writes_total",
            help="Writes to the chat's history that failed.",
            kind="counter",
            value=history.failed_writes,
        )
        samples = (*await asyncio.to_thread(desk.metrics), own)
        return Response(exposition(samples), media_type="text/plain; version=0.0.4; charset=utf-8")

    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/metrics", metrics, methods=["GET"])


async def _unavailable(request: Request, error: Exception) -> Response:
    """Say that the desk cannot answer now, most likely because its database is away; the log says why."""
    log.error("%s could not be answered", request.url.path, exc_info=error)
    return PlainTextResponse("The desk cannot answer just now. Try again in a moment.\n", status_code=503)


def exposition(samples: Iterable[Metric]) -> str:
    """Write samples in Prometheus' text format."""
    lines: list[str] = []
    for sample in samples:
        told = sample.help.replace("\\", r"\\").replace("\n", r"\n")
        lines += [f"# HELP {sample.name} {told}", f"# TYPE {sample.name} {sample.kind}"]
        lines.append(f"{sample.name} {sample.value:.17g}")
    return "\n".join(lines) + "\n"


async def signed_in(request: Request) -> str | None:
    """Return the name in the request's cookie, if its signature holds and it has not run out."""
    from chainlit.auth import authenticate_user, get_token_from_cookies

    token = get_token_from_cookies(dict(request.cookies))
    if not token:
        return None
    try:
        user: User = await authenticate_user(token)
    except HTTPException:
        return None
    return user.identifier


def sign_in(request: Request, response: Response) -> None:
    """Put the owner's signed cookie on the response, the same one the password page gives."""
    from chainlit.auth import create_jwt, set_auth_cookie
    from chainlit.user import User

    set_auth_cookie(request, response, create_jwt(User(identifier=OWNER)))


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
