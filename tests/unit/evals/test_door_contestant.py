"""A contestant behind the door: recorded once, replayed byte for byte, and never asked again after a kill."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel

from agents.calls import CallLog
from agents.llm import DoorLimits, LLMDoor
from agents.roster import Roster
from agents.scripted import Line
from evals.case import Dataset
from evals.door_contestant import DoorContestant, Shown
from evals.experiment import CALLS, trials_text
from evals.recordings import Recordings, Replayed
from evals.runner import Entry, run
from evals.suite import SUITE, dataset
from evals.trial import Trial
from fund.clock import SystemClock
from fund.errors import QueryRefusedError
from support.datasets import NAMES
from support.llms import a_script, a_seat

CASES = 12


def some_of(name: str) -> Dataset:
    whole = dataset(name)
    return whole.only([case.case_id for case in whole.cases[:CASES]])


def ran(
    log: CallLog,
    names: Sequence[str] = NAMES,
    shown: Shown = "masked",
    done: Sequence[Trial] = (),
    trials: int = 2,
) -> tuple[Trial, ...]:
    door = LLMDoor(roster=Roster.of(["offline"]), log=log, clock=SystemClock())
    entries = [
        Entry(
            dataset=some_of(name),
            contestants=(DoorContestant("rules", door, log, shown=shown),),
            scorers=SUITE[name].scorers,
            trials=trials,
        )
        for name in names
    ]
    return asyncio.run(run(entries, done=done))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Trial, ...]]:
    path = tmp_path_factory.mktemp("recorded") / "calls.jsonl"
    with closing(Recordings(path)) as log:
        return path, ran(log)


def test_a_replay_is_the_recorded_run_byte_for_byte_twice(recorded: tuple[Path, tuple[Trial, ...]]) -> None:
    path, trials = recorded
    first, second = ran(Replayed(path)), ran(Replayed(path))
    assert trials_text(first) == trials_text(second) == trials_text(trials)
    assert all(trial.output.call_ids for trial in trials)


def test_what_was_not_recorded_fails_the_replay(recorded: tuple[Path, tuple[Trial, ...]]) -> None:
    path, _ = recorded
    with pytest.raises(QueryRefusedError, match="has no call"):
        ran(Replayed(path), trials=3)
    with pytest.raises(QueryRefusedError, match="has no call"):
        ran(Replayed(path), shown="real")


def test_a_run_that_was_killed_makes_no_call_again_and_ends_alike(
    tmp_path: Path, recorded: tuple[Path, tuple[Trial, ...]]
) -> None:
    path, whole = recorded
    lines = path.read_text().splitlines(keepends=True)
    killed = tmp_path / "calls.jsonl"
    killed.write_text("".join(lines[: len(lines) // 2]) + lines[-1][:40])
    with closing(Recordings(killed)) as log:
        resumed = ran(log, done=whole[:3])
    assert [replace(t.output, ms=None) for t in resumed] == [replace(t.output, ms=None) for t in whole]
    kept = killed.read_text().splitlines(keepends=True)
    assert kept[: len(lines) // 2] == lines[: len(lines) // 2]
    assert len(kept) == len(lines)


def test_an_answer_about_pseudonyms_comes_back_in_real_names(
    recorded: tuple[Path, tuple[Trial, ...]],
) -> None:
    _, trials = recorded
    for trial in trials:
        if trial.dataset == "signal_quality" and trial.output.answer is not None:
            (case,) = [case for case in dataset("signal_quality").cases if case.case_id == trial.case_id]
            named = {view["ticker"] for view in trial.output.answer["views"]}
            assert named <= {case.label["ticker"]}


def test_a_committee_decides_on_the_same_evidence(tmp_path: Path) -> None:
    whole = some_of("signal_quality")
    cases = tuple(replace(case, subject="committee") for case in whole.cases)
    with closing(Recordings(tmp_path / "calls.jsonl")) as log:
        door = LLMDoor(roster=Roster.of(["offline"]), log=log, clock=SystemClock())
        contestant = DoorContestant("rules", door, log, shown="masked")
        entry = Entry(
            dataset=replace(whole, cases=cases),
            contestants=(contestant,),
            scorers=SUITE["signal_quality"].scorers,
            trials=1,
        )
        trials = asyncio.run(run([entry]))
    assert all(trial.output.answer is not None for trial in trials)
    assert {len(trial.output.call_ids) for trial in trials} <= {5, 6}
    assert any(trial.output.answer["weights"] for trial in trials if trial.output.answer)


def through_an_llm(log: CallLog, chat: BaseChatModel, done: Sequence[Trial] = ()) -> tuple[Trial, ...]:
    """Ask an LLM two cases of the risk officer; nothing is waited for between its tries."""
    door = LLMDoor(
        roster=Roster(seats=(a_seat(chat),)),
        log=log,
        clock=SystemClock(),
        limits=DoorLimits(retries=0, failures_to_open=100, budget_usd=Decimal(5)),
    )
    whole = dataset("risk_management")
    entry = Entry(
        dataset=whole.only([case.case_id for case in whole.cases[:2]]),
        contestants=(DoorContestant("llm", door, log, shown="masked"),),
        scorers=SUITE["risk_management"].scorers,
        trials=1,
    )
    return asyncio.run(run([entry], done=done))


def test_an_outage_scores_nothing_and_is_asked_again_when_the_run_goes_on(tmp_path: Path) -> None:
    answer = '{"factors": [], "summary": "fine"}'
    with closing(Recordings(tmp_path / CALLS)) as log:
        first = through_an_llm(log, a_script(answer, Line(error=ConnectionError("down"))))
        spent = log.spent_usd
    assert [trial.output.absent for trial in first] == [False, True]
    assert {score.value for score in first[1].scores} == {None}
    with closing(Recordings(tmp_path / CALLS)) as log:
        assert log.spent_usd == spent
        again = through_an_llm(log, a_script(answer), done=first)
        assert log.spent_usd > spent
    assert again[0] == first[0]
    assert [trial.output.absent for trial in again] == [False, False]
    replayed = through_an_llm(Replayed(tmp_path / CALLS), a_script())
    assert trials_text(replayed) == trials_text(again)


def test_an_answer_that_is_no_good_is_silence_and_is_scored_as_such(tmp_path: Path) -> None:
    with closing(Recordings(tmp_path / CALLS)) as log:
        trials = through_an_llm(log, a_script(*["I would rather not."] * 4))
    assert [(trial.output.absent, trial.output.valid_first) for trial in trials] == [(False, False)] * 2
    assert {trial.score("schema_valid") for trial in trials} == {0.0}


def test_money_that_is_used_up_leaves_cases_unanswered_and_not_wrong(tmp_path: Path) -> None:
    poor = DoorLimits(budget_usd=Decimal("0.000001"))
    with closing(Recordings(tmp_path / CALLS)) as log:
        roster = Roster(seats=(a_seat(a_script()),))
        door = LLMDoor(roster=roster, log=log, clock=SystemClock(), limits=poor)
        case = dataset("risk_management").cases[0]
        contestant = DoorContestant("llm", door, log, shown="masked")
        output = asyncio.run(contestant.answer(case, 0))
        decided = asyncio.run(contestant.answer(replace(case, subject="committee"), 0))
    assert (output.absent, decided.absent) == (True, True)
    assert output.silent is not None
    assert output.silent.startswith("budget: ")
