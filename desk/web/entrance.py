"""The ways in and out: the owner's link, a password, a key for scripts, and the end of every session."""

import asyncio
import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from db.accounts import OWNER
from desk.chat.mount import CHAT_PATH
from desk.web.doors import DoorClosedError, Doors
from desk.web.landing import refused_page
from desk.web.session_guard import sign_in, sign_out, visitor_of

log = logging.getLogger("conclave.entrance")
LARGEST_FORM = 8_192


def add_entrance(app: FastAPI, doors: Doors) -> None:
    """Add the ways in and out; they answer in place of Chainlit's own, which know no accounts."""

    async def enter(request: Request, ticket: str = "") -> Response:
        if not doors.gate.opens(ticket):
            return HTMLResponse(refused_page(), status_code=403)
        response = RedirectResponse(f"{CHAT_PATH}/", status_code=303)
        sign_in(request, response, OWNER, doors.gate.epoch)
        return response

    async def log_in(request: Request) -> Response:
        refusal = too_large(request.headers, LARGEST_FORM)
        if refusal is not None:
            return refusal
        async with request.form(max_files=0, max_fields=10) as form:
            name, password = str(form.get("username", "")), str(form.get("password", ""))
        address = request.client.host if request.client else ""
        try:
            known = await asyncio.to_thread(doors.log_in, name, password, address)
        except DoorClosedError as closed:
            log.warning("too many wrong passwords from %s", address)
            return JSONResponse(
                {"detail": str(closed)}, status_code=429, headers={"retry-after": str(closed.seconds)}
            )
        if known is None:
            return JSONResponse({"detail": "credentialssignin"}, status_code=401)
        return await _signed_in(request, doors, known)

    app.add_api_route("/enter", enter, methods=["GET"])
    app.add_api_route(f"{CHAT_PATH}/login", log_in, methods=["POST"])
    _add_rest(app, doors)


def _add_rest(app: FastAPI, doors: Doors) -> None:
    async def by_key(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is None or visitor.by != "key":
            said = "send an API key as X-API-Key, or as Authorization: Bearer"
            return JSONResponse({"detail": said}, status_code=401)
        if visitor.is_limited:
            said = "a key made for less than its account may opens no chat; use a key without scopes"
            return JSONResponse({"detail": said}, status_code=403)
        return await _signed_in(request, doors, visitor.name)

    async def log_out(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is not None and visitor.by == "cookie":
            await asyncio.to_thread(doors.end_sessions, visitor.name)
        response = JSONResponse({"success": True})
        sign_out(request, response)
        return response

    app.add_api_route(f"{CHAT_PATH}/auth/header", by_key, methods=["POST"])
    app.add_api_route(f"{CHAT_PATH}/logout", log_out, methods=["POST"])


def too_large(headers: Mapping[str, str], limit: int) -> JSONResponse | None:
    """Return the refusal of a body that is too long, or that does not say how long it is; None otherwise."""
    said = headers.get("content-length")
    if said is None or not said.isdigit():
        return JSONResponse({"error": "a body must say its length (Content-Length)"}, status_code=411)
    if int(said) > limit:
        return JSONResponse(
            {"error": f"a body here has at most {limit:,} bytes, was {int(said):,}"}, status_code=413
        )
    return None


async def _signed_in(request: Request, doors: Doors, name: str) -> Response:
    response = JSONResponse({"success": True})
    sign_in(request, response, name, await asyncio.to_thread(doors.epoch, name))
    log.info("%s logged in", name)
    return response
