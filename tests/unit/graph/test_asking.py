"""Asking through the door: the committee's plain JSON on one side, typed answers on the other."""

import re
from typing import Any

from agents.brief import Evidence
from agents.llm import LLMDoor
from agents.offline import rule_answer
from agents.roster import Roster, Seat
from agents.scripted import ScriptedChatModel
from fund.clock import FixedClock
from graph.asking import DoorAsk
from graph.chat_events import StepFinished, StepStarted
from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR, build_committee
from graph.context import CommitteeContext, RoleTurn
from graph.strategy import run_committee
from support.call_log import InMemoryCallLog
from support.evidence import a_candidate, a_full_evidence, an_evidence
from support.llms import NOW, a_door, a_script, a_seat, broken, macro_json, manager_json
from support.scripted_roles import a_verdict, factors, targets, the_macro_view, the_views

REAL = re.compile(r"TK\d\d|Company Number|2016-|Apple")


def offline_door() -> LLMDoor:
    return LLMDoor(roster=Roster.of(["offline"]), log=InMemoryCallLog(), clock=FixedClock(NOW))


def rules_behind_a_wire() -> tuple[LLMDoor, ScriptedChatModel]:
    """Return a door to the offline rules in the guise of an LLM, and what it is sent."""
    chat = ScriptedChatModel(script=lambda messages: rule_answer(str(messages[-1].text)))
    return a_door(a_seat(chat)), chat


async def full_round(ask: DoorAsk, evidence: Evidence) -> dict[str, RoleTurn]:
    """Ask every role in its turn, each with the answers before it."""
    turns: dict[str, RoleTurn] = {}
    earlier: dict[str, Any] = {}
    for role in (MACRO, QUANT, MANAGER, VALIDATOR, RISK):
        turns[role] = await ask(role, evidence, earlier)
        assert turns[role].silent is None
        earlier[role] = turns[role].answer
    return turns


async def test_an_answer_is_plain_json_with_its_speaker_its_brief_and_its_call() -> None:
    turn = await DoorAsk(offline_door(), "cycle-1")(MACRO, an_evidence(), {})
    assert turn.answer is not None
    assert turn.answer["regime"] in {"risk_on", "neutral", "risk_off"}
    assert turn.silent is None
    assert turn.speaker == "offline rules, no LLM"
    assert '"role":"macro_researcher"' in turn.brief.replace(" ", "").replace("\n", "")
    assert len(turn.call_ids) == 1


async def test_every_role_is_told_what_the_roles_before_it_said() -> None:
    ask = DoorAsk(offline_door(), "cycle-1")
    earlier = {
        MACRO: the_macro_view(summary="a macro sentence"),
        QUANT: the_views(AAPL=0.61),
        MANAGER: targets(AAPL=0.0777),
        VALIDATOR: a_verdict("revise", AAPL="a concern of mine"),
    }
    told = {
        role: (await ask(role, an_evidence(), earlier)).brief for role in (QUANT, MANAGER, VALIDATOR, RISK)
    }
    assert "a macro sentence" in told[MANAGER]
    assert "0.61" in told[MANAGER]
    assert "a concern of mine" in told[MANAGER]
    assert "0.0777" in told[VALIDATOR]
    assert "0.0777" in told[RISK]


async def test_a_silent_role_says_why_and_gives_no_answer() -> None:
    turn = await DoorAsk(a_door(a_seat(a_script(broken(401)))), "cycle-1")(MACRO, an_evidence(), {})
    assert turn.answer is None
    assert turn.silent is not None
    assert turn.silent.startswith("unavailable: ")
    assert turn.speaker == "silent"


async def test_two_answers_that_fit_no_schema_are_a_silence() -> None:
    turn = await DoorAsk(a_door(a_seat(a_script("no", "no again"))), "cycle-1")(MACRO, an_evidence(), {})
    assert turn.answer is None
    assert turn.silent is not None
    assert turn.silent.startswith("answer: ")
    assert len(turn.call_ids) == 2
    assert "was refused" in turn.notes[0]


async def test_a_ticker_nobody_asked_about_is_dropped_with_a_note() -> None:
    door = a_door(a_seat(a_script(manager_json(AAPL=0.05, GME=0.9))))
    turn = await DoorAsk(door, "cycle-1")(MANAGER, an_evidence(a_candidate("AAPL")), {})
    assert turn.answer is not None
    assert [target["ticker"] for target in turn.answer["targets"]] == ["AAPL"]
    assert turn.notes == ("dropped 'GME': not a candidate of this cycle",)


async def test_blind_roles_see_no_name_and_no_date_and_answer_in_real_ones() -> None:
    evidence = a_full_evidence()
    door, chat = rules_behind_a_wire()
    turns = await full_round(DoorAsk(door, "cycle-1", blind_seed="cycle-1"), evidence)
    sent = "\n".join(str(message.text) for heard in chat.heard for message in heard.messages)
    assert len(chat.heard) == 5
    assert not REAL.search(sent), REAL.search(sent)
    manager = turns[MANAGER].answer
    assert manager is not None
    candidates = {candidate.ticker for candidate in evidence.candidates}
    assert manager["targets"]
    assert {target["ticker"] for target in manager["targets"]} <= candidates


async def test_who_is_not_blind_sees_everything() -> None:
    door, chat = rules_behind_a_wire()
    await full_round(DoorAsk(door, "cycle-1"), a_full_evidence())
    sent = "\n".join(str(message.text) for heard in chat.heard for message in heard.messages)
    assert "TK01" in sent
    assert "2016-05-02" in sent


async def test_the_seed_decides_who_is_called_what_and_the_same_seed_repeats_it() -> None:
    evidence = a_full_evidence()

    async def brief(seed: str) -> str:
        return (await DoorAsk(offline_door(), "cycle", blind_seed=seed)(QUANT, evidence, {})).brief

    assert await brief("one") == await brief("one")
    assert await brief("one") != await brief("two")


async def test_a_blind_answer_can_be_quoted_blind_to_the_next_role() -> None:
    evidence = an_evidence(a_candidate("AAPL"), a_candidate("MSFT"))
    earlier = {
        MACRO: the_macro_view(),
        QUANT: the_views(AAPL=0.6),
        MANAGER: {
            "targets": [{"ticker": "AAPL", "weight": 0.05, "reason": "AAPL beats MSFT"}],
            "summary": "AAPL only",
        },
        VALIDATOR: a_verdict("approve", AAPL="AAPL is crowded"),
    }
    turn = await DoorAsk(offline_door(), "cycle-1", blind_seed="s")(RISK, evidence, earlier)
    assert "AAPL" not in turn.brief
    assert "MSFT" not in turn.brief
    assert re.search(r"X0[12] beats X0[12]", turn.brief) or "X0" in turn.brief


async def test_the_same_question_again_is_the_same_call() -> None:
    seat: Seat = a_seat(a_script(macro_json(), macro_json(summary="another day")))
    ask = DoorAsk(a_door(seat), "cycle-1")
    first, again = await ask(MACRO, an_evidence(), {}), await ask(MACRO, an_evidence(), {})
    assert first == again
    other = await DoorAsk(a_door(seat), "cycle-2")(MACRO, an_evidence(), {})
    assert other.call_ids != first.call_ids


async def test_a_role_can_only_shrink_because_the_schema_says_so() -> None:
    greedy = '{"factors": [{"ticker": "AAPL", "factor": 1.5, "reason": "more"}], "summary": "more"}'
    door = a_door(a_seat(a_script(greedy, greedy)))
    turn = await DoorAsk(door, "cycle-1")(RISK, an_evidence(), {MANAGER: targets(AAPL=0.1)})
    assert turn.answer is None
    assert factors(AAPL=0.5)["factors"][0]["factor"] == 0.5


async def test_the_step_of_a_role_opens_with_its_brief_before_the_role_has_answered() -> None:
    seen: list[tuple[str, str]] = []

    def watch(event: StepStarted | StepFinished) -> None:
        seen.append((type(event).__name__, event.input if isinstance(event, StepStarted) else event.output))

    def answer(messages: Any) -> str:
        seen.append(("asked", ""))
        return rule_answer(str(messages[-1].text))

    chat = ScriptedChatModel(script=answer)
    ask = DoorAsk(a_door(a_seat(chat)), "cycle-1")
    context = CommitteeContext(cycle_id="cycle-1", evidence=an_evidence(), ask=ask, watch=watch)
    await run_committee(build_committee(), context)
    kinds = [kind for kind, _ in seen]
    assert kinds[-9:] == ["StepStarted", "asked", "StepFinished"] * 3
    briefs = [brief for kind, brief in seen if kind == "StepStarted"]
    assert len(briefs) == 5
    assert all('"role"' in brief for brief in briefs)


async def test_an_llms_tokens_are_counted_and_the_rules_have_none() -> None:
    door, _ = rules_behind_a_wire()
    heard = (await DoorAsk(door, "cycle-1")(MACRO, an_evidence(), {})).tokens
    assert heard is not None
    assert heard > 100
    assert (await DoorAsk(offline_door(), "cycle-1")(MACRO, an_evidence(), {})).tokens is None


async def test_each_role_is_asked_of_its_own_seat_and_only_llms_are_blind() -> None:
    chat = ScriptedChatModel(script=lambda messages: rule_answer(str(messages[-1].text)))
    rules = Roster.of(["offline"])
    roster = Roster(seats=rules.seats, by_role={VALIDATOR: (a_seat(chat, provider="openai"),)})
    log = InMemoryCallLog()
    door = LLMDoor(roster=roster, log=log, clock=FixedClock(NOW))
    ask = DoorAsk(door, "cycle-1", blind_seed="cycle-1", unveiled=roster.rule_roles)
    turns = await full_round(ask, a_full_evidence())
    assert {role: turn.speaker for role, turn in turns.items()} == {
        MACRO: "offline rules, no LLM",
        QUANT: "offline rules, no LLM",
        MANAGER: "offline rules, no LLM",
        VALIDATOR: "openai:test-llm",
        RISK: "offline rules, no LLM",
    }
    assert {call.role: call.provider for call in log.calls}[VALIDATOR] == "openai"
    assert not REAL.search(turns[VALIDATOR].brief)
    assert all("TK01" in turns[role].brief for role in (QUANT, MANAGER, RISK))


async def test_a_role_whose_llm_gives_no_answer_is_silent_and_nobody_stands_in() -> None:
    rules = Roster.of(["offline"])
    roster = Roster(seats=rules.seats, by_role={MACRO: (a_seat(a_script(broken(401))),)})
    ask = DoorAsk(LLMDoor(roster=roster, log=InMemoryCallLog(), clock=FixedClock(NOW)), "cycle-1")
    turn = await ask(MACRO, an_evidence(), {})
    assert (turn.answer, turn.speaker) == (None, "silent")
    assert (await ask(QUANT, an_evidence(), {})).answer is not None
