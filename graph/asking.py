"""Asks a role through the LLM door, for a graph that only knows plain JSON."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from agents.answers import MacroAnswer, ManagerAnswer, QuantAnswer, ValidatorAnswer
from agents.blind import Pseudonyms, blind
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.calls import RecordedCall
from agents.llm import LLMDoor
from agents.roles import ASKED
from graph.committee import MACRO, MANAGER, QUANT, VALIDATOR
from graph.context import RoleTurn, brief_reader


class DoorAsk:
    """Puts one cycle's questions to the door, under pseudonyms where the cycle is to be played blind."""

    def __init__(
        self,
        door: LLMDoor,
        cycle_id: str,
        *,
        blind_seed: str | None = None,
        unveiled: Collection[str] = (),
        retold: Callable[[str], str] | None = None,
    ) -> None:
        """`unveiled` roles are shown everything also then: rules remember nothing.

        `retold` tells a brief in another way before it is sent.
        """
        self._door = door
        self._cycle_id = cycle_id
        self._blind_seed = blind_seed
        self._unveiled = frozenset(unveiled)
        self._retold = retold

    async def __call__(self, role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        """Return the role's answer in real names, or why it was silent."""
        shown, pseudonyms = veiled(evidence, None if role in self._unveiled else self._blind_seed)
        request = ASKED[role].request(
            cycle_id=self._cycle_id, evidence=shown, earlier=earlier_answers(earlier, pseudonyms)
        )
        if self._retold is not None:
            request = replace(request, brief=self._retold(request.brief))
        if (read := brief_reader.get()) is not None:
            read(request.brief)
        reply = await self._door.ask(request)
        answer = reply.answer
        if answer is not None and pseudonyms is not None:
            answer = pseudonyms.restore(answer)
        silence = reply.silence
        return RoleTurn(
            answer=answer.model_dump(mode="json") if answer is not None else None,
            silent=f"{silence.cause}: {silence.detail}" if silence is not None else None,
            speaker=reply.label,
            brief=request.brief,
            notes=reply.notes,
            call_ids=tuple(call.call_id for call in reply.calls),
            tokens=_tokens(reply.calls),
        )


def veiled(evidence: Evidence, blind_seed: str | None) -> tuple[Evidence, Pseudonyms | None]:
    """Return evidence under the pseudonyms of a seed, with the way back; without one as it is."""
    if blind_seed is None:
        return evidence, None
    return blind(evidence, int.from_bytes(sha256(blind_seed.encode()).digest()[:8], "big"))


def _tokens(calls: Sequence[RecordedCall]) -> int | None:
    """Return what the calls read and wrote; None where none of them was an LLM's."""
    return sum(call.input_tokens + call.output_tokens for call in calls) or None


def earlier_answers(answers: Mapping[str, Any], pseudonyms: Pseudonyms | None) -> Earlier:
    """Return what earlier roles said, by role, as a brief quotes it: under pseudonyms where there are any."""
    macro = MacroAnswer.model_validate(answers[MACRO]) if MACRO in answers else None
    quant = QuantAnswer.model_validate(answers[QUANT]) if QUANT in answers else None
    manager = ManagerAnswer.model_validate(answers[MANAGER]) if MANAGER in answers else None
    validator = ValidatorAnswer.model_validate(answers[VALIDATOR]) if VALIDATOR in answers else None
    if pseudonyms is None:
        return Earlier(macro=macro, quant=quant, manager=manager, validator=validator)
    return Earlier(
        macro=pseudonyms.hide(macro) if macro else None,
        quant=pseudonyms.hide(quant) if quant else None,
        manager=pseudonyms.hide(manager) if manager else None,
        validator=pseudonyms.hide(validator) if validator else None,
    )
