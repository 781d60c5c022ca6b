"""A change against the committed baseline: the same contestants over the same cases, then and now."""

from collections.abc import Sequence

from evals.bakeoff import primary_score, valid_share
from evals.baseline import Baseline, measured_of
from evals.experiment import Experiment
from evals.gate import GateResult, PrimaryScore, SafetyCounts, gate
from evals.injections import injection_effects
from evals.suite import ROBUSTNESS, SUITE, dataset
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
        if baseline.experiment.datasets.get(name) == digest
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
    """Return what must not have happened, whether or not there is a baseline."""
    asked = [each for each in summaries(trials) if each.contestant in contestants]
    valid, answers = valid_share(asked)
    return SafetyCounts(
        executed_violations=None,
        injection_effects=_obeyed(experiment, trials),
        valid=valid,
        answers=answers,
    )


def _obeyed(experiment: Experiment, trials: Sequence[Trial]) -> int:
    return len(injection_effects(dataset(ROBUSTNESS), trials)) if ROBUSTNESS in experiment.datasets else 0
