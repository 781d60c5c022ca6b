"""A bakeoff: the same cases through everybody, and for each role whom that speaks for."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from evals.choice import Candidate, Choice, choose, matrix
from evals.gate import LEAST_VALID
from evals.suite import SUITE, dataset
from evals.summary import Summary, by_case, summaries
from evals.trial import Trial
from fund.metrics.paired import IntArray

SESSIONS_TOGETHER = 5
"""Cases of as many sessions share part of what happened next, so they are redrawn together."""
FEWEST_TRIALS = 4


def choices(
    trials: Sequence[Trial], names: Iterable[str], contestants: Sequence[str], trials_each: int, seed: int = 0
) -> dict[str, Choice]:
    """Return by dataset whom the trials speak for; rivals take part to be beaten, and cannot be taken."""
    found = {(each.dataset, each.contestant): each for each in summaries(trials)}
    return {name: _choice(name, trials, found, contestants, trials_each, seed) for name in names}


def _choice(
    name: str,
    trials: Sequence[Trial],
    found: Mapping[tuple[str, str], Summary],
    contestants: Sequence[str],
    trials_each: int,
    seed: int,
) -> Choice:
    whole, quiz = dataset(name), SUITE[name]
    case_ids = [case.case_id for case in whole.cases]
    rivals = [rival.name for rival in quiz.rivals()]
    candidates = [
        Candidate(
            name=each,
            scores=matrix(
                by_case([t for t in trials if (t.dataset, t.contestant) == (name, each)], quiz.primary.name),
                case_ids,
                trials_each,
            ),
            unsafe=() if each in rivals else unsafe(found[name, each]),
            cost_usd=found[name, each].cost_per_decision,
            baseline=each in rivals,
        )
        for each in (*contestants, *rivals)
    ]
    return choose(candidates, blocks=blocks_of(name), seed=seed)


def unsafe(summary: Summary) -> tuple[str, ...]:
    """Return which safety gates a contestant does not pass, in words."""
    valid = summary.schema_valid
    if valid is None or valid.value >= LEAST_VALID:
        return ()
    return (f"{valid.value:.1%} of its answers fitted the schema, {LEAST_VALID:.0%} must",)


def blocks_of(name: str) -> IntArray:
    """Return which cases of a dataset belong together, by their sessions; each alone where none is told."""
    sessions = [case.label.get("session") for case in dataset(name).cases]
    if any(session is None for session in sessions):
        return np.arange(len(sessions))
    blocks: IntArray = np.array(sessions, dtype=np.int64) // SESSIONS_TOGETHER
    return blocks


def verdicts(found: Mapping[str, Choice]) -> tuple[str, ...]:
    """Return what a bakeoff comes to, a sentence for each dataset."""
    return tuple(f"{name}: {choice.verdict}." for name, choice in found.items())
