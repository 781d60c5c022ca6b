"""The record of LLM calls: what makes a killed cycle resume without asking, or paying, twice."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
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


def prompt_hash(*parts: str) -> str:
    """Return the sha256 of the texts of a prompt; where one text ends and the next begins matters."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def call_key(*, cycle_id: str, role: str, attempt: int, llm_id: str, prompt: str) -> str:
    """Return the key of a call: a pure function of its causes; `prompt` is a prompt's hash."""
    return prompt_hash(cycle_id, role, str(attempt), llm_id, prompt)
