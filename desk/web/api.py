"""The HTTP API: the desk's tools for scripts, and commands that are proposed, then confirmed or declined."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from desk.web.api_commands import CommandDoor
from desk.web.api_document import openapi
from desk.web.calls import Caller, CallRefusedError
from desk.web.doors import Visitor
from desk.web.entrance import too_large
from desk.web.session_guard import visitor_of
from desk.web.tool_catalogue import ToolCatalogue

log = logging.getLogger("conclave.api")
LARGEST_BODY = 64 * 1024
Answer = Callable[[Request, Visitor], Awaitable[Response]]


class Api:
    """Answers under /api; who asks has a key or a cookie, and asks no faster than allowed."""

    def __init__(self, catalogue: ToolCatalogue, caller: Caller, commands: CommandDoor) -> None:
        self._catalogue = catalogue
        self._caller = caller
        self._commands = commands

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        for path, method, answer in (
            ("/api/tools", "GET", self._tools),
            ("/api/tools/{name}", "POST", self._call),
            ("/api/openapi.json", "GET", self._document),
            ("/api/me", "GET", self._me),
            ("/api/commands", "GET", self._open_commands),
            ("/api/commands", "POST", self._propose),
            ("/api/commands/{command_id}", "GET", self._command),
            ("/api/commands/{command_id}/confirm", "POST", self._confirm),
            ("/api/commands/{command_id}/decline", "POST", self._decline),
        ):
            app.add_api_route(path, self._guarded(answer), methods=[method])

    def _guarded(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                return await answer(request, self._admitted(request))
            except CallRefusedError as refusal:
                return told(refusal)

        return guarded

    def _admitted(self, request: Request) -> Visitor:
        visitor = visitor_of(request)
        if visitor is None:
            raise CallRefusedError(
                "send an API key as X-API-Key, or as Authorization: Bearer; or log in", 401
            )
        if request.method != "GET" and visitor.by == "cookie" and not _from_own_page(request):
            raise CallRefusedError("with a cookie, only the desk's own pages may send this; use a key", 403)
        self._caller.admit(visitor)
        return visitor

    async def _me(self, _request: Request, visitor: Visitor) -> Response:
        return JSONResponse({"name": visitor.name, "role": visitor.role})

    async def _tools(self, _request: Request, _visitor: Visitor) -> Response:
        listed = [
            {"name": tool.name, "description": tool.description, "arguments": tool.schema}
            for tool in self._catalogue.readers
        ]
        return JSONResponse({"tools": listed})

    async def _document(self, _request: Request, _visitor: Visitor) -> Response:
        return JSONResponse(openapi(self._catalogue))

    async def _call(self, request: Request, _visitor: Visitor) -> Response:
        name = str(request.path_params["name"])
        tool = self._catalogue.reader(name)
        if tool is None:
            near = self._catalogue.nearest(name)
            raise CallRefusedError(f"there is no tool {name[:60]!r}; the nearest is {near!r}", 404)
        given = await body_of(request)
        result = await self._caller.call(f"the tool {name}", lambda: tool.call(given))
        return JSONResponse({"tool": name, "result": result})

    async def _propose(self, request: Request, visitor: Visitor) -> Response:
        given = await body_of(request)
        once = request.headers.get("idempotency-key")
        return JSONResponse(await self._commands.propose(visitor, given, once), status_code=201)

    async def _open_commands(self, _request: Request, visitor: Visitor) -> Response:
        return JSONResponse({"commands": await self._commands.pending(visitor)})

    async def _command(self, request: Request, visitor: Visitor) -> Response:
        return JSONResponse(await self._commands.told(visitor, str(request.path_params["command_id"])))

    async def _confirm(self, request: Request, visitor: Visitor) -> Response:
        done = await self._commands.confirm(visitor, str(request.path_params["command_id"]))
        return JSONResponse(done, status_code=202 if done["status"] == "running" else 200)

    async def _decline(self, request: Request, visitor: Visitor) -> Response:
        return JSONResponse(await self._commands.decline(visitor, str(request.path_params["command_id"])))


def told(refusal: CallRefusedError) -> JSONResponse:
    """Write a refusal as the API writes every one: a sentence and the id of its log entry."""
    log.info("[%s] %s %s", refusal.log_id, refusal.status, refusal.said)
    headers = {}
    if refusal.retry_after:
        headers["retry-after"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["www-authenticate"] = "Bearer"
    content = {"error": refusal.said, "log_id": refusal.log_id}
    return JSONResponse(content, status_code=refusal.status, headers=headers)


async def body_of(request: Request) -> Any:
    """Return the JSON that was sent, an empty object for an empty body."""
    refusal = too_large(request.headers, LARGEST_BODY)
    if refusal is not None:
        said = json.loads(bytes(refusal.body))["error"]
        raise CallRefusedError(said, refusal.status_code)
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        return await asyncio.to_thread(json.loads, raw)
    except (ValueError, RecursionError):
        raise CallRefusedError("the body is to be JSON in UTF-8, and is not", 400) from None


def _from_own_page(request: Request) -> bool:
    """Tell whether a browser says that the own page sends this; the guard held its word against the host."""
    return "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
