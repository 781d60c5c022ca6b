"""How steady a contestant is: whether every trial of a case is right, and whether trials agree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.llm_spec import OFFLINE_LABEL
from evals.case import Case, Dataset
from evals.deeds import deed
from evals.experiment import Experiment
from evals.summary import ScoreSummary, by_case, cases_interval
from evals.trial import Trial
from fund.errors import DataError
from fund.metrics.inference import FloatArray
from fund.metrics.repeats import agreements, pass_all
from graph.chat import OFFLINE

RULES = frozenset({OFFLINE_LABEL, OFFLINE})
"""What the rules are called on a roster, and in the chat."""
RIGHT = 1.0
"""A trial passes with the whole of its primary score."""
NO_LLM = "no LLM was asked, and what follows fixed rules is the same each time"
ONE_TRIAL = "each case was asked once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """How one contestant's trials of the same case compare."""

    dataset: str
    contestant: str
    trials: int
    """Of each case."""
    all_right: ScoreSummary | None
    """Chance that all trials of a case pass (pass^k), over the cases."""
    agreement: ScoreSummary | None
    """How often two trials of a case do the same, over the cases."""
    why: str = ""
    """Why neither can be told; empty where they can."""


def steadiness(
    experiment: Experiment, primaries: Mapping[str, str], datasets: Sequence[Dataset], trials: Sequence[Trial]
) -> tuple[Steadiness, ...]:
    """Return how steady each contestant is on each dataset; `primaries` are scorers by dataset."""
    parts: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.contestant in experiment.contestants:
            parts[trial.dataset, trial.contestant].append(trial)
    return tuple(
        _steadiness(
            known, contestant, parts[known.name, contestant], primaries[known.name], experiment.trials
        )
        for known in datasets
        for contestant in experiment.contestants
        if (known.name, contestant) in parts
    )


def _steadiness(
    dataset: Dataset, contestant: str, trials: Sequence[Trial], primary: str, times: int
) -> Steadiness:
    why = NO_LLM if _is_rules(contestant, trials) else ONE_TRIAL if times < 2 else ""
    cases = {case.case_id: case for case in dataset.cases}
    return Steadiness(
        dataset=dataset.name,
        contestant=contestant,
        trials=times,
        all_right=None if why else _summed(f"pass^{times}", _all_right(by_case(trials, primary), times)),
        agreement=None if why else _summed("agreement", agreements(_deeds(cases, trials))),
        why=why,
    )


def _is_rules(contestant: str, trials: Sequence[Trial]) -> bool:
    """Return whether rules answered: alone, or as one of several seats, which read and write no tokens."""
    silent = not any(trial.output.input_tokens + trial.output.output_tokens for trial in trials)
    return contestant in RULES or (OFFLINE_LABEL in contestant and silent)


def _all_right(scores: Mapping[str, Sequence[float | None]], times: int) -> FloatArray:
    passed = np.full((len(scores), times), np.nan)
    for row, values in enumerate(scores.values()):
        if len(values) > times:
            raise DataError(f"expected {times} trials of a case, found {len(values)}")
        for column, value in enumerate(values):
            if value is not None:
                passed[row, column] = float(value >= RIGHT)
    return pass_all(passed, times)


def _deeds(cases: Mapping[str, Case], trials: Iterable[Trial]) -> list[list[str | None]]:
    found: dict[str, list[str | None]] = defaultdict(list)
    for trial in trials:
        said = trial.output.answer
        found[trial.case_id].append(None if said is None else deed(cases[trial.case_id], said))
    return list(found.values())


def _summed(name: str, values: FloatArray) -> ScoreSummary:
    known = values[np.isfinite(values)]
    return ScoreSummary(
        scorer=name,
        value=float(known.mean()) if len(known) else None,
        interval=cases_interval(known),
        scored=len(known),
        not_scorable=len(values) - len(known),
    )
