"""Holds every cookie and key against the accounts before anything behind it hears of the request."""
# mypy: untyped_calls_exclude=chainlit

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.datastructures import Headers
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import cookie_parser

from desk.web.doors import Doors, Visitor
from desk.web.guard import ASGIApp, Message, Receive, Scope, Send
from fund.errors import DeskError

log = logging.getLogger("conclave.session_guard")
AWAY = "The desk cannot answer just now. Try again in a moment.\n"
SIGNALS = "/api/ws"
"""A socket that tells and does not listen: it asks again by itself, as a stream does."""
_NEEDS_NOBODY = ("/static/", "/public/", "/chat/assets/", "/chat/public/", "/healthz", "/readyz", "/metrics")


class SessionGuard:
    """Puts the visitor into the request's state, and takes worthless cookies out of the request.

    Whatever is behind it, Chainlit too, sees one cookie that holds or none, and no `Authorization` under
    the chat. A socket is asked again with every message, so that ending a session ends its open pages.
    """

    def __init__(self, app: ASGIApp, *, doors: Doors, chat_path: str, cookie: str) -> None:
        self._app = app
        self._doors = doors
        self._chat_path = chat_path
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its visitor, or with none."""
        if scope["type"] not in {"http", "websocket"} or str(scope["path"]).startswith(_NEEDS_NOBODY):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        session = self._session(headers)
        try:
            visitor = await self._visitor(headers, session)
        except (SQLAlchemyError, DeskError) as error:
            log.error("%s: nobody can be let in", scope["path"], exc_info=error)
            await _away(scope, receive, send)
            return
        kept = session[0] if session and visitor and visitor.by == "cookie" else None
        passed = {
            **scope,
            "headers": self._headers(scope, kept),
            "state": {
                **scope.get("state", {}),
                "visitor": visitor,
                "still": self._asked_again(headers, session),
            },
        }
        if scope["type"] == "http":
            await self._app(passed, receive, _secure(scope, send))
        elif scope["path"] == SIGNALS:
            await self._app(passed, receive, send)
        else:
            await self._socket(passed, receive, send, session)

    def _session(self, headers: Headers) -> tuple[str, str, object] | None:
        """Return the cookie with its name and epoch, if its signature holds and it has not run out."""
        from chainlit.auth import jwt as signed

        token = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        if not token:
            return None
        try:
            user = signed.decode_jwt(token)
        except (signed.pyjwt.PyJWTError, ValueError, TypeError, KeyError):  # type: ignore[attr-defined]
            return None
        metadata = user.metadata if isinstance(user.metadata, Mapping) else {}
        return token, str(user.identifier), metadata.get("epoch")

    async def _visitor(self, headers: Headers, session: tuple[str, str, object] | None) -> Visitor | None:
        key = key_in(headers)
        if key is not None:
            return await asyncio.to_thread(self._doors.by_key, key)
        if session is None:
            return None
        return await asyncio.to_thread(self._doors.by_session, session[1], session[2])

    def _asked_again(
        self, headers: Headers, session: tuple[str, str, object] | None
    ) -> Callable[[], Awaitable[bool]]:
        async def still() -> bool:
            try:
                return await self._visitor(headers, session) is not None
            except (SQLAlchemyError, DeskError):
                return True

        return still

    def _headers(self, scope: Scope, token: str | None) -> list[tuple[bytes, bytes]]:
        """Return the headers with one good session cookie or none, and no key for the guest."""
        in_chat = str(scope["path"]).startswith(self._chat_path)
        dropped = {b"cookie", b"authorization"} if in_chat else {b"cookie"}
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        others = {name: value for name, value in cookies.items() if not name.startswith(self._cookie)}
        if token is not None:
            others[self._cookie] = token
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
        if others:
            said = "; ".join(f"{name}={value}" for name, value in others.items())
            kept.append((b"cookie", said.encode("latin-1", errors="replace")))
        return kept

    async def _socket(
        self, scope: Scope, receive: Receive, send: Send, session: tuple[str, str, object] | None
    ) -> None:
        ended = closed = False

        async def still_theirs() -> Message:
            nonlocal ended
            message = await receive()
            if message["type"] == "websocket.receive" and not await self._holds(session):
                ended = True
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        async def unless_ended(message: Message) -> None:
            nonlocal closed
            if ended or closed:
                return
            closed = message["type"] == "websocket.close"
            await send(message)

        await self._app(scope, still_theirs, unless_ended)
        if ended and not closed:
            await send({"type": "websocket.close", "code": 1008})

    async def _holds(self, session: tuple[str, str, object] | None) -> bool:
        if session is None:
            return False
        try:
            return await asyncio.to_thread(self._doors.by_session, session[1], session[2]) is not None
        except (SQLAlchemyError, DeskError):
            return False


def key_in(headers: Headers) -> str | None:
    """Return the API key of a request, from either header."""
    key = headers.get("x-api-key")
    if key is not None:
        return key.strip()
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def visitor_of(request: Request) -> Visitor | None:
    """Return who asks, as the guard has found."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    return visitor


def still_welcome(request: Request) -> Callable[[], Awaitable[bool]]:
    """Return what asks the accounts again whether who asked may still be here; an outage ends nothing."""
    still: Callable[[], Awaitable[bool]] = request.state.still
    return still


def onlooker_of(request: Request) -> Visitor | None:
    """Return who asks if they may look at the desk's pages: a key can be made for less."""
    visitor = visitor_of(request)
    return visitor if visitor is not None and "read" in visitor.scopes else None


async def signed_in(request: Request) -> str | None:
    """Return the name of who asks and may look, None for anybody else."""
    visitor = onlooker_of(request)
    return None if visitor is None else visitor.name


def sign_in(request: Request, response: Response, name: str, epoch: int) -> None:
    """Put an account's signed cookie on the response; it says who, and never what they may do."""
    from chainlit.auth import create_jwt, set_auth_cookie
    from chainlit.user import User

    user = User(identifier=name, metadata={"epoch": epoch})
    set_auth_cookie(request, response, create_jwt(user))


def sign_out(request: Request, response: Response) -> None:
    """Take the cookie back."""
    from chainlit.auth import clear_auth_cookie

    clear_auth_cookie(request, response)


def _secure(scope: Scope, send: Send) -> Send:
    """Let cookies travel only by https where the page did."""
    if scope.get("scheme") != "https":
        return send

    async def send_secure(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [_secure_cookie(*header) for header in message.get("headers", ())]
        await send(message)

    return send_secure


def _secure_cookie(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return (name, value + b"; Secure") if is_open else (name, value)


async def _away(scope: Scope, receive: Receive, send: Any) -> None:
    if scope["type"] == "http":
        asked_by_program = str(scope["path"]).startswith(("/api/", "/mcp"))
        said = (
            JSONResponse({"error": AWAY.strip()}, 503) if asked_by_program else PlainTextResponse(AWAY, 503)
        )
        await said(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 1013})
