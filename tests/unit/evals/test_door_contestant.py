"""A contestant behind the door: recorded once, replayed byte for byte, and never asked again after a kill."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agents.calls import CallLog
from agents.llm import LLMDoor
from agents.roster import Roster
from evals.case import Dataset
from evals.door_contestant import DoorContestant, Shown
from evals.experiment import trials_text
from evals.recordings import Recordings, Replayed
from evals.runner import Entry, run
from evals.suite import SUITE, dataset
from evals.trial import Trial
from fund.clock import SystemClock
from fund.errors import QueryRefusedError

CASES = 12


def some_of(name: str) -> Dataset:
    whole = dataset(name)
    return whole.only([case.case_id for case in whole.cases[:CASES]])


def ran(
    log: CallLog,
    names: Sequence[str] = tuple(SUITE),
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
