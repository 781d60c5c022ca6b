"""The veil of a trial: what a role was sent, to the letter, and no real name in anything that is hidden."""

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest

from agents.llm import LLMDoor
from agents.roster import Roster
from agents.scripted import ScriptedChatModel
from evals.case import Case
from evals.door_contestant import DoorContestant
from evals.experiment import CALLS
from evals.publishing.veil import Veil
from evals.recordings import Recordings
from evals.suite import SUITE, role_of
from evals.trial import Output
from fund.clock import SystemClock
from support.datasets import dataset
from support.eval_runs import a_call
from support.llms import a_seat

MASKED = [name for name, quiz in SUITE.items() if quiz.shown == "masked" and role_of(name)]


def sent_to_a_role(case: Case, folder: Path, number: int = 0) -> tuple[list[str], Output, Recordings]:
    """Ask a case through the door and return the texts that were sent."""
    heard: list[str] = []

    def listened(messages: object) -> str:
        heard.extend(str(message.text) for message in messages)  # type: ignore[attr-defined]
        return "I would rather not."

    log = Recordings(folder / CALLS)
    seat = a_seat(ScriptedChatModel(script=listened))
    door = LLMDoor(roster=Roster(seats=(seat,)), log=log, clock=SystemClock())
    output = asyncio.run(DoorContestant("it", door, log, shown="masked").answer(case, number))
    return heard, output, log


@pytest.mark.parametrize("name", MASKED)
def test_what_is_said_to_have_been_sent_was_sent(name: str, tmp_path: Path) -> None:
    case = dataset(name).cases[1]
    heard, output, log = sent_to_a_role(case, tmp_path, number=2)
    with closing(log):
        first, second = (asyncio.run(log.find(call_id)) for call_id in output.call_ids)
    veil = Veil(case, 2)
    assert heard[1] == veil.sent.brief
    assert veil.sent.system in heard[0]
    assert first is not None
    assert second is not None
    assert veil.sent_in(first) == veil.sent
    assert veil.sent_in(second) is None, "a second try quotes the first answer"


def test_another_trial_or_case_was_sent_something_else() -> None:
    one, other = dataset("signal_quality").cases[:2]
    briefs = {Veil(case, number).sent.brief for case in (one, other) for number in (0, 1)}
    assert len(briefs) >= 2
    assert Veil(one, 0).sent_in(a_call(prompt_hash="of something else")) is None
    assert Veil(one, 0).sent == Veil(one, 0).sent


@pytest.mark.parametrize("name", MASKED)
def test_every_real_ticker_and_name_is_hidden_in_values_keys_and_prose(name: str) -> None:
    case = dataset(name).cases[2]
    veil = Veil(case, 0)
    candidates = case.given["evidence"]["candidates"]
    said = {
        each["ticker"]: [f"{each['name']} ({each['ticker']}) ranks high", {"ticker": each["ticker"]}]
        for each in candidates
    }
    hidden = veil.hide(said)
    assert len(hidden) == len(said)
    text = json.dumps(hidden)
    for each in candidates:
        assert f'"{each["ticker"]}"' not in text
        assert f"({each['ticker']})" not in text
        assert each["name"] not in text
    assert text.count("ranks high") == len(said)


def test_a_ticker_within_a_word_is_left_alone_and_so_are_figures() -> None:
    (case,) = (case for case in dataset("signal_quality").cases if case.case_id == "signal-003")
    hidden = Veil(case, 0).hide({"reason": "WFCX, XWFC and WFC-like; WFC's 4.5 %", "conviction": 0.25})
    assert hidden == {"reason": "WFCX, XWFC and WFC-like; X01's 4.5 %", "conviction": 0.25}
    assert Veil(case, 0).hide(None) is None


def test_what_is_hidden_is_called_what_the_brief_calls_it() -> None:
    case = dataset("risk_management").cases[0]
    veil = Veil(case, 0)
    brief = json.loads(veil.sent.brief)
    named = {row[brief["candidates"]["columns"].index("ticker")] for row in brief["candidates"]["rows"]}
    assert {veil.hide(each["ticker"]) for each in case.given["evidence"]["candidates"]} == named
