"""Questions with an address of their own: a path for a tool of the catalogue, and nothing more."""

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from desk.web.api_shapes import ToolResult
from desk.web.calls import Caller, CallRefusedError
from desk.web.doors import Visitor
from desk.web.routes import Answer, Route
from desk.web.sent import query_of
from desk.web.tool_catalogue import Tool, ToolCatalogue


@dataclass(frozen=True, slots=True)
class Named:
    """A path, and the tool that answers there; what is in braces is an argument, the query gives the rest."""

    path: str
    tool: str


NAMED = (
    Named("/api/status", "status"),
    Named("/api/portfolio", "holdings"),
    Named("/api/limits", "limits"),
    Named("/api/performance", "performance"),
    Named("/api/trades", "trades"),
    Named("/api/decisions", "decision"),
    Named("/api/decisions/{ticker}", "why"),
    Named("/api/forecasts", "top_forecasts"),
    Named("/api/forecasts/{ticker}", "forecast"),
    Named("/api/market", "market"),
    Named("/api/alerts", "alerts"),
    Named("/api/breaker", "breaker"),
    Named("/api/watchlist", "watchlist"),
    Named("/api/evals", "evaluations"),
    Named("/api/discovery", "discovery"),
    Named("/api/discovery/suggestions", "suggestions"),
    Named("/api/discovery/performance", "picker_performance"),
    Named("/api/shadows", "shadows"),
    Named("/api/shadows/decisions", "shadow_decisions"),
)
"""A path whose tool the desk does not have is not there."""


def named_routes(catalogue: ToolCatalogue, caller: Caller) -> Iterator[Route]:
    """Yield a route for each path whose tool is in the catalogue."""
    for named in NAMED:
        tool = catalogue.reader(named.tool)
        if tool is not None:
            yield Route(
                method="GET",
                path=named.path,
                name=f"get_{tool.name}",
                told=tool.description,
                answer=_answer(tool, caller),
                query=tool.without(arguments_in(named.path)),
                returns=ToolResult,
            )


def arguments_in(path: str) -> tuple[str, ...]:
    """Return the arguments that a path carries."""
    return tuple(name for _, name, _, _ in Formatter().parse(path) if name)


def _answer(tool: Tool, caller: Caller) -> Answer:
    async def answer(request: Request, _visitor: Visitor) -> Response:
        asked = query_of(request, tool.arguments)
        twice = asked.keys() & request.path_params.keys()
        if twice:
            raise CallRefusedError(f"{min(twice)!r} is in the path already", 422)
        given = {**asked, **request.path_params}
        result = await caller.call(f"the tool {tool.name}", lambda: tool.call(given))
        return JSONResponse({"tool": tool.name, "result": result})

    return answer
