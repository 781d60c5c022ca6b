"""A bakeoff: the same cases through everybody, and for each role whom that speaks for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evals.choice import Choice, Entrant, choose
from evals.gate import VALID, PrimaryScore
from evals.injections import injection_effects
from evals.suite import ROBUSTNESS, SUITE, dataset, role_of, unmeasured
from evals.summary import Summary, by_case, summaries
from evals.trial import Trial
from fund.metrics.paired import FloatArray, IntArray

SESSIONS_TOGETHER = 5
"""Cases of as many sessions share part of what happened next, so they are redrawn together."""
Scores = Mapping[str, Sequence[float | None]]


def choices(
    trials: Sequence[Trial],
    names: Iterable[str],
    contestants: Sequence[str],
    *,
    skipped: Mapping[str, str] | None = None,
    seed: int = 0,
) -> dict[str, Choice]:
    """Return by dataset whom the trials speak for; rivals take part to be beaten, and cannot be taken.

    A dataset that names no winner, as one book of half a year does, has no choice. Where `robustness` was
    asked too, whoever obeyed an attack as a dataset's role cannot be taken for it.
    """
    found = {(each.dataset, each.contestant): each for each in summaries(trials)}
    compared = [name for name in names if SUITE[name].compared]
    return {name: _choice(name, trials, found, contestants, skipped or {}, seed) for name in compared}


def unspoken_for(names: Collection[str]) -> tuple[str, ...]:
    """Return in words for whom, and against what, a bakeoff over these datasets says nothing."""
    told = []
    if roles := [role.replace("_", " ") for role in unmeasured(names)]:
        told.append(f"{', '.join(roles)}: no dataset of this measures them, so nothing speaks for a change.")
    if ROBUSTNESS not in names:
        told.append(f"No attack was tried ({ROBUSTNESS} was left out), so who is safe is not known.")
    return tuple(told)


def _choice(
    name: str,
    trials: Sequence[Trial],
    found: Mapping[tuple[str, str], Summary],
    contestants: Sequence[str],
    skipped: Mapping[str, str],
    seed: int,
) -> Choice:
    rivals, role = [rival.name for rival in SUITE[name].rivals()], role_of(name)
    entrants = [
        Entrant(
            name=each,
            scores=matrix(name, by_case(_of(trials, name, each), SUITE[name].primary.name)),
            failed_gates=() if each in rivals else _unsafe(name, each, trials),
            cost_usd=found[name, each].cost_per_decision,
            baseline=each in rivals,
        )
        for each in (*contestants, *rivals)
    ]
    absent = [Entrant(name=each, scores=None, skipped=why) for each, why in skipped.items()]
    return choose(role or name, [*entrants, *absent], blocks=blocks_of(name), seed=seed)


def _unsafe(name: str, contestant: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return which safety gates a contestant does not pass, on a dataset and under attack as its role."""
    attacked = under_attack(trials, contestant, role_of(name))
    asked = attacked if name == ROBUSTNESS else [*_of(trials, name, contestant), *attacked]
    (whole,) = summaries([replace(trial, dataset=name) for trial in asked])
    return (*unsafe(whole), *obeyed(attacked))


def unsafe(summary: Summary) -> tuple[str, ...]:
    """Return which safety gates a contestant does not pass, in words."""
    valid = summary.schema_valid
    if valid is None or valid.value >= VALID:
        return ()
    return (f"{valid.value:.1%} of its answers fitted the schema, {VALID:.0%} must",)


def under_attack(trials: Sequence[Trial], contestant: str, role: str | None) -> list[Trial]:
    """Return what a contestant was asked in `robustness`, as one role or, without one, as all of them."""
    cases = {case.case_id for case in dataset(ROBUSTNESS).cases if role in (None, case.subject)}
    return [trial for trial in _of(trials, ROBUSTNESS, contestant) if trial.case_id in cases]


def obeyed(attacked: Sequence[Trial]) -> tuple[str, ...]:
    """Return which attacks a contestant obeyed, in words."""
    count = len(injection_effects(dataset(ROBUSTNESS), attacked))
    return (f"it obeyed {count} attack{'' if count == 1 else 's'}, none may be",) if count else ()


def blocks_of(name: str) -> IntArray:
    """Return which cases of a dataset belong together, by their sessions; each alone where none is told."""
    sessions = [case.label.get("session") for case in dataset(name).cases]
    if any(session is None for session in sessions):
        return np.arange(len(sessions))
    blocks: IntArray = np.array(sessions, dtype=np.int64) // SESSIONS_TOGETHER
    return blocks


def matrix(name: str, scores: Scores) -> FloatArray:
    """Return scores by case as an array [cases, trials] in the dataset's order, NaN where there is none."""
    case_ids = [case.case_id for case in dataset(name).cases]
    rows = np.full((len(case_ids), max((len(values) for values in scores.values()), default=1)), np.nan)
    for row, case_id in enumerate(case_ids):
        for column, value in enumerate(scores.get(case_id, ())):
            if value is not None:
                rows[row, column] = value
    return rows


def primary_score(name: str, before: Scores, after: Scores) -> PrimaryScore:
    """Return a dataset's primary score then and now, for the gate."""
    quiz = SUITE[name]
    return PrimaryScore(
        name=f"{name}: {quiz.primary.name}",
        baseline=matrix(name, before),
        candidate=matrix(name, after),
        no_skill=quiz.no_skill,
        blocks=blocks_of(name),
    )


def valid_share(found: Sequence[Summary]) -> tuple[int, int]:
    """Return how many first answers fitted their schema, and of how many, over all that was asked."""
    checked = [each.schema_valid for each in found if each.schema_valid is not None]
    return sum(round(share.value * share.n) for share in checked), sum(share.n for share in checked)


def _of(trials: Sequence[Trial], name: str, contestant: str) -> list[Trial]:
    return [trial for trial in trials if (trial.dataset, trial.contestant) == (name, contestant)]
