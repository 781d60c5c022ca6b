"""LLM calls on file by their content: made once, paid once, and given again byte for byte."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from agents.calls import RecordedCall
from evals.json_lines import JsonLines, read_lines
from fund.errors import DataError
from graph.recorded import NotOnRecordError


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the file: money set aside for a call, or the call when it was finished."""

    call_id: str
    reserved_usd: Decimal | None = None
    call: RecordedCall | None = None


class Recordings:
    """A call log on a file; the budget is that of the whole file, over all days.

    A reservation is on disk before the call is made, so what a killed run may have spent stays counted.
    """

    def __init__(self, path: Path) -> None:
        self._lines = JsonLines(path, Line)
        self._calls: dict[str, RecordedCall] = {}
        self._reserved: dict[str, Decimal] = {}
        self._spent = Decimal(0)
        try:
            for line in self._lines:
                self._take(line)
            self._ask_failures_again()
        except DataError:
            self.close()
            raise

    @property
    def spent_usd(self) -> Decimal:
        """Return what the calls have cost, and what those that never came back may have."""
        return self._spent + sum(self._reserved.values(), Decimal(0))

    async def find(self, call_id: str) -> RecordedCall | None:
        """Return the finished call with this key, None if there is none."""
        return self._calls.get(call_id)

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Set money aside if the whole stays within the budget; else return False."""
        if call_id in self._reserved:
            return True
        if self.spent_usd + cost_usd > budget_usd:
            return False
        self._keep(Line(call_id=call_id, reserved_usd=cost_usd))
        return True

    async def record(self, call: RecordedCall) -> None:
        """Keep a finished call in place of its reservation; a call already kept stays as it is."""
        if call.call_id not in self._calls:
            self._keep(Line(call_id=call.call_id, call=call))

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _ask_failures_again(self) -> None:
        """Forget calls to which no text came in an earlier run; what they cost stays counted."""
        self._calls = {key: call for key, call in self._calls.items() if call.status != "failed"}

    def _keep(self, line: Line) -> None:
        self._lines.append(line)
        self._take(line)

    def _take(self, line: Line) -> None:
        if line.call is not None:
            self._reserved.pop(line.call_id, None)
            self._spent += line.call.cost_usd
            self._calls[line.call_id] = line.call
        elif line.reserved_usd is not None:
            self._reserved[line.call_id] = line.reserved_usd


class Replayed:
    """A call log that only remembers: a call that is not on file fails the run, and nobody is asked."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._calls = {line.call_id: line.call for line in read_lines(path, Line) if line.call is not None}

    async def find(self, call_id: str) -> RecordedCall:
        """Return the finished call with this key; raises `NotOnRecordError` when there is none."""
        found = self._calls.get(call_id)
        if found is None:
            raise NotOnRecordError(
                f"{self._name} has no call {call_id[:12]}: a prompt, a brief, an LLM or a case has changed "
                "since it was recorded; record it anew, with a key where an LLM is asked"
            )
        return found

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Refuse: a replay spends nothing."""
        raise NotOnRecordError(f"a replay spends nothing, so call {call_id[:12]} is not made")

    async def record(self, call: RecordedCall) -> None:
        """Refuse: a replay writes nothing."""
        raise NotOnRecordError(f"a replay writes nothing, so call {call.call_id[:12]} is not kept")
