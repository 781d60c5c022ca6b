"""A call log without a database; it keeps the contract the real one is tested for."""

from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock

from agents.calls import RecordedCall


class InMemoryCallLog:
    """Keeps calls as long as the process lives."""

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
