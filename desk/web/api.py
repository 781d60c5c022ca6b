"""The HTTP API: the desk's tools for scripts, and commands that are proposed, then confirmed or declined."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from desk.web.api_commands import CommandDoor
from desk.web.api_document import openapi
from desk.web.api_named import named_routes
from desk.web.api_shapes import Me, Ticket, Tickets, ToolResult
from desk.web.api_tickets import ticket_routes
from desk.web.calls import Caller, CallRefusedError, require_scope
from desk.web.doors import Visitor
from desk.web.routes import Route
from desk.web.sent import body_of
from desk.web.session_guard import visitor_of
from desk.web.tool_catalogue import ToolCatalogue

log = logging.getLogger("conclave.api")
UNKNOWN_KEY = "send an API key as X-API-Key, or as Authorization: Bearer; or log in"


class Api:
    """Answers under /api; who asks has a key or a cookie, and asks no faster than allowed."""

    def __init__(
        self, catalogue: ToolCatalogue, caller: Caller, commands: CommandDoor, more: Sequence[Route] = ()
    ) -> None:
        """`more` are routes of other doors; what is described is what is served."""
        self._catalogue = catalogue
        self._caller = caller
        self._commands = commands
        self.routes = (*self._own(), *named_routes(catalogue, caller), *ticket_routes(commands), *more)

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        for route in self.routes:
            app.add_api_route(route.path, self._guarded(route), methods=[route.method])

    def _own(self) -> tuple[Route, ...]:
        tools = "List the tools with their arguments."
        return (
            Route(method="GET", path="/api/tools", name="list_tools", told=tools, answer=self._tools),
            Route(
                method="POST",
                path="/api/tools/{name}",
                name="tool",
                told="Call a tool.",
                answer=self._call,
                returns=ToolResult,
                refusals=(404,),
                listed=False,
            ),
            Route(
                method="GET",
                path="/api/openapi.json",
                name="document",
                told="Return this document.",
                answer=self._document,
            ),
            Route(
                method="GET",
                path="/api/me",
                name="me",
                told="Say who the key belongs to, the account's role and what the key may do.",
                answer=self._me,
                returns=Me,
            ),
            *self._of_commands(),
        )

    def _of_commands(self) -> tuple[Route, ...]:
        told = "Return a command and what became of it."
        command = "/api/commands/{command_id}"
        return (
            Route(
                method="GET",
                path="/api/commands",
                name="open_commands",
                told="List your commands that wait to be confirmed.",
                answer=self._open_commands,
                returns=Tickets,
            ),
            Route(
                method="POST",
                path="/api/commands",
                name="propose",
                told=self._catalogue.propose.description,
                answer=self._propose,
                scope="commands",
                body=self._catalogue.propose.arguments,
                returns=Ticket,
                status=201,
                once="may",
                refusals=(409,),
            ),
            Route(
                method="GET",
                path=command,
                name="command",
                told=told,
                answer=self._command,
                returns=Ticket,
                refusals=(404,),
            ),
            *(
                Route(
                    method="POST",
                    path=f"{command}/{name}",
                    name=name,
                    told=told,
                    answer=answer,
                    scope="commands",
                    returns=Ticket,
                    refusals=(202, 404, 409, 410) if name == "confirm" else (404, 409, 410),
                )
                for name, told, answer in (
                    ("confirm", "Carry a command out, once; 202 while it goes on.", self._confirm),
                    ("decline", "Turn a command down for good.", self._decline),
                )
            ),
        )

    def _guarded(self, route: Route) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                return await route.answer(request, self._admitted(request, route))
            except CallRefusedError as refusal:
                return told(refusal)

        return guarded

    def _admitted(self, request: Request, route: Route) -> Visitor:
        visitor = visitor_of(request)
        if visitor is None:
            raise CallRefusedError(UNKNOWN_KEY, 401)
        if request.method != "GET" and visitor.by == "cookie" and not from_own_page(request):
            raise CallRefusedError("with a cookie, only the desk's own pages may send this; use a key", 403)
        require_scope(visitor, route.scope)
        self._caller.admit(visitor)
        return visitor

    async def _me(self, _request: Request, visitor: Visitor) -> Response:
        return JSONResponse({"name": visitor.name, "role": visitor.role, "scopes": sorted(visitor.scopes)})

    async def _tools(self, _request: Request, _visitor: Visitor) -> Response:
        listed = [
            {"name": tool.name, "description": tool.description, "arguments": tool.schema}
            for tool in self._catalogue.readers
        ]
        return JSONResponse({"tools": listed})

    async def _document(self, _request: Request, _visitor: Visitor) -> Response:
        return JSONResponse(openapi(self._catalogue, self.routes))

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


def from_own_page(request: HTTPConnection) -> bool:
    """Tell whether a browser says that the own page sends this; the guard held its word against the host."""
    return "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
