"""A change against the baseline: the same cases are compared, and a dataset cut anew is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from evals.baseline import Baseline, promoted
from evals.experiment import Experiment
from evals.judging import judged
from evals.suite import SUITE, dataset
from evals.trial import Output, Score, Trial
from fund.errors import ConfigError
from support.eval_runs import an_experiment

NAMES = ("risk_management", "validator_patterns")
RULES = "rules"


def an_experiment_over(*names: str) -> Experiment:
    return an_experiment(
        datasets={name: dataset(name).digest for name in names}, contestants={RULES: "rules"}
    )


def measured(value: Callable[[int], float], *names: str, valid: bool = True) -> list[Trial]:
    return [
        Trial(
            dataset=name,
            case_id=case.case_id,
            contestant=RULES,
            number=number,
            output=Output(answer={}, valid_first=valid),
            scores=(Score(scorer=SUITE[name].primary.name, value=value(place), why=""),),
        )
        for name in names or NAMES
        for number in range(4)
        for place, case in enumerate(dataset(name).cases)
    ]


def a_baseline(*names: str) -> Baseline:
    trials = measured(lambda place: float(place % 10 > 0), *(names or NAMES))
    experiment = an_experiment_over(*(names or NAMES))
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return promoted(experiment, trials, reason="made for a test", at=at, by="owner")


def test_the_same_again_is_not_worse_and_what_was_not_counted_is_said() -> None:
    trials = measured(lambda place: float(place % 10 > 0))
    found = judged(a_baseline(), an_experiment_over(*NAMES), trials, [RULES])
    assert [each.colour for each in found.comparisons] == ["green", "green"]
    assert found.reasons == ("no book was traded, so executed violations were not counted",)


def test_a_lot_that_is_lost_blocks() -> None:
    rng = np.random.default_rng(1)
    worse = measured(lambda place: float(rng.random() < 0.6))
    assert judged(a_baseline(), an_experiment_over(*NAMES), worse, [RULES]).colour == "block"


def test_answers_that_do_not_fit_block_whatever_the_scores() -> None:
    trials = measured(lambda place: float(place % 10 > 0), valid=False)
    found = judged(a_baseline(), an_experiment_over(*NAMES), trials, [RULES])
    assert found.colour == "block"
    assert found.reasons[0].startswith("0.0% of")


def test_a_dataset_that_was_cut_anew_is_not_compared() -> None:
    base = a_baseline()
    other = replace(
        base,
        experiment=replace(base.experiment, datasets={NAMES[0]: "x"} | {NAMES[1]: dataset(NAMES[1]).digest}),
    )
    trials = measured(lambda place: float(place % 10 > 0))
    found = judged(other, an_experiment_over(*NAMES), trials, [RULES])
    assert [each.name for each in found.comparisons] == ["validator_patterns: verdict_right"]


def test_where_nothing_can_be_compared_it_is_said_what_to_do() -> None:
    trials = measured(lambda place: 1.0)
    with pytest.raises(ConfigError, match="promote a new one with its reason"):
        judged(a_baseline(), an_experiment_over(*NAMES), trials, ["another"])
