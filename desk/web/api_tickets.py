"""Commands with an address of their own: each opens the ticket that its owner confirms, and does nothing."""

from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from desk.web.api_commands import CommandDoor
from desk.web.api_shapes import ResumeRequest, Ticket, WatchRequest
from desk.web.doors import Visitor
from desk.web.routes import Answer, Method, Route
from desk.web.sent import body_as, fitted


def ticket_routes(commands: CommandDoor) -> Iterator[Route]:
    """Yield the routes; what each would do is the control tools' affair (INV-16)."""

    async def resume(request: Request, visitor: Visitor) -> Response:
        await body_as(request, ResumeRequest)
        return await propose(request, visitor, {"action": "resume"})

    async def watch(request: Request, visitor: Visitor) -> Response:
        asked = await body_as(request, WatchRequest)
        return await propose(request, visitor, {"action": "watch", "tickers": asked.tickers})

    async def unwatch(request: Request, visitor: Visitor) -> Response:
        asked = fitted({"tickers": [request.path_params["ticker"]]}, WatchRequest)
        return await propose(request, visitor, {"action": "unwatch", "tickers": asked.tickers})

    async def propose(request: Request, visitor: Visitor, given: dict[str, Any]) -> Response:
        once = request.headers.get("idempotency-key")
        return JSONResponse(await commands.propose(visitor, given, once), status_code=201)

    yield _ticket("POST", "/api/breaker/resume", "propose_resume", "resume trading", resume, ResumeRequest)
    yield _ticket("POST", "/api/watchlist", "propose_watch", "watch these names", watch, WatchRequest)
    yield _ticket("DELETE", "/api/watchlist/{ticker}", "propose_unwatch", "watch a name no more", unwatch)


def _ticket(method: Method, path: str, name: str, what: str, answer: Answer, body: Any = None) -> Route:
    return Route(
        method=method,
        path=path,
        name=name,
        told=f"Propose to {what}: opens a ticket, which you confirm under /api/commands within five minutes.",
        answer=answer,
        scope="commands",
        body=body,
        returns=Ticket,
        status=201,
        once="may",
        refusals=(409,),
    )
