"""What an answer of the chat costs: a call log that passes everything on and lets an evaluation listen."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal

from agents.calls import CallLog, RecordedCall

_LISTENER: ContextVar[list[RecordedCall] | None] = ContextVar("listener", default=None)


@contextmanager
def calls_overheard() -> Iterator[list[RecordedCall]]:
    """Give a list that every call joins which this task makes through an `OverheardCalls`."""
    heard: list[RecordedCall] = []
    token = _LISTENER.set(heard)
    try:
        yield heard
    finally:
        _LISTENER.reset(token)


class OverheardCalls:
    """Another call log, listened to; hand it to `desk.talk.converse`."""

    def __init__(self, log: CallLog) -> None:
        self._log = log

    async def find(self, call_id: str) -> RecordedCall | None:
        """Return the finished call with this key, None if there is none."""
        return await self._log.find(call_id)

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Set money aside in the other log; its budget counts."""
        return await self._log.reserve(call_id, started_at, cost_usd, budget_usd)

    async def record(self, call: RecordedCall) -> None:
        """Keep a finished call, and let the listener have it."""
        await self._log.record(call)
        listener = _LISTENER.get()
        if listener is not None:
            listener.append(call)
