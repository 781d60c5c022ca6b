"""Experiments: named by what they are, kept in a folder, and gone on with after a kill."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.experiment import MANIFEST, TRIALS, ExperimentFolder, read_experiment, trials_text
from evals.trial import Score, Trial
from fund.errors import ConfigError, DataError
from support.eval_runs import an_experiment, an_output


def a_trial(case_id: str = "one", number: int = 0, **changes: object) -> Trial:
    plain = Trial(
        dataset="made",
        case_id=case_id,
        contestant="first",
        number=number,
        output=an_output(),
        scores=(Score(scorer="value", value=0.5, why="as said"),),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_id_follows_from_everything_and_from_nothing_else() -> None:
    assert an_experiment().experiment_id == an_experiment().experiment_id
    changes: list[dict[str, object]] = [
        {"datasets": {"made": "other"}},
        {"prompts": {"validator": "other"}},
        {"commit": "abd"},
        {"trials": 5},
        {"seed": 1},
        {"occasion": "2026-11-29"},
        {"contestants": {"first": "anthropic:other", "hold": "always holds"}},
    ]
    ids = {an_experiment(**change).experiment_id for change in changes}
    assert len(ids | {an_experiment().experiment_id}) == len(changes) + 1


def test_what_has_ended_is_there_after_a_kill_and_half_a_line_is_not(tmp_path: Path) -> None:
    with ExperimentFolder(tmp_path, an_experiment()) as folder:
        folder.keep(a_trial("one"))
        folder.keep(a_trial("two"))
        path = folder.path
    whole = (path / TRIALS).read_bytes()
    (path / TRIALS).write_bytes(whole[:-5])
    with ExperimentFolder(tmp_path, an_experiment()) as folder:
        assert folder.trials == (a_trial("one"),)
        folder.keep(a_trial("two"))
    assert (path / TRIALS).read_bytes() == whole


def test_a_second_process_is_told_that_the_folder_is_in_use(tmp_path: Path) -> None:
    with (
        ExperimentFolder(tmp_path, an_experiment()),
        pytest.raises(ConfigError, match="in use by another process"),
    ):
        ExperimentFolder(tmp_path, an_experiment())


def test_an_edited_experiment_is_refused_and_a_missing_one_is_said(tmp_path: Path) -> None:
    with ExperimentFolder(tmp_path, an_experiment()) as folder:
        path = folder.path
    assert read_experiment(path) == an_experiment()
    (path / MANIFEST).write_text((path / MANIFEST).read_text().replace('"abc"', '"xyz"'))
    with pytest.raises(ConfigError, match="it was edited"):
        ExperimentFolder(tmp_path, an_experiment())
    with pytest.raises(DataError, match="expected an experiment"):
        read_experiment(tmp_path / "nowhere")


def test_the_same_trials_are_the_same_bytes() -> None:
    assert trials_text([a_trial(), a_trial("two")]) == trials_text([a_trial(), a_trial("two")])
    assert trials_text([a_trial(), a_trial("two")]) != trials_text([a_trial("two"), a_trial()])
