"""Our scorers as LangSmith's evaluators: the same scores, on this machine, with nothing uploaded."""

import asyncio
from dataclasses import replace

import pytest

from evals.publishing.checking import differences
from evals.rivals import risk_rivals, signal_rivals
from evals.runner import Entry, run
from evals.suite import SUITE
from evals.trial import Output, Trial
from support.datasets import dataset
from support.eval_runs import Says

NAMES = {"signal_quality": signal_rivals, "risk_management": risk_rivals}


def some_trials(name: str) -> tuple[Trial, ...]:
    known = dataset(name).only([case.case_id for case in dataset(name).cases[:4]])
    silent = Says("silent", lambda case, number: Output(answer=None, silent="away"))
    entry = Entry(
        dataset=known, contestants=(NAMES[name]()[1], silent), scorers=SUITE[name].scorers, trials=2
    )
    return asyncio.run(run([entry]))


@pytest.mark.parametrize("name", NAMES)
def test_langsmith_scores_as_we_do(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    trials = some_trials(name)
    assert list(differences(dataset(name), SUITE[name].scorers, trials)) == []
    assert capsys.readouterr() == ("", "")
    assert len({score.scorer for trial in trials for score in trial.scores}) == len(SUITE[name].scorers)


def test_a_score_that_was_changed_is_found() -> None:
    first, *rest = some_trials("risk_management")
    changed = replace(first.scores[0], value=0.123)
    spoilt = replace(first, scores=(changed, *first.scores[1:]))
    (found,) = differences(dataset("risk_management"), SUITE["risk_management"].scorers, [spoilt, *rest])
    assert found.startswith(f"{first.case_id} by {first.contestant}: {changed.scorer} (0.123,")
