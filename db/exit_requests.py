"""Positions the owner wants closed: asked for once, standing until closed, gone or wanted after all."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, text

from db.ledger_rows import aware
from db.once import insert_once
from db.owner_tables import exit_endings, exit_requests
from fund.errors import QueryRefusedError
from fund.risk.owners_exits import OwnersExit

Outcome = Literal["ordered", "closed", "gone", "withdrawn"]
"""Ordered ends a partial exit, whose order was placed; gone is closed without an order of its own."""

_ORDERED = text(
    "SELECT EXISTS (SELECT FROM desk.orders AS o JOIN desk.cycles AS c ON c.cycle_id = o.cycle_id "
    "WHERE o.ticker = :ticker AND o.purpose = 'exit' "
    "AND position(:request_id in coalesce(c.inputs ->> 'owners_exits', '')) > 0)"
)


class ExitRequests:
    """The owner's exits over one connection; hold the account before what is read here is acted on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, wish: OwnersExit, *, at: datetime, session: date) -> None:
        """Put an exit up for the next decision, once; `session` is the last that was played."""
        row = {
            "request_id": wish.request_id,
            "ticker": wish.ticker,
            "fraction": wish.fraction,
            "asked_by": wish.by,
            "at": aware(at),
            "session": session,
        }
        insert_once(self._connection, exit_requests, [row])

    def standing(self) -> tuple[OwnersExit, ...]:
        """Return the exits that have not ended, oldest first."""
        ended = select(exit_endings.c.request_id)
        chosen = select(exit_requests).where(exit_requests.c.request_id.not_in(ended))
        found = self._connection.execute(chosen.order_by(exit_requests.c.at, exit_requests.c.request_id))
        return tuple(
            OwnersExit(
                request_id=row.request_id,
                ticker=row.ticker,
                by=row.asked_by,
                fraction=row.fraction.normalize(),
            )
            for row in found
        )

    def asked_at(self) -> dict[str, datetime]:
        """Return when each exit was asked for, by its id."""
        chosen = select(exit_requests.c.request_id, exit_requests.c.at)
        return {row.request_id: row.at for row in self._connection.execute(chosen)}

    def was_ordered(self, wish: OwnersExit) -> bool:
        """Tell whether a decision has placed an order for it."""
        named = {"ticker": wish.ticker, "request_id": wish.request_id}
        return bool(self._connection.execute(_ORDERED, named).scalar_one())

    def end(
        self, request_id: str, outcome: Outcome, *, by: str, at: datetime, cycle_id: str | None = None
    ) -> None:
        """Note that an exit has ended; raises `QueryRefusedError` where it has none that stands."""
        if request_id not in {each.request_id for each in self.standing()}:
            raise QueryRefusedError(f"the exit {request_id!r} does not stand any more; see the open orders")
        row = {"request_id": request_id, "outcome": outcome, "ended_by": by, "at": aware(at)}
        self._connection.execute(insert(exit_endings), row | {"cycle_id": cycle_id})
