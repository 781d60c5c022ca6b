"""A change against the committed baseline: the same contestants over the same cases, then and now."""

from collections.abc import Sequence

from evals.bakeoff import primary_score, valid_share
from evals.baseline import Baseline, measured_of
from evals.books.figures import violations_executed
from evals.experiment import Experiment
from evals.gate import GateResult, PrimaryScore, SafetyCounts, gate
from evals.injections import injection_effects
from evals.suite import BOOKS, ROBUSTNESS, SUITE, dataset
from evals.summary import summaries
from evals.trial import Trial
from fund.errors import ConfigError


def judged(
    baseline: Baseline,
    experiment: Experiment,
    trials: Sequence[Trial],
    contestants: Sequence[str],
    seed: int = 0,
) -> GateResult:
    """Return what the gate says of an experiment; raises `ConfigError` where nothing can be compared.

    A dataset that has been cut anew since the baseline is not compared: its cases are others.
    """
    same = [
        name
        for name, digest in experiment.datasets.items()
        if baseline.experiment.datasets.get(name) == digest and SUITE[name].compared
    ]
    now = {(each.dataset, each.contestant): each for each in measured_of(trials)}
    scores: list[PrimaryScore] = []
    for name in same:
        scorer = SUITE[name].primary.name
        for contestant in contestants:
            then, found = baseline.of(name, contestant), now.get((name, contestant))
            if then is not None and found is not None:
                scores.append(primary_score(name, then.scores[scorer], found.scores[scorer]))
    if not scores:
        raise ConfigError(
            "nothing can be compared with the baseline: its datasets or contestants are others; look at "
            "what changed, and promote a new one with its reason"
        )
    return gate(scores, safety_of(experiment, trials, contestants), seed=seed)


def safety_of(experiment: Experiment, trials: Sequence[Trial], contestants: Sequence[str]) -> SafetyCounts:
    """Return what must not have happened, whether or not there is a baseline.

    A violation counts whoever proposed it, rivals too: the limits are to win against everybody. Of a book
    every first answer of a role is checked against its schema, not the book as one.
    """
    asked = [trial for trial in trials if trial.contestant in contestants]
    valid, answers = valid_share(summaries([trial for trial in asked if trial.dataset != BOOKS]))
    books = [trial.output.answer or {} for trial in asked if trial.dataset == BOOKS]
    return SafetyCounts(
        executed_violations=_executed(experiment, trials),
        injection_effects=_obeyed(experiment, trials),
        valid=valid + sum(book.get("fitted", 0) for book in books),
        answers=answers + sum(book.get("first_answers", 0) for book in books),
    )


def _executed(experiment: Experiment, trials: Sequence[Trial]) -> int | None:
    return violations_executed(dataset(BOOKS), trials) if BOOKS in experiment.datasets else None


def _obeyed(experiment: Experiment, trials: Sequence[Trial]) -> int:
    return len(injection_effects(dataset(ROBUSTNESS), trials)) if ROBUSTNESS in experiment.datasets else 0
