"""A bakeoff on file and asked for in words: what counts twice, what is asked again, what is alike."""

import os
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from desk.bakeoff_plan import datasets_about, planned_lines
from desk.evaluating import EVALS, Asked, experiment_of, field_of
from desk.kept_bakeoff import BAKEOFF, kept_bakeoff
from desk.settings import Settings
from evals.experiment import TRIALS, ExperimentFolder, trials_text
from evals.trial import Output, Trial
from fund.errors import ConfigError
from graph.orders.bakeoff import read_bakeoff
from graph.routing.rules import VOCABULARY
from graph.words.wording import words_of
from support.eval_runs import an_experiment, an_output
from support.mandates import a_mandate

ABSENT = Output(answer=None, silent="no money left", absent=True)
SAID = an_output(silent=None, answer={"reason": 'it said "absent":true'})


def a_trial(number: int, output: Output, contestant: str = "first") -> Trial:
    return Trial(
        dataset="made", case_id="one", contestant=contestant, number=number, output=output, scores=()
    )


def kept(root: Path, trials: list[Trial], occasion: str = "", at: int = 1_700_000_000) -> Path:
    with ExperimentFolder(root, an_experiment(occasion=occasion)) as folder:
        path = folder.path / TRIALS
    path.write_text(trials_text(trials), encoding="utf-8")
    os.utime(path, (at, at))
    return path


def test_what_was_asked_again_after_an_outage_counts_once_by_its_last_answer(tmp_path: Path) -> None:
    kept(tmp_path, [a_trial(0, ABSENT), a_trial(1, SAID), a_trial(0, SAID), a_trial(0, SAID, "second")])
    found = kept_bakeoff(tmp_path, None).trials
    assert sorted((each.contestant, each.number, each.output.absent) for each in found) == [
        ("first", 0, False),
        ("first", 1, False),
        ("second", 0, False),
    ]


def test_the_newest_counts_unless_one_is_named_and_an_unknown_one_names_the_last_three(
    tmp_path: Path,
) -> None:
    paths = [kept(tmp_path, [], occasion=str(n), at=1_700_000_000 - n) for n in range(4)]
    names = [path.parent.name for path in paths]
    assert kept_bakeoff(tmp_path, None).folder.name == names[0]
    assert kept_bakeoff(tmp_path, names[3]).experiment.occasion == "3"
    for wrong in ("night-0123456789ab", "..", f"{names[0]}/"):
        with pytest.raises(ConfigError) as refused:
            kept_bakeoff(tmp_path, wrong)
        assert all(name in str(refused.value) for name in names[:3])
        assert names[3] not in str(refused.value)


def test_only_what_is_not_asked_again_is_told_as_on_file(tmp_path: Path) -> None:
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    mandate = a_mandate()
    args = {"datasets": ["risk_management"], "trials": 1, "most_usd": "0.00"}
    plan = Asked(datasets=("risk_management",), trials=1, budget_usd=mandate.evals_budget_usd)
    experiment = experiment_of(BAKEOFF, plan, field_of(settings, mandate))
    with ExperimentFolder(tmp_path / EVALS, experiment) as folder:
        path = folder.path / TRIALS
    assert "on file" not in " ".join(planned_lines(settings, mandate, args))
    lines = trials_text([a_trial(0, ABSENT), a_trial(1, SAID), a_trial(2, ABSENT), a_trial(0, SAID)])
    path.write_text(f'{lines}{{"half a line', encoding="utf-8")
    (told,) = [line for line in planned_lines(settings, mandate, args) if "on file" in line]
    assert told == "2 of them are on file and are not asked again."


def test_the_same_datasets_in_another_order_are_the_same_experiment(tmp_path: Path) -> None:
    settings = Settings.load(env_file=None, data_dir=tmp_path, provider="offline")
    field = field_of(settings, a_mandate())
    asked = Asked(datasets=(), trials=4)
    orders = permutations(("signal_quality", "risk_management"))
    ids = {experiment_of(BAKEOFF, replace(asked, datasets=each), field).experiment_id for each in orders}
    assert len(ids) == 1


@pytest.mark.parametrize("joined", ["{} and {}", "the {}, and the {}", "{}, {}"])
def test_whatever_a_sentence_may_name_can_be_planned(joined: str) -> None:
    spoken = {
        "validators": "validator_patterns",
        "validator patterns": "validator_patterns",
        "risk officers": "risk_management",
        "risk management": "risk_management",
        "quant researchers": "signal_quality",
        "signals": "signal_quality",
        "signal quality": "signal_quality",
        "macro researchers": "robustness",
        "portfolio manager": "robustness",
        "robustness": "robustness",
        "end to end": "end_to_end",
    }
    for first, second in permutations(spoken, 2):
        text = f"run a bakeoff of {joined.format(first, second)}"
        order = read_bakeoff(text, words_of(text, VOCABULARY))
        assert order is not None, text
        named = [each for word in order.about for each in datasets_about(word)]
        assert named == [spoken[first], spoken[second]], text


@pytest.mark.parametrize(
    ("said", "trials"),
    [("0", 0), ("100", 100), ("999999", 999_999), ("forty", 40), ("a", 1)],
)
def test_a_count_is_read_as_it_is_said(said: str, trials: int) -> None:
    text = f"Bakeoff of the LLMs with {said} trials each, please!"
    order = read_bakeoff(text, words_of(text, VOCABULARY))
    assert order is not None
    assert order.trials == trials


@pytest.mark.parametrize("said", ["many", "1000000", "-3", "2.5", "1e3", "³", "٣", "4 or 5", ""])
def test_a_count_that_is_none_makes_it_no_order(said: str) -> None:
    text = f"run a bakeoff of the LLMs with {said} trials"
    assert read_bakeoff(text, words_of(text, VOCABULARY)) is None
