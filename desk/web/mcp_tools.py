"""The desk as tools for other assistants: what the catalogue reads, and `propose`, which opens a ticket."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desk.web.api_commands import CommandDoor
from desk.web.calls import Caller, CallRefusedError, require_scope
from desk.web.doors import Visitor
from desk.web.tool_catalogue import Tool, ToolCatalogue
from graph.toolbox import UNTRUSTED

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

INSTRUCTIONS = f"""Conclave is an AI investment committee that runs a paper book. These tools read its
records: holdings, limits, performance, decisions and their reasons, forecasts, the market. Every figure is
as of the desk's own clock; ask `status` for it. Statistics come with sample size and interval: quote both.
{UNTRUSTED}
Nothing here changes the desk. `propose` opens a ticket that its owner confirms over the HTTP API
within five minutes; say so, and never that it was done."""


def mcp_server(
    catalogue: ToolCatalogue,
    caller: Caller,
    commands: CommandDoor,
    visitor: Callable[["Server[Any, Any]"], Visitor],
) -> "Server[Any, Any]":
    """Return the server; `visitor` says who is asking in the request under way."""
    from mcp import types
    from mcp.server.lowlevel import Server

    server: Server[Any, Any] = Server("conclave", instructions=INSTRUCTIONS)

    async def listed() -> list[types.Tool]:
        return [_described(tool, types) for tool in (*catalogue.readers, catalogue.propose)]

    async def called(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        try:
            asking = visitor(server)
            require_scope(asking, "commands" if name == catalogue.propose.name else "read")
            caller.admit(asking)
            if name == catalogue.propose.name:
                content = {"note": UNTRUSTED, "proposed_not_done": await commands.propose(asking, arguments)}
            else:
                content = {"note": UNTRUSTED, "result": await _read(catalogue, caller, name, arguments)}
        except CallRefusedError as refusal:
            content = {"refused": refusal.said, "log_id": refusal.log_id}
        text = json.dumps(content, ensure_ascii=False)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)],
            structuredContent=content,
            isError="refused" in content,
        )

    server.list_tools()(listed)  # type: ignore[no-untyped-call]
    server.call_tool(validate_input=False)(called)
    return server


async def _read(catalogue: ToolCatalogue, caller: Caller, name: str, arguments: dict[str, Any]) -> Any:
    tool = catalogue.reader(name)
    if tool is None:
        near = catalogue.nearest(name)
        raise CallRefusedError(f"there is no tool {name[:60]!r}; the nearest is {near!r}", 404)
    return await caller.call(f"the tool {name}", lambda: tool.call(arguments))


def _described(tool: Tool, types: Any) -> Any:
    hints = types.ToolAnnotations(
        readOnlyHint=tool.read_only, destructiveHint=False, idempotentHint=tool.read_only, openWorldHint=False
    )
    return types.Tool(
        name=tool.name, description=tool.description, inputSchema=tool.schema, annotations=hints
    )
