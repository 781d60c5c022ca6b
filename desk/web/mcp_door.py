"""MCP over HTTP, with a key, and over standard input for an assistant on the same machine."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse

from desk.web.api import told
from desk.web.api_commands import CommandDoor
from desk.web.calls import Caller, CallRefusedError
from desk.web.doors import Visitor
from desk.web.guard import Receive, Scope, Send
from desk.web.mcp_tools import mcp_server
from desk.web.session_guard import visitor_of
from desk.web.tool_catalogue import ToolCatalogue

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

log = logging.getLogger("conclave.mcp")
LARGEST_BODY = 64 * 1024


class McpDoor:
    """Answers at /mcp, statelessly and in JSON; the library is loaded by the first who asks."""

    def __init__(self, catalogue: ToolCatalogue, caller: Caller, commands: CommandDoor) -> None:
        self._parts = (catalogue, caller, commands)
        self._sessions: StreamableHTTPSessionManager | None = None
        self._running: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a visitor with a key."""
        visitor = visitor_of(Request(scope))
        if visitor is None or visitor.by != "key":
            refusal = CallRefusedError("MCP needs an API key, as Authorization: Bearer or X-API-Key", 401)
            await told(refusal)(scope, receive, send)
        elif self._over.is_set():
            await JSONResponse({"error": "the desk is ending"}, status_code=503)(scope, receive, send)
        else:
            sessions = await self._open()
            await sessions.handle_request(scope, receive, send)

    async def stop(self) -> None:
        """End every session; called once, with the server."""
        self._over.set()
        if self._running is not None:
            await self._running

    async def _open(self) -> "StreamableHTTPSessionManager":
        async with self._starting:
            if self._sessions is None:
                from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

                ready = asyncio.Event()
                sessions = StreamableHTTPSessionManager(
                    mcp_server(*self._parts, _who_asks),
                    json_response=True,
                    stateless=True,
                    max_request_body_size=LARGEST_BODY,
                )
                self._running = asyncio.create_task(self._run(sessions, ready))
                await ready.wait()
                self._sessions = sessions
            return self._sessions

    async def _run(self, sessions: "StreamableHTTPSessionManager", ready: asyncio.Event) -> None:
        async with sessions.run():
            ready.set()
            await self._over.wait()


def _who_asks(server: "Server[Any, Any]") -> Visitor:
    request = server.request_context.request
    visitor = visitor_of(request) if isinstance(request, Request) else None
    if visitor is None:
        raise CallRefusedError("MCP needs an API key", 401)
    return visitor


async def serve_stdio(
    catalogue: ToolCatalogue, caller: Caller, commands: CommandDoor, visitor: Visitor
) -> None:
    """Serve one assistant over standard input and output until it closes them."""
    from mcp.server.stdio import stdio_server

    server = mcp_server(catalogue, caller, commands, lambda _: visitor)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
