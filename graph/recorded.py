"""Asks a role from the record alone: an answer that is not there is said, and nobody is called."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from agents.brief import Evidence
from agents.calls import CallLog, RecordedCall
from agents.roles import ROLES
from fund.errors import QueryRefusedError
from graph.context import AskRole, RoleTurn
from graph.replies.phrases import role_title

UNASKED = ("budget", "deadline", "unavailable")
"""Why a role can be silent without a call that would be on record."""


class NotOnRecordError(QueryRefusedError):
    """A call that a replay would have to make for the first time."""


class RecordedCalls:
    """A call log that only remembers: what it does not have is refused before anything is sent."""

    def __init__(self, log: CallLog) -> None:
        self._log = log

    async def find(self, call_id: str) -> RecordedCall:
        """Return the finished call with this key; raises `NotOnRecordError` when there is none."""
        found = await self._log.find(call_id)
        if found is None:
            raise NotOnRecordError(f"no finished call {call_id} is on record")
        return found

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Refuse: a replay spends nothing."""
        raise NotOnRecordError(f"a replay spends nothing, so call {call_id} is not made")

    async def record(self, call: RecordedCall) -> None:
        """Refuse: a replay writes nothing."""
        raise NotOnRecordError(f"a replay writes nothing, so call {call.call_id} is not kept")


class NoCalls:
    """A call log without a memory, for rules whose answers cost nothing to be given again."""

    async def find(self, call_id: str) -> None:
        """Remember nothing."""

    async def reserve(
        self, call_id: str, started_at: datetime, cost_usd: Decimal, budget_usd: Decimal
    ) -> bool:
        """Allow what is free, and nothing else."""
        return cost_usd == 0

    async def record(self, call: RecordedCall) -> None:
        """Keep nothing."""


class RecordedAsk:
    """Asks a role in each of the ways it may have been asked then, until its answer is on record."""

    def __init__(
        self, ways: Sequence[AskRole], *, answered: frozenset[str], silences: Mapping[str, str], because: str
    ) -> None:
        self._ways = ways
        self._answered = answered
        self._silences = silences
        self._because = because

    async def __call__(self, role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        """Return the recorded answer, or the recorded silence of a role that nobody was asked for.

        Raises `QueryRefusedError` when neither is on record.
        """
        for way in self._ways:
            try:
                return await way(role, evidence, earlier)
            except NotOnRecordError:
                continue
        if role in self._silences:
            return RoleTurn(answer=None, silent=self._silences[role], brief="", speaker="silent")
        why = "is not on record"
        if role in self._answered:
            why = f"on record was given to another question: {self._because}"
        raise QueryRefusedError(
            f"this decision cannot be replayed: the answer of {role} {why}; a replay asks nobody"
        )


def silences_in(cause: str | None) -> dict[str, str]:
    """Return by role why it was silent without having been asked, as the cause of a held decision says.

    The money, the time or the connection that was missing then is on record nowhere else.
    """
    titles = {role_title(role): role for role in ROLES}
    named = "|".join(map(re.escape, titles))
    said = re.compile(
        rf"(?:\(|; )({named}): ((?:{'|'.join(UNASKED)}): .*?)(?=; (?:{named}): |\)$)", re.DOTALL
    )
    return {titles[found[1]]: found[2] for found in said.finditer(cause or "")}
