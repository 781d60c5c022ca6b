"""Decisions as they were taken: one row per cycle, never changed, each chained to the one before."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, or_, select, tuple_

from db.chain import GENESIS, link
from db.column_types import storable
from db.ledger_rows import aware
from db.locks import Lock, hold
from db.projection import project
from db.record_codec import from_json, to_json
from db.tables import cycles, orders
from fund.cycle import CycleRecord
from fund.errors import LedgerError

CHAINED = (
    "cycle_id",
    "seq",
    "job",
    "slot",
    "session",
    "as_of",
    "strategy",
    "status",
    "cause",
    "record",
    "inputs",
    "recorded_at",
)
"""Columns a cycle's hash covers: all that say anything."""


class Decisions:
    """Reads and writes cycle records over one connection; the caller's transaction decides what happened."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record_cycle(self, record: CycleRecord, *, job: str, slot: str, recorded_at: datetime) -> CycleRecord:
        """Record the one cycle of (job, slot) and return what is on record for it.

        The first delivery stays: a second one, the same or another, gets the first back (INV-14).
        Raises `LedgerError` when the cycle's id is already on record for another slot.
        """
        hold(self._connection, Lock.CYCLES)
        same_slot = tuple_(cycles.c.job, cycles.c.slot) == (job, slot)
        last = select(cycles.c.seq).order_by(cycles.c.seq.desc()).limit(1).scalar_subquery()
        chosen = select(cycles.c.seq, cycles.c.hash, cycles.c.job, cycles.c.slot, cycles.c.cycle_id)
        found = self._connection.execute(
            chosen.where(or_(cycles.c.seq == last, same_slot, cycles.c.cycle_id == record.cycle_id))
        ).all()
        for row in found:
            if (row.job, row.slot) == (job, slot):
                return self._required(row.cycle_id)
            if row.cycle_id == record.cycle_id:
                raise LedgerError(
                    f"cycle {record.cycle_id!r} is on record for {(row.job, row.slot)!r} and came again for "
                    f"{(job, slot)!r}; a cycle belongs to one slot"
                )
        end = max(found, key=lambda row: int(row.seq), default=None)
        seq, previous = (end.seq + 1, end.hash) if end is not None else (1, GENESIS)
        content = _row(record, job, slot, recorded_at, seq)
        chained = {"previous_hash": previous, "hash": link(previous, content)}
        self._connection.execute(insert(cycles), content | chained)
        project(self._connection, record)
        return record

    def get(self, cycle_id: str) -> CycleRecord | None:
        """Return one decision, None when there is no such cycle."""
        return self._first(select(cycles).where(cycles.c.cycle_id == cycle_id))

    def latest(self) -> CycleRecord | None:
        """Return the decision with the latest view of the market, None before the first."""
        return self._first(select(cycles).order_by(cycles.c.as_of.desc(), cycles.c.seq.desc()).limit(1))

    def first_recorded_at(self) -> datetime | None:
        """Return when the first decision was written down, by the wall's clock; None before it."""
        chosen = select(cycles.c.recorded_at).order_by(cycles.c.seq).limit(1)
        first: datetime | None = self._connection.execute(chosen).scalar()
        return first

    def by_session(self, session: date) -> tuple[CycleRecord, ...]:
        """Return the decisions taken on the close of a session, in their order."""
        return self._all(select(cycles).where(cycles.c.session == session).order_by(cycles.c.seq))

    def after(self, seq: int, most: int | None = None) -> Iterator[tuple[int, CycleRecord]]:
        """Yield the decisions recorded after the one of that place, each with its place, in their order."""
        chosen = select(cycles.c.seq, cycles.c.record).where(cycles.c.seq > seq).order_by(cycles.c.seq)
        for row in self._connection.execute(chosen.limit(most)):
            yield row.seq, from_json(CycleRecord, row.record)

    def ordering(self, ticker: str) -> tuple[CycleRecord, ...]:
        """Return the decisions that ordered something of a ticker, in order of the market they saw."""
        ordered = select(orders.c.cycle_id).where(orders.c.ticker == ticker)
        chosen = select(cycles).where(cycles.c.cycle_id.in_(ordered))
        return self._all(chosen.order_by(cycles.c.as_of, cycles.c.seq))

    def head(self) -> str:
        """Return the hash of the last recorded cycle; with it, everything before is pinned (INV-18)."""
        chosen = select(cycles.c.hash).order_by(cycles.c.seq.desc()).limit(1)
        return self._connection.execute(chosen).scalar() or GENESIS

    def _required(self, cycle_id: str) -> CycleRecord:
        record = self.get(cycle_id)
        assert record is not None
        return record

    def _first(self, statement: Select[Any]) -> CycleRecord | None:
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else _record(row)

    def _all(self, statement: Select[Any]) -> tuple[CycleRecord, ...]:
        return tuple(_record(row) for row in self._connection.execute(statement).mappings())


def _record(row: RowMapping) -> CycleRecord:
    return from_json(CycleRecord, row["record"])


def _row(record: CycleRecord, job: str, slot: str, recorded_at: datetime, seq: int) -> dict[str, Any]:
    return {
        "cycle_id": record.cycle_id,
        "seq": seq,
        "job": job,
        "slot": slot,
        "session": record.session,
        "as_of": aware(record.as_of),
        "strategy": record.strategy,
        "status": record.status,
        "cause": None if record.cause is None else storable(record.cause),
        "record": to_json(record),
        "inputs": {storable(name): storable(value) for name, value in record.inputs.items()},
        "recorded_at": aware(recorded_at),
    }
