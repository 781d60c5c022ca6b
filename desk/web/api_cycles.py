"""Cycles over HTTP: those on record, and one that is asked for; whoever runs them comes in as an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Engine

from db.column_types import storable
from db.cycle_list import CycleList, CycleRow, OrderRow
from db.engine import in_transaction
from db.record_codec import to_plain
from desk.web.api_shapes import CycleAccepted, CyclePage, CycleQuery, CycleRequest, OneCycle, RunRequest
from desk.web.calls import Caller, CallRefusedError
from desk.web.doors import Visitor
from desk.web.routes import Route
from desk.web.sent import body_as, query_as
from fund.errors import TradingHaltedError

LONGEST_KEY = 200
LONGEST_ID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleStanding:
    """What became of a cycle that was asked for."""

    cycle_id: str
    status: str
    """waiting, running, or how it ended."""
    tickers: tuple[str, ...]
    reason: str
    by: str
    detail: str = ""
    """What is in the way, or what came of it, in a sentence."""


class CycleRunner(Protocol):
    """Runs cycles beside the schedule; both methods may block, and raise a `DeskError` to refuse."""

    def submit(self, *, slot: str, tickers: Sequence[str], reason: str, by: str) -> str:
        """Take a cycle in and return its id; the same slot is the same cycle, however often it comes."""
        ...

    def status(self, cycle_id: str) -> CycleStanding | None:
        """Return how a cycle that was submitted stands; None for one that never was."""
        ...


class CycleDoor:
    """Lists cycles and has them run; INV-14 is the runner's: one cycle for each slot."""

    def __init__(
        self, engine: Engine, caller: Caller, cycles: CycleRunner | None, discovery: CycleRunner | None
    ) -> None:
        self._engine = engine
        self._caller = caller
        self._cycles = cycles
        self._discovery = discovery

    def routes(self) -> tuple[Route, ...]:
        """Return the routes; nothing is run where nobody runs it."""
        told = "List the cycles on record, newest first, of one session or job."
        shown = (
            Route(
                method="GET",
                path="/api/cycles",
                name="cycles",
                told=told,
                answer=self._list,
                query=CycleQuery,
                returns=CyclePage,
            ),
            Route(
                method="GET",
                path="/api/cycles/{cycle_id}",
                name="cycle",
                told="Return a cycle with its orders, or how one that was asked for stands.",
                answer=self._one,
                returns=OneCycle,
                refusals=(404,),
            ),
        )
        return (*shown, *self._runs())

    def _runs(self) -> tuple[Route, ...]:
        told = (
            "Call a hearing: the committee says what it would trade, and nothing is ordered. The same "
            "Idempotency-Key is the same hearing."
        )
        runs: list[Route] = []
        if self._cycles is not None:
            runs.append(_run("/api/cycles", "run_cycle", told, self._submit, CycleRequest))
        if self._discovery is not None:
            told = "Have the pickers look for candidates; the same Idempotency-Key is the same run."
            runs.append(_run("/api/discovery/run", "run_discovery", told, self._discover, RunRequest))
        return tuple(runs)

    async def _list(self, request: Request, _visitor: Visitor) -> Response:
        asked = query_as(request, CycleQuery)

        def read(connection: Connection) -> tuple[CycleRow, ...]:
            return CycleList(connection).page(
                limit=asked.limit + 1, before=asked.before, session=asked.session, job=asked.job
            )

        found = await self._caller.call("cycles", lambda: in_transaction(self._engine, read))
        page = found[: asked.limit]
        following = page[-1].seq if len(found) > len(page) else None
        return JSONResponse({"cycles": to_plain(page), "next": following})

    async def _one(self, request: Request, _visitor: Visitor) -> Response:
        cycle_id = str(request.path_params["cycle_id"])
        found = await self._caller.call("a cycle", lambda: self._known(cycle_id))
        if found is None:
            raise CallRefusedError(f"there is no cycle {cycle_id[:40]!r}", 404)
        return JSONResponse(to_plain(found))

    def _known(self, cycle_id: str) -> Mapping[str, Any] | None:
        if len(cycle_id) > LONGEST_ID or storable(cycle_id) != cycle_id:
            return None

        def read(connection: Connection) -> tuple[CycleRow | None, tuple[OrderRow, ...]]:
            cycles = CycleList(connection)
            return cycles.one(cycle_id), cycles.orders(cycle_id)

        row, orders = in_transaction(self._engine, read)
        if row is not None:
            shown = {"cycle_id": cycle_id, "status": row.status, "detail": "", "record": row}
            return {**shown, "orders": orders}
        standings = (
            runner.status(cycle_id) for runner in (self._cycles, self._discovery) if runner is not None
        )
        standing = next((found for found in standings if found is not None), None)
        if standing is None:
            return None
        shown = {"cycle_id": cycle_id, "status": standing.status, "detail": standing.detail}
        return {**shown, "record": None, "orders": ()}

    async def _submit(self, request: Request, visitor: Visitor) -> Response:
        asked = await body_as(request, CycleRequest)
        tickers = tuple(dict.fromkeys(ticker.upper() for ticker in asked.tickers))
        return await self._taken(request, visitor, self._cycles, tickers, asked.reason)

    async def _discover(self, request: Request, visitor: Visitor) -> Response:
        asked = await body_as(request, RunRequest)
        return await self._taken(request, visitor, self._discovery, (), asked.reason)

    async def _taken(
        self,
        request: Request,
        visitor: Visitor,
        runner: CycleRunner | None,
        tickers: tuple[str, ...],
        reason: str,
    ) -> Response:
        assert runner is not None, "its route is there only with who runs it"
        slot = slot_of(visitor.name, request.headers.get("idempotency-key"))

        def submit() -> CycleStanding | str:
            try:
                cycle_id = runner.submit(slot=slot, tickers=tickers, reason=reason, by=visitor.name)
            except TradingHaltedError as halted:
                return str(halted)
            standing = runner.status(cycle_id)
            assert standing is not None, f"{cycle_id} was taken in and is not known"
            return standing

        standing = await self._caller.call("a cycle", submit)
        if isinstance(standing, str):
            raise CallRefusedError(standing, 409)
        if (standing.tickers, standing.reason) != (tickers, reason):
            raise CallRefusedError("this Idempotency-Key was used for something else", 409)
        return JSONResponse({"cycle_id": standing.cycle_id, "status": standing.status}, status_code=202)


def slot_of(user: str, key: str | None) -> str:
    """Return the slot of a request: a pure function of who asks and of the key that came along."""
    if key is None or not 1 <= len(key) <= LONGEST_KEY:
        raise CallRefusedError(
            f"this needs an Idempotency-Key of 1 to {LONGEST_KEY} characters: sent twice with the same one, "
            "it happens once",
            400,
        )
    return f"asked-{sha256(f'{len(user)}:{user}:{key}'.encode()).hexdigest()[:24]}"


def _run(path: str, name: str, told: str, answer: Any, body: Any) -> Route:
    return Route(
        method="POST",
        path=path,
        name=name,
        told=told,
        answer=answer,
        scope="cycles",
        body=body,
        returns=CycleAccepted,
        status=202,
        once="must",
        refusals=(409,),
    )
