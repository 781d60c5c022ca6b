"""The door's call log on PostgreSQL: an answered call is found again by its key, after any crash."""

import asyncio
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine, Table

from agents.calls import CallStatus, RecordedCall
from db.engine import in_transaction
from db.llm_calls import LLMCall, LLMCalls
from db.tables import llm_calls
from fund.errors import BudgetError


class DatabaseCallLog:
    """Keeps calls in the desk's database, each step in a short transaction of its own."""

    def __init__(self, engine: Engine, table: Table = llm_calls) -> None:
        self._engine = engine
        self._table = table

    async def find(self, call_id: str) -> RecordedCall | None:
        """Return the finished call with this key, None if there is none."""
        return await asyncio.to_thread(self._find, call_id)

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Set money aside, or return False when the day's budget would not hold it."""
        return await asyncio.to_thread(self._reserve, call_id, started_at, cost_usd, budget_usd)

    async def record(self, call: RecordedCall) -> None:
        """Keep a finished call in place of its reservation."""
        await asyncio.to_thread(self._record, call)

    def _find(self, call_id: str) -> RecordedCall | None:
        found = in_transaction(
            self._engine, lambda connection: LLMCalls(connection, self._table).find(call_id)
        )
        if found is None or found.status == "reserved":
            return None
        return _recorded(found, found.status)

    def _reserve(self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal) -> bool:
        wanted = LLMCall(
            call_id=call_id,
            cycle_id=None,
            role="",
            attempt=0,
            provider="",
            llm="",
            prompt_hash="",
            prompt_characters=0,
            started_at=started_at,
            reserved_usd=cost_usd,
        )
        try:
            in_transaction(
                self._engine,
                lambda connection: LLMCalls(connection, self._table).reserve(wanted, budget_usd=budget_usd),
            )
        except BudgetError:
            return False
        return True

    def _record(self, call: RecordedCall) -> None:
        in_transaction(
            self._engine, lambda connection: LLMCalls(connection, self._table).record_all([_stored(call)])
        )


def _stored(call: RecordedCall) -> LLMCall:
    return LLMCall(
        call_id=call.call_id,
        cycle_id=call.cycle_id,
        role=call.role,
        attempt=call.attempt,
        provider=call.provider,
        llm=call.llm,
        prompt_hash=call.prompt_hash,
        prompt_characters=call.prompt_characters,
        started_at=call.started_at,
        status=call.status,
        answer=call.answer,
        error=call.error,
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        cost_usd=call.cost_usd,
        latency_ms=call.latency_ms,
    )


def _recorded(call: LLMCall, status: CallStatus) -> RecordedCall:
    return RecordedCall(
        call_id=call.call_id,
        cycle_id=call.cycle_id or "",
        role=call.role,
        attempt=call.attempt,
        provider=call.provider,
        llm=call.llm,
        prompt_hash=call.prompt_hash,
        prompt_characters=call.prompt_characters,
        status=status,
        answer=call.answer or "",
        error=call.error or "",
        input_tokens=call.input_tokens or 0,
        output_tokens=call.output_tokens or 0,
        cost_usd=call.cost_usd,
        latency_ms=int(call.latency_ms or 0),
        started_at=call.started_at,
    )
