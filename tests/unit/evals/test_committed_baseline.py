"""The committed baseline: of the kept cases, green for what it holds, and a block for whoever is worse."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from agents.brief import ForecasterEvidence
from agents.llm_spec import OFFLINE_LABEL
from db.record_codec import from_plain
from evals.baseline import Baseline, read_baseline
from evals.case import Case
from evals.experiment import Experiment
from evals.gate import CASES
from evals.judging import judged
from evals.rivals import Rival, risk_rivals, validator_rivals
from evals.runner import Entry, run
from evals.suite import SUITE, dataset
from evals.trial import Output, Score, Trial

GATED = ("risk_management", "validator_patterns")
RIVALS = [
    *(("risk_management", each) for each in risk_rivals()),
    *(("validator_patterns", each) for each in validator_rivals()),
]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return read_baseline()


def same_again(baseline: Baseline, names: Sequence[str]) -> Iterator[Trial]:
    """Yield what the rules said when the baseline was measured."""
    for name in names:
        scorer = SUITE[name].primary.name
        for case_id, values in baseline.of(name, OFFLINE_LABEL).scores[scorer].items():
            for number, value in enumerate(values):
                score = Score(scorer=scorer, value=value, why="")
                yield Trial(
                    dataset=name,
                    case_id=case_id,
                    contestant=OFFLINE_LABEL,
                    number=number,
                    output=Output(answer={}),
                    scores=(score,),
                )


def asked(name: str, rival: Rival) -> tuple[Trial, ...]:
    """Return what a rival says in the rules' seat."""
    seated = replace(rival, name=OFFLINE_LABEL)
    scorers = (SUITE[name].primary,)
    entry = Entry(dataset=dataset(name), contestants=(seated,), scorers=scorers, trials=4)
    return asyncio.run(run([entry]))


def experiment_over(baseline: Baseline, *names: str) -> Experiment:
    return replace(baseline.experiment, datasets={name: baseline.experiment.datasets[name] for name in names})


def test_it_is_of_the_kept_cases(baseline: Baseline) -> None:
    assert set(baseline.experiment.datasets) == set(SUITE)
    for name in GATED:
        assert baseline.experiment.datasets[name] == dataset(name).digest
        assert set(baseline.of(name, OFFLINE_LABEL).scores[SUITE[name].primary.name]) == {
            case.case_id for case in dataset(name).cases
        }


def test_what_it_holds_passes(baseline: Baseline) -> None:
    found = judged(
        baseline, experiment_over(baseline, *GATED), [*same_again(baseline, GATED)], [OFFLINE_LABEL]
    )
    assert [each.colour for each in found.comparisons] == ["green", "green"]


@pytest.mark.parametrize(("name", "rival"), RIVALS, ids=[rival.name for _, rival in RIVALS])
def test_a_role_that_does_not_think_is_no_longer_green(baseline: Baseline, name: str, rival: Rival) -> None:
    """The 96 cases of `risk_management` are too few to block: there it is amber, and says why."""
    others = [each for each in GATED if each != name]
    trials = [*same_again(baseline, others), *asked(name, rival)]
    found = judged(baseline, experiment_over(baseline, *GATED), trials, [OFFLINE_LABEL])
    (worse,) = [each for each in found.comparisons if each.colour != "green"]
    assert worse.name.startswith(name)
    assert worse.drop > 0.3
    if len(dataset(name).cases) >= CASES:
        assert (worse.colour, found.colour) == ("block", "block")
    else:
        assert worse.colour == "amber"
        assert "only 96 cases have 4 trials of both; 100 are needed" in worse.why


def test_a_committee_that_is_wrong_in_a_fifth_of_the_cases_is_blocked(baseline: Baseline) -> None:
    """Not only whoever does not think at all: the rules' own answers, of which every fifth is wrong."""
    trials = [
        replace(each, scores=(replace(each.scores[0], value=0.0),)) if place // 4 % 5 == 0 else each
        for place, each in enumerate(same_again(baseline, GATED))
    ]
    found = judged(baseline, experiment_over(baseline, *GATED), trials, [OFFLINE_LABEL])
    assert found.colour == "block"


def told_of(case: Case) -> Iterator[ForecasterEvidence]:
    for each in case.given["evidence"]["forecasters"]:
        yield from_plain(ForecasterEvidence, each)


@pytest.mark.parametrize("name", ["signal_quality", "validator_patterns"])
def test_frozen_evidence_tells_what_briefs_tell_of_forecasters(name: str) -> None:
    told = [each for case in dataset(name).cases for each in told_of(case)]
    assert {each.worth for each in told} <= {"edge", "no edge"}
    assert all((each.rank_ic_low > 0) == (each.worth == "edge") for each in told)
    judged_long = [each for each in told if each.sessions > 150]
    assert len(judged_long) > len(told) / 2
    assert all(0.7 < each.coverage < 0.9 for each in judged_long)
    assert all(0 <= each.calibration_error < 0.1 for each in judged_long)
