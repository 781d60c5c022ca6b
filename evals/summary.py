"""What the trials of one contestant on one dataset come to, each figure with its size and interval."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from evals.trial import Trial
from fund.metrics.inference import FloatArray, Interval, newey_west_interval, share_interval

NEIGHBOURS = 5
"""Cases stand in the order of their sessions, and neighbours share part of what happened next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSummary:
    """One scorer's verdict over all cases; a case counts once, by the mean over its trials."""

    scorer: str
    value: float | None
    """Mean over the cases that could be scored; None where none could."""
    interval: Interval | None
    """None below 20 of them."""
    scored: int
    not_scorable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One contestant on one dataset."""

    dataset: str
    contestant: str
    cases: int
    trials: int
    """Outputs in all: cases times trials of each."""
    scores: tuple[ScoreSummary, ...]
    silent: int
    absent: int
    """Outputs that nobody was there to give; nothing of them is scored."""
    refused: int
    schema_valid: Interval | None
    """Share of outputs whose first text fitted, with its Wilson interval."""
    ms_p50: float | None
    ms_p95: float | None
    tokens: float
    """Read and written for an output, on average."""
    cost_usd: Decimal
    """Of all outputs."""

    @property
    def cost_per_decision(self) -> Decimal:
        """Return what an output cost, in USD."""
        return self.cost_usd / self.trials if self.trials else Decimal(0)

    def cost_per_correct(self, scorer: str) -> Decimal | None:
        """Return what a right output cost by a scorer of shares; None where none was right."""
        found = self.score(scorer)
        if found is None or not found.value or found.value <= 0:
            return None
        return self.cost_per_decision / Decimal(repr(found.value))

    def score(self, scorer: str) -> ScoreSummary | None:
        """Return what a scorer came to, None where it was not asked."""
        return next((each for each in self.scores if each.scorer == scorer), None)


def summaries(trials: Sequence[Trial]) -> tuple[Summary, ...]:
    """Return a summary for each dataset and contestant, in the order in which they come."""
    parts: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        parts[trial.dataset, trial.contestant].append(trial)
    return tuple(_summary(*key, found) for key, found in parts.items())


def by_case(trials: Sequence[Trial], scorer: str) -> dict[str, list[float | None]]:
    """Return the values of a scorer by case, one a trial in the order of the trials."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for trial in sorted(trials, key=lambda each: each.number):
        found[trial.case_id].append(trial.score(scorer))
    return {case_id: found[case_id] for case_id in dict.fromkeys(trial.case_id for trial in trials)}


def _summary(dataset: str, contestant: str, trials: Sequence[Trial]) -> Summary:
    outputs = [trial.output for trial in trials]
    given = [output for output in outputs if not output.absent]
    took = [output.ms for output in outputs if output.ms is not None]
    scorers = dict.fromkeys(score.scorer for trial in trials for score in trial.scores)
    return Summary(
        dataset=dataset,
        contestant=contestant,
        cases=len({trial.case_id for trial in trials}),
        trials=len(trials),
        scores=tuple(score_summary(scorer, trials) for scorer in scorers),
        silent=sum(output.answer is None for output in given),
        absent=len(outputs) - len(given),
        refused=sum(output.refused for output in outputs),
        schema_valid=share_interval(sum(output.valid_first for output in given), len(given)),
        ms_p50=float(np.quantile(took, 0.5)) if took else None,
        ms_p95=float(np.quantile(took, 0.95)) if took else None,
        tokens=sum(output.input_tokens + output.output_tokens for output in outputs) / max(len(outputs), 1),
        cost_usd=sum((output.cost_usd for output in outputs), Decimal(0)),
    )


def score_summary(scorer: str, trials: Sequence[Trial]) -> ScoreSummary:
    """Return what a scorer says of the trials of one contestant on one dataset."""
    known = [[v for v in values if v is not None] for values in by_case(trials, scorer).values()]
    means = np.array([sum(values) / len(values) for values in known if values])
    return ScoreSummary(
        scorer=scorer,
        value=float(means.mean()) if len(means) else None,
        interval=cases_interval(means),
        scored=len(means),
        not_scorable=len(known) - len(means),
    )


def cases_interval(means: FloatArray) -> Interval | None:
    """Return the interval of a mean over cases; of shares never narrower than Wilson's, None below 20."""
    found = newey_west_interval(means, lag=NEIGHBOURS)
    share = share_interval(int(means.sum()), len(means)) if np.isin(means, (0.0, 1.0)).all() else None
    if found is None or share is None:
        return found
    low, high = min(found.low, share.low), max(found.high, share.high)
    return replace(found, low=max(low, 0.0), high=min(high, 1.0))
