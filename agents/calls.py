"""The record of LLM calls: what makes a killed cycle resume without asking, or paying, twice."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock
from typing import Literal, Protocol

CallStatus = Literal["answered", "rejected", "failed"]
"""Answered: text that fits the schema. Rejected: text that does not. Failed: no text came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One finished LLM call, with what it cost and what came of it."""

    call_id: str
    cycle_id: str
    role: str
    attempt: int
    provider: str
    llm: str
    prompt_hash: str
    prompt_characters: int
    status: CallStatus
    answer: str
    """The raw answer, kept for audit; empty when the call failed."""
    error: str
    """Why it was rejected or failed, without secrets; empty when answered."""
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency_ms: int
    started_at: datetime


class CallLog(Protocol):
    """Remembers calls by key and holds the day's money; every method is atomic and idempotent."""

    async def find(self, call_id: str) -> RecordedCall | None:
        """Return the finished call with this key, None if there is none."""
        ...

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Set `cost_usd` aside if the UTC day of `started_at` stays within `budget_usd`; else return False.

        Costs of recorded calls and reservations not yet recorded both count. A call that already
        holds a reservation is not charged twice.
        """
        ...

    async def record(self, call: RecordedCall) -> None:
        """Keep a finished call in place of its reservation; a call already kept stays as it is."""
        ...


class InMemoryCallLog:
    """A call log that lives as long as the process, for one-off questions, evals and tests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: dict[str, RecordedCall] = {}
        self._reserved: dict[str, tuple[date, Decimal]] = {}

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """Return every recorded call, oldest first."""
        return tuple(self._calls.values())

    async def find(self, call_id: str) -> RecordedCall | None:
        """Return the finished call with this key, None if there is none."""
        return self._calls.get(call_id)

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Set money aside, or return False when the day's budget would not hold it."""
        day = started_at.astimezone(UTC).date()
        with self._lock:
            if call_id in self._reserved or call_id in self._calls:
                return True
            if self._spent(day) + cost_usd > budget_usd:
                return False
            self._reserved[call_id] = (day, cost_usd)
            return True

    async def record(self, call: RecordedCall) -> None:
        """Keep a finished call in place of its reservation."""
        with self._lock:
            self._reserved.pop(call.call_id, None)
            self._calls.setdefault(call.call_id, call)

    def spent(self, day: date) -> Decimal:
        """Return recorded and reserved USD of one UTC day."""
        with self._lock:
            return self._spent(day)

    def _spent(self, day: date) -> Decimal:
        recorded = (c.cost_usd for c in self._calls.values() if c.started_at.astimezone(UTC).date() == day)
        reserved = (cost for reserved_on, cost in self._reserved.values() if reserved_on == day)
        return sum(recorded, Decimal(0)) + sum(reserved, Decimal(0))


def prompt_hash(*parts: str) -> str:
    """Return the sha256 of the texts of a prompt; where one text ends and the next begins matters."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def call_key(*, cycle_id: str, role: str, attempt: int, llm_id: str, prompt: str) -> str:
    """Return the key of a call: a pure function of its causes; `prompt` is a prompt's hash."""
    return prompt_hash(cycle_id, role, str(attempt), llm_id, prompt)
