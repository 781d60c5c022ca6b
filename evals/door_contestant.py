"""An LLM, or the rules, as a contestant: asked through the door of the desk, as in a real cycle."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from agents.brief import Evidence
from agents.calls import CallLog, RecordedCall
from agents.llm import LLMDoor
from db.record_codec import from_plain
from evals.books.asking import BookAsked
from evals.case import Case
from evals.controls import YEAR_DAYS, inverted, reordered, restated
from evals.trial import Output
from fund.errors import AnswerError, BudgetError, LLMUnavailableError
from graph.asking import DoorAsk
from graph.committee import build_committee
from graph.context import AskRole, CommitteeContext, RoleTurn
from graph.plain import plain_json
from graph.recorded import UNASKED
from graph.strategy import proposal_from, run_committee

Shown = Literal["masked", "real", "inverted", "moved", "reordered"]
"""Under pseudonyms; as it was; under pseudonyms with the path turned over; as it was, some years later; under
the same pseudonyms with everything in the opposite order."""
BLIND: frozenset[Shown] = frozenset({"masked", "inverted", "reordered"})
YEARS_LATER = 3


class DoorContestant:
    """Answers cases about a role or the committee; `log` must be the door's own."""

    def __init__(self, name: str, door: LLMDoor, log: CallLog, *, shown: Shown) -> None:
        self.name = name
        self._door, self._log, self._shown = door, log, shown
        self._committee = build_committee()

    async def answer(self, case: Case, number: int) -> Output:
        """Answer a case; the same case and number are the same calls, so a recording has them."""
        cycle_id = cycle_of(case, number, self._shown)
        if case.subject == "book":
            return await self._played(cycle_id, case)
        evidence = self._seen(from_plain(Evidence, case.given["evidence"]))
        ask = self._ask_for(cycle_id, blind_seed(case, number, self._shown))
        if case.subject == "committee":
            return await self._decided(cycle_id, evidence, ask)
        turn = await ask(case.subject, evidence, case.given.get("earlier", {}))
        return output_of(turn.answer, turn.silent, await self._calls(turn.call_ids), absent=_is_absent(turn))

    def _ask_for(self, cycle_id: str, seed: str | None) -> DoorAsk:
        retold = reordered if self._shown == "reordered" else None
        return DoorAsk(self._door, cycle_id, blind_seed=seed, retold=retold)

    def _book_ask(self, cycle_id: str) -> DoorAsk:
        return self._ask_for(cycle_id, cycle_id if self._shown in BLIND else None)

    async def _played(self, cycle_id: str, case: Case) -> Output:
        """Let the committee trade a book, and return it with what all its calls took."""
        asked = BookAsked(self._committee, self._book_ask, self._seen, cycle_id)
        played = await asked.played(self.name, case)
        calls = await self._calls([call_id for turn in asked.heard for call_id in turn.call_ids])
        if isinstance(played, str):
            return output_of(None, played, calls, absent=True)
        return output_of({**played.plain(), **first_answers(calls)}, None, calls)

    def _seen(self, evidence: Evidence) -> Evidence:
        if self._shown == "inverted":
            return inverted(evidence)
        return restated(evidence, YEARS_LATER * YEAR_DAYS) if self._shown == "moved" else evidence

    async def _decided(self, cycle_id: str, known: Evidence, ask: AskRole) -> Output:
        heard: list[RoleTurn] = []

        async def listened(role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
            heard.append(await ask(role, evidence, earlier))
            return heard[-1]

        context = CommitteeContext(cycle_id=cycle_id, evidence=known, ask=listened)
        answer: dict[str, Any] | None = None
        silent: str | None = None
        try:
            proposal = proposal_from(await run_committee(self._committee, context), known)
            answer = {"weights": plain_json(proposal.weights), "reasons": dict(proposal.reasons)}
        except (AnswerError, BudgetError, LLMUnavailableError) as error:
            silent = str(error)
        called = sorted({call_id for turn in heard for call_id in turn.call_ids})
        return output_of(answer, silent, await self._calls(called), absent=any(map(_is_absent, heard)))

    async def _calls(self, call_ids: Sequence[str]) -> list[RecordedCall]:
        found = [await self._log.find(call_id) for call_id in call_ids]
        return [call for call in found if call is not None]


def first_answers(calls: Sequence[RecordedCall]) -> dict[str, int]:
    """Return how many first texts of roles came, and how many of them fitted their schema."""
    first = [call for call in calls if call.attempt == 0]
    return {"first_answers": len(first), "fitted": sum(call.status == "answered" for call in first)}


def cycle_of(case: Case, number: int, shown: str) -> str:
    """Return the cycle of a trial: the same trial is the same calls."""
    return f"{case.case_id}#{number}/{shown}"


def blind_seed(case: Case, number: int, shown: Shown) -> str | None:
    """Return what pseudonyms are drawn by; another order of the same has the same. None shows real names."""
    return cycle_of(case, number, "masked" if shown == "reordered" else shown) if shown in BLIND else None


def output_of(
    answer: Mapping[str, Any] | None,
    silent: str | None,
    calls: Sequence[RecordedCall],
    *,
    absent: bool = False,
) -> Output:
    """Return an answer or a silence with what its calls took."""
    return Output(
        answer=answer,
        silent=silent if answer is None else None,
        absent=absent and answer is None,
        valid_first=all(call.status == "answered" for call in calls if call.attempt == 0),
        refused=any(call.error.startswith("refused_request") for call in calls),
        call_ids=tuple(call.call_id for call in calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cost_usd=sum((call.cost_usd for call in calls), Decimal(0)),
        ms=sum(call.latency_ms for call in calls) if calls else None,
    )


def _is_absent(turn: RoleTurn) -> bool:
    """Return whether a role was silent because nobody could be asked."""
    return turn.silent is not None and turn.silent.startswith(UNASKED)
