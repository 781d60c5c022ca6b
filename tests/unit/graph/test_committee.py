"""A committee run that is cut off, hangs or is asked again: nothing is said twice, nothing is lost."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

import graph.committee
from agents.brief import Evidence
from fund.errors import LLMUnavailableError
from graph.chat_events import StepFinished, StepStarted
from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR, Committee, build_committee
from graph.context import CommitteeContext, RoleTurn
from graph.state import CommitteeState, merged, opening_state
from graph.strategy import run_committee
from support.evidence import an_evidence
from support.scripted_roles import ScriptedRoles, a_verdict, some_roles, targets

ORDER = (MACRO, QUANT, MANAGER, VALIDATOR, RISK)


class PowerCutError(Exception):
    """The process ends here."""


@dataclass
class CutOff:
    """Roles whose process ends when one of them is asked, as long as the power is off."""

    roles: ScriptedRoles
    at: str
    turn: int = 0
    power: bool = False
    seen: int = field(default=0)

    async def __call__(self, role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        if role == self.at and not self.power:
            self.seen += 1
            if self.seen > self.turn:
                raise PowerCutError
        return await self.roles(role, evidence, earlier)


async def run(committee: Committee, roles: Any, cycle_id: str = "cycle-1", **more: Any) -> CommitteeState:
    context = CommitteeContext(cycle_id=cycle_id, evidence=an_evidence(), ask=roles, **more)
    return await run_committee(committee, context)


@pytest.mark.parametrize("at", ORDER)
async def test_a_run_that_was_cut_off_asks_only_who_has_not_answered(at: str) -> None:
    committee, roles = build_committee(InMemorySaver()), some_roles()
    cut = CutOff(roles, at)
    with pytest.raises(PowerCutError):
        await run(committee, cut)
    cut.power = True
    state = await run(committee, cut)
    assert sorted(roles.asked) == sorted(ORDER)
    assert state == await run(build_committee(), some_roles())


class CutOffSaver(InMemorySaver):
    """Checkpoints of which one is never written: the answers of its step are, their joining is not."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    async def aput(self, *arguments: Any) -> RunnableConfig:
        self.left -= 1
        if self.left == -1:
            raise PowerCutError
        return await super().aput(*arguments)


@pytest.mark.parametrize("checkpoint", range(6))
async def test_a_run_cut_off_between_an_answer_and_its_checkpoint_goes_on(checkpoint: int) -> None:
    committee, roles = build_committee(CutOffSaver(checkpoint)), some_roles()
    with pytest.raises(PowerCutError):
        await run(committee, roles)
    state = await run(committee, roles)
    assert sorted(roles.asked) == sorted(ORDER)
    assert state == await run(build_committee(), some_roles())


async def test_a_run_that_was_cut_off_in_its_revision_does_not_object_again() -> None:
    committee = build_committee(InMemorySaver())
    roles = some_roles(
        portfolio_manager=[targets(AAPL=0.08), targets(AAPL=0.04)], validator=a_verdict("revise", AAPL="no")
    )
    cut = CutOff(roles, MANAGER, turn=1)
    with pytest.raises(PowerCutError):
        await run(committee, cut)
    cut.power = True
    state = await run(committee, cut)
    assert roles.asked[2:] == [MANAGER, VALIDATOR, MANAGER, RISK]
    assert state["answers"][MANAGER] == targets(AAPL=0.04)
    assert state["revisions"] == 1


async def test_a_run_that_is_over_is_read_again_and_nobody_is_asked() -> None:
    committee, roles = build_committee(InMemorySaver()), some_roles()
    first = await run(committee, roles)
    silent = some_roles(**dict.fromkeys(ORDER, "must not be asked"))
    assert await run(committee, silent) == first
    assert silent.asked == []


async def test_a_silence_is_kept_too_so_that_a_held_cycle_stays_held() -> None:
    committee = build_committee(InMemorySaver())
    first = await run(committee, some_roles(validator="budget: spent"))
    again = some_roles()
    assert await run(committee, again) == first
    assert first["silent"] == {VALIDATOR: "budget: spent"}
    assert again.asked == []


async def test_another_cycle_is_another_run() -> None:
    committee = build_committee(InMemorySaver())
    await run(committee, some_roles())
    other = some_roles(portfolio_manager=targets(MSFT=0.01))
    state = await run(committee, other, cycle_id="cycle-2")
    assert len(other.asked) == len(ORDER)
    assert state["answers"][MANAGER] == targets(MSFT=0.01)


async def test_without_checkpoints_every_run_begins_at_the_beginning() -> None:
    committee, roles = build_committee(), some_roles()
    await run(committee, roles)
    await run(committee, roles)
    assert sorted(roles.asked) == sorted(ORDER * 2)


@pytest.mark.parametrize("role", ORDER)
async def test_a_role_that_hangs_is_cut_off_in_a_way_that_holds_the_book(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    async def ask(asked: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        if asked == role:
            await asyncio.Event().wait()
        return await roles(asked, evidence, earlier)

    monkeypatch.setattr(graph.committee, "ROLE_SECONDS", 0.05)
    roles = some_roles()
    with pytest.raises(LLMUnavailableError, match=f"outlasted every deadline, so the book is held.*{role}"):
        await run(build_committee(), ask)


async def test_two_silent_researchers_are_both_on_record() -> None:
    state = await run(
        build_committee(), some_roles(macro_researcher="deadline: 600 s", quant_researcher="answer: no JSON")
    )
    assert state["silent"] == {MACRO: "deadline: 600 s", QUANT: "answer: no JSON"}
    assert state["answers"] == {}


async def test_a_silent_turn_ends_its_step_as_failed_with_the_cause() -> None:
    seen: list[StepStarted | StepFinished] = []
    await run(build_committee(), some_roles(macro_researcher="budget: spent"), watch=seen.append)
    ended = {event.step_id: event for event in seen if isinstance(event, StepFinished)}
    assert ended[f"cycle-1/{MACRO}"].failed
    assert ended[f"cycle-1/{MACRO}"].output == "budget: spent"
    assert not ended[f"cycle-1/{QUANT}"].failed


async def test_a_finished_turn_is_told_by_its_own_summary() -> None:
    seen: list[StepStarted | StepFinished] = []
    await run(build_committee(), some_roles(), watch=seen.append)
    told = {event.step_id: event.output for event in seen if isinstance(event, StepFinished)}
    assert told == {
        f"cycle-1/{MACRO}": "calm",
        f"cycle-1/{QUANT}": "2 views",
        f"cycle-1/{MANAGER}": "2 targets",
        f"cycle-1/{VALIDATOR}": "approve",
        f"cycle-1/{RISK}": "0 cut",
    }


def test_what_parallel_roles_write_is_joined_and_the_later_answer_wins() -> None:
    assert merged({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
    assert merged({"a": {"old": 1}}, {"a": {"new": 2}}) == {"a": {"new": 2}}
    one, other = opening_state(), opening_state()
    one["answers"]["macro_researcher"] = {}
    assert other["answers"] == {}
