"""Every call to an LLM: its cost reserved before, its answer kept after, so that none is paid twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection, RowMapping, Table, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.ledger_rows import aware
from db.locks import Lock, hold
from db.tables import llm_calls
from fund.errors import BudgetError

CallStatus = Literal["reserved", "answered", "rejected", "failed"]
"""Answered: text that fits what was asked for. Rejected: text that does not. Failed: no text came."""
STALE_AFTER = timedelta(minutes=15)
ABANDONED = "abandoned: the process that reserved it never came back"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMCall:
    """One attempt of one role; costs in USD."""

    call_id: str
    """A pure function of cycle, role, attempt and prompt: a resumed cycle finds its answer by it."""
    cycle_id: str | None
    role: str
    attempt: int
    provider: str
    llm: str
    prompt_hash: str
    prompt_characters: int
    started_at: datetime
    status: CallStatus = "reserved"
    answer: str | None = None
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal = ZERO
    reserved_usd: Decimal = ZERO
    """What the call may cost at most; counts against the budget until the call is recorded."""
    latency_ms: float | None = None

    @property
    def day(self) -> date:
        """Return the UTC day whose budget pays for it."""
        return aware(self.started_at).astimezone(UTC).date()


class LLMCalls:
    """Reserves and records calls over one connection.

    A reservation holds a lock until its transaction ends: give it a short transaction of its own.
    """

    def __init__(self, connection: Connection, table: Table = llm_calls) -> None:
        """Calls of another table are paid from another budget, and neither sees the other's."""
        self._connection = connection
        self._table = table

    def reserve(self, call: LLMCall, *, budget_usd: Decimal) -> LLMCall:
        """Set `call.reserved_usd` aside, or return the call as it stands when it has ended before.

        Parallel reservations never add up to more than the budget of the day. Reservations older than
        fifteen minutes belong to dead processes and are released; a call that is reserved again is not
        charged twice. Raises `BudgetError` when the call could cost more than is left.
        """
        hold(self._connection, Lock.BUDGET)
        earlier = self.find(call.call_id)
        if earlier is not None and earlier.status != "reserved":
            return earlier
        self._release_stale(before=call.started_at - STALE_AFTER)
        committed = self.committed(call.day, leaving_out=call.call_id)
        if committed + call.reserved_usd > budget_usd:
            raise BudgetError(
                f"the call of {call.role!r} may cost {call.reserved_usd} USD, of {budget_usd} USD for "
                f"{call.day.isoformat()} {committed} are spent or reserved; raise "
                "llm.daily_budget_usd in the mandate, or wait"
            )
        reserved = replace(call, status="reserved", error=None)
        self._write([reserved])
        return reserved

    def record_all(self, calls: Sequence[LLMCall]) -> None:
        """Record how calls ended, all at once; calls that cost nothing need no reservation."""
        self._write([replace(call, reserved_usd=ZERO) for call in calls])

    def find(self, call_id: str) -> LLMCall | None:
        """Return a call, None when it was never made."""
        row = self._connection.execute(select(self._table).where(self._table.c.call_id == call_id)).mappings()
        found = row.one_or_none()
        return None if found is None else _call(found)

    def of_cycle(self, cycle_id: str) -> tuple[LLMCall, ...]:
        """Return the finished calls of a cycle, in the order they were begun."""
        mine = self._table.c
        chosen = select(self._table).where(mine.cycle_id == cycle_id, mine.status != "reserved")
        found = self._connection.execute(chosen.order_by(mine.started_at, mine.call_id)).mappings()
        return tuple(_call(row) for row in found)

    def spent(self, day: date) -> Decimal:
        """Return what the recorded calls of a UTC day cost, USD."""
        chosen = select(func.coalesce(func.sum(self._table.c.cost_usd), ZERO)).where(self._table.c.day == day)
        return Decimal(self._connection.execute(chosen).scalar_one())

    def committed(self, day: date, *, leaving_out: str = "") -> Decimal:
        """Return spent plus reserved of a UTC day, USD; `leaving_out` names a call that is reserved anew."""
        reserved = case((self._table.c.call_id == leaving_out, ZERO), else_=self._table.c.reserved_usd)
        total = func.coalesce(func.sum(self._table.c.cost_usd + reserved), ZERO)
        return Decimal(self._connection.execute(select(total).where(self._table.c.day == day)).scalar_one())

    def _release_stale(self, *, before: datetime) -> None:
        """Free the money of reservations made before a moment.

        Such a call stays unanswered: who resumes its cycle may reserve it again, and an answer that
        comes late is still recorded with its cost.
        """
        self._connection.execute(
            update(self._table)
            .where(
                self._table.c.status == "reserved",
                self._table.c.reserved_usd > 0,
                self._table.c.started_at < aware(before),
            )
            .values(error=ABANDONED, reserved_usd=ZERO)
        )

    def _write(self, calls: Sequence[LLMCall]) -> None:
        if not calls:
            return
        names = tuple(LLMCall.__dataclass_fields__)
        rows = [{**{name: getattr(call, name) for name in names}, "day": call.day} for call in calls]
        fresh = insert(self._table)
        changed = {name: fresh.excluded[name] for name in (*names, "day") if name != "call_id"}
        self._connection.execute(
            fresh.on_conflict_do_update(
                index_elements=["call_id"], set_=changed, where=self._table.c.status == "reserved"
            ),
            rows,
        )


def _call(row: RowMapping) -> LLMCall:
    return LLMCall(**{name: value for name, value in row.items() if name != "day"})
