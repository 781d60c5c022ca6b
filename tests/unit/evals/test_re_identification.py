"""The probe: who knows the companies behind pseudonyms is told from who guesses by the sector."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from agents.llm import DoorLimits, LLMDoor
from agents.re_identification import RE_IDENTIFICATION
from agents.roles import ROLES
from agents.roster import Roster
from agents.scripted import Line, ScriptedChatModel
from evals.case import Case, Dataset
from evals.door_contestant import DoorContestant
from evals.experiment import CALLS
from evals.memorisation import memorisation, under
from evals.re_identification import PROBED, Company, Named, Probe, Quarter, named, probed
from evals.recordings import Recordings
from evals.runner import Entry, run
from evals.trial import Output, Trial
from fund.clock import SystemClock
from fund.metrics.inference import share_interval
from graph.asking import veiled
from support.datasets import dataset, evidence_of
from support.llms import a_script, a_seat

WHOLE = dataset("signal_quality")
FEW = WHOLE.only([case.case_id for case in WHOLE.cases[::5]])


def guess(**said: object) -> dict[str, object]:
    plain = {"ticker": "ZZZZ", "company": "Nobody", "year": 2016, "quarter": 1, "confidence": 0.5}
    return {**plain, **said}


def truth(case: Case) -> dict[str, object]:
    (candidate,) = case.given["evidence"]["candidates"]
    year, month, _ = map(int, case.given["evidence"]["session"].split("-"))
    return guess(ticker=candidate["ticker"], company=candidate["name"], year=year, quarter=(month + 2) // 3)


def masked_brief(case: Case) -> str:
    shown, _ = veiled(evidence_of(case), f"{case.case_id}#0/masked")
    return RE_IDENTIFICATION.brief(shown)


def asked(folder: Path, known: Dataset, say: Callable[[str], Mapping[str, Any]]) -> tuple[Trial, ...]:
    """Put the probe to a persona through the door."""

    def answered(messages: object) -> str:
        (*_, last) = messages  # type: ignore[misc]
        assert isinstance(last, BaseMessage)
        return json.dumps(say(str(last.text)))

    with closing(Recordings(folder / CALLS)) as log:
        seat = a_seat(ScriptedChatModel(script=answered))
        door = LLMDoor(roster=Roster(seats=(seat,)), log=log, clock=SystemClock())
        entry = Entry(
            dataset=probed(known),
            contestants=(Probe(under("it", PROBED), door, log),),
            scorers=(Company(), Quarter()),
            trials=1,
        )
        return asyncio.run(run([entry]))


def test_a_persona_that_knows_is_told_from_one_that_guesses_by_the_sector(tmp_path: Path) -> None:
    by_brief = {masked_brief(case): truth(case) for case in FEW.cases}
    knowing = asked(tmp_path / "knows", FEW, lambda brief: by_brief[brief])
    guessing = asked(tmp_path / "guesses", FEW, lambda brief: guess(ticker="T", quarter=2))
    knows, guesses = (memorisation(FEW, trials, "it") for trials in (knowing, guessing))
    assert knows.company is not None
    assert knows.quarter is not None
    assert (knows.company.right.value, knows.quarter.right.value) == (1.0, 1.0)
    assert knows.company.right.n == len(FEW.cases)
    assert 0 < knows.company.by_chance < 0.6
    assert [what.split(" behind")[0] for what in knows.suspicions] == [
        "it names 100% of the companies",
        "it names 100% of the quarters",
    ]
    assert guesses.company is not None
    assert guesses.company.right.value < 0.1
    assert guesses.suspicions == ()


def test_what_the_probe_is_shown_is_what_the_researcher_was_shown(tmp_path: Path) -> None:
    heard: list[str] = []
    case = FEW.cases[0]

    def listened(messages: object) -> str:
        heard.append(str(list(messages)[-1].text))  # type: ignore[call-overload]
        is_probe = '"role": "re_identification"' in heard[-1]
        return json.dumps(guess() if is_probe else {"views": [], "summary": ""})

    with closing(Recordings(tmp_path / CALLS)) as log:
        seat = a_seat(ScriptedChatModel(script=listened))
        door = LLMDoor(roster=Roster(seats=(seat,)), log=log, clock=SystemClock())
        asyncio.run(DoorContestant("it", door, log, shown="masked").answer(case, 0))
        asyncio.run(Probe("it", door, log).answer(case, 0))
    researcher, probe = (json.loads(brief) for brief in heard)
    assert researcher.pop("role") == "quant_researcher"
    assert probe.pop("role") == RE_IDENTIFICATION.name
    assert probe == researcher
    candidate = case.given["evidence"]["candidates"][0]
    for secret in (candidate["ticker"], candidate["name"], case.given["evidence"]["session"]):
        assert f'"{secret}"' not in heard[1]


def test_an_outage_is_absent_and_an_answer_that_is_none_names_nobody(tmp_path: Path) -> None:
    case = FEW.cases[0]
    with closing(Recordings(tmp_path / CALLS)) as log:
        seats = (a_seat(a_script(Line(error=ConnectionError("down")), "I would rather not.", "No.")),)
        door = LLMDoor(roster=Roster(seats=seats), log=log, clock=SystemClock(), limits=DoorLimits(retries=0))
        down, refused = (asyncio.run(Probe("it", door, log).answer(case, n)) for n in (0, 1))
    assert (down.absent, refused.absent) == (True, False)
    assert (Company()(case, refused).value, Quarter()(case, refused).value) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (guess(ticker="wfc"), 1.0),
        (guess(company="The WELLS FARGO & Co."), 1.0),
        (guess(company="Fargo"), 0.0),
        (guess(ticker="X01", company="X01"), 0.0),
        (guess(ticker="", company=""), 0.0),
        (guess(ticker="BRK-B"), 0.0),
    ],
)
def test_a_company_is_named_by_ticker_or_name_and_never_by_its_pseudonym(
    said: dict[str, object], right: float
) -> None:
    (case,) = (case for case in WHOLE.cases if case.case_id == "signal-003")
    assert Company()(case, Output(answer=said)).value == right


def test_a_right_quarter_of_another_year_is_wrong() -> None:
    (case,) = (case for case in WHOLE.cases if case.case_id == "signal-003")
    found = [Quarter()(case, Output(answer=guess(year=year))).value for year in (2016, 2015)]
    assert found == [1.0, 0.0]


def test_who_was_not_asked_is_not_scorable_and_chance_is_no_knowledge() -> None:
    assert named(FEW, [], "rules") == (None, None)
    by_luck, surely = share_interval(30, 100), share_interval(45, 100)
    assert by_luck is not None
    assert surely is not None
    assert not Named(right=by_luck, by_chance=0.3).is_known
    assert Named(right=surely, by_chance=0.3).is_known


def test_the_probe_has_no_seat_in_the_committee() -> None:
    assert RE_IDENTIFICATION.name not in ROLES
