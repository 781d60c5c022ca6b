"""Cycles as a list: what each was for and came to, newest first, without its record."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Select, select

from db.tables import cycles, orders


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRow:
    """One cycle, without what it was decided from."""

    cycle_id: str
    seq: int
    job: str
    slot: str
    session: date
    as_of: datetime
    strategy: str
    status: str
    """decided, held or halted."""
    cause: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order of a cycle, as it stands."""

    order_id: str
    ticker: str
    side: str
    quantity: Decimal
    kind: str
    status: str
    reason: str | None


class CycleList:
    """Reads cycles over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self, *, limit: int, before: int | None = None, session: date | None = None, job: str | None = None
    ) -> tuple[CycleRow, ...]:
        """Return cycles newest first, those recorded before the one at place `before`."""
        chosen = _rows().order_by(cycles.c.seq.desc()).limit(limit)
        if before is not None:
            chosen = chosen.where(cycles.c.seq < before)
        if session is not None:
            chosen = chosen.where(cycles.c.session == session)
        if job is not None:
            chosen = chosen.where(cycles.c.job == job)
        return tuple(CycleRow(**row) for row in self._connection.execute(chosen).mappings())

    def one(self, cycle_id: str) -> CycleRow | None:
        """Return one cycle, None when there is none of this id."""
        row = self._connection.execute(_rows().where(cycles.c.cycle_id == cycle_id)).mappings().one_or_none()
        return None if row is None else CycleRow(**row)

    def orders(self, cycle_id: str) -> tuple[OrderRow, ...]:
        """Return the orders of a cycle in their order."""
        chosen = select(*(orders.c[field.name] for field in fields(OrderRow)))
        chosen = chosen.where(orders.c.cycle_id == cycle_id).order_by(orders.c.line)
        return tuple(OrderRow(**row) for row in self._connection.execute(chosen).mappings())


def _rows() -> Select[tuple[object, ...]]:
    return select(*(cycles.c[field.name] for field in fields(CycleRow)))
