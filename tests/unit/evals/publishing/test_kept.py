"""What of a folder is published: answered trials under pseudonyms; the rest is left out for a reason."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.case import Dataset
from evals.experiment import Experiment, ExperimentFolder
from evals.memorisation import CONTROLS, under
from evals.publishing.kept import kept_in
from evals.re_identification import NAME, PROBED
from evals.recordings import Recordings
from evals.trial import Output, Trial
from fund.errors import DataError
from support.datasets import dataset
from support.eval_runs import AT, a_call, an_experiment

KNOWN = dataset("signal_quality")
ONE, TWO = (case.case_id for case in KNOWN.cases[:2])


def a_trial(contestant: str = "first", case_id: str = ONE, number: int = 0, **changes: object) -> Trial:
    plain = Trial(
        dataset=KNOWN.name,
        case_id=case_id,
        contestant=contestant,
        number=number,
        output=Output(answer={"views": [], "summary": ""}, call_ids=("call-1",)),
        scores=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def kept(root: Path, *trials: Trial, **changes: object) -> Path:
    experiment: Experiment = an_experiment(**{"datasets": {KNOWN.name: KNOWN.digest}, **changes})
    with ExperimentFolder(root, experiment) as folder:
        for trial in trials:
            folder.keep(trial)
        return folder.path


def test_trials_come_by_dataset_and_contestant_in_a_fixed_order(tmp_path: Path) -> None:
    trials = [a_trial("always buy"), a_trial(case_id=TWO, number=1), a_trial(number=1), a_trial(case_id=TWO)]
    found = kept_in(kept(tmp_path, *trials))
    assert list(found.parts) == [(KNOWN.name, "always buy"), (KNOWN.name, "first")]
    assert [(t.number, t.case_id) for t in found.parts[KNOWN.name, "first"]] == [(0, TWO), (1, ONE), (1, TWO)]
    assert found.datasets == {KNOWN.name: KNOWN}


def test_controls_and_the_probe_stay_here(tmp_path: Path) -> None:
    controls = [a_trial(under("first", shown)) for shown in CONTROLS]
    probe = a_trial(under("first", PROBED), dataset=NAME)
    found = kept_in(kept(tmp_path, a_trial(), *controls, probe))
    assert list(found.parts) == [(KNOWN.name, "first")]


def test_what_was_asked_again_counts_as_it_was_answered(tmp_path: Path) -> None:
    absent = a_trial(output=Output(answer=None, silent="unavailable: down", absent=True))
    assert kept_in(kept(tmp_path / "down", absent)).parts == {}
    (trials,) = kept_in(kept(tmp_path / "up", absent, a_trial())).parts.values()
    assert [trial.output.absent for trial in trials] == [False]


def test_calls_are_found_by_their_trial_and_the_first_says_when_it_began(tmp_path: Path) -> None:
    folder = kept(tmp_path, a_trial(), a_trial(case_id=TWO, output=Output(answer=None, call_ids=("gone",))))
    log = Recordings(folder / "calls.jsonl")
    asyncio.run(log.record(a_call()))
    log.close()
    found = kept_in(folder)
    first, second = found.parts[KNOWN.name, "first"]
    assert [call.call_id for call in found.calls_of(first)] == ["call-1"]
    assert found.calls_of(second) == []
    assert found.began == AT


def test_without_a_call_it_began_when_its_folder_was_made(tmp_path: Path) -> None:
    folder = kept(tmp_path, a_trial())
    written = datetime.fromtimestamp((folder / "experiment.json").stat().st_mtime, UTC)
    found = kept_in(folder)
    assert (found.began, found.calls) == (written, {})


def test_a_dataset_that_asks_somebody_else_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = tuple(replace(case, subject="committee") for case in KNOWN.cases[:2])
    other = Dataset(name=KNOWN.name, about="Made for a test.", cases=cases)
    monkeypatch.setattr("evals.publishing.kept.dataset", lambda name: other)
    found = kept_in(kept(tmp_path, a_trial(), datasets={KNOWN.name: other.digest}))
    assert found.left_out == {KNOWN.name: "who is asked in it is committee, and no role"}
    assert (found.parts, found.datasets) == ({}, {})


def test_a_folder_that_is_none_and_an_old_night_without_its_trials_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected an experiment"):
        kept_in(tmp_path)
    folder = kept(tmp_path, a_trial())
    (folder / "trials.jsonl").unlink()
    with pytest.raises(DataError, match="expected a file of records"):
        kept_in(folder)
