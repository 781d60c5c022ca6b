"""What a night's evaluation came to, beside the baseline and the night before, and its worst cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from evals.baseline import Baseline
from evals.chat_gate import PRIMARY, ChatVerdict
from evals.experiment import Experiment
from evals.gate import Colour
from evals.suite import SUITE
from evals.summary import by_case, score_summary
from evals.trial import Trial
from fund.metrics.inference import Interval

WORST = 5
CHAT = "chat"
"""The dataset of the chat, which is asked on a desk of its own."""
GRAVITY: tuple[Colour, ...] = ("green", "amber", "block")
Means = Mapping[str, float]
"""A case's mean over its trials, by case; one that cannot be scored is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightScore:
    """A contestant's primary score on one dataset, and how far it lies from what it was."""

    dataset: str
    digest: str
    contestant: str
    scorer: str
    value: float | None
    """Mean over the cases that could be scored; None where none could."""
    scored: int
    over_baseline: float | None
    """Less the baseline's, over the cases that both have; None where nothing can be compared."""
    over_last: float | None
    """Less the night's before; None where there is none that asked the same."""
    interval: Interval | None = None
    """Of the value; None where too few cases were scored."""
    baseline: float | None = None
    """What the baseline scored over its own cases; None where it has no such contestant on this dataset."""

    @property
    def told(self) -> str:
        """Return the score in words, never without its size."""
        within = "" if self.interval is None else f" [{self.interval.low:.3f}, {self.interval.high:.3f}]"
        value = "not scorable" if self.value is None else f"{self.value:.3f}{within}, n = {self.scored}"
        beside = (("the baseline", self.over_baseline), ("the night before", self.over_last))
        known = [f"{value + 0.0:+.3f} to {name}" for name, value in beside if value is not None]
        compared = ", ".join(known) or "nothing to compare with"
        return f"{self.dataset} {self.scorer} of {self.contestant}: {value} ({compared})"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """A case that went badly, in the scorer's words."""

    dataset: str
    case_id: str
    contestant: str
    value: float
    baseline: float | None
    """What the baseline scored here; None where it has no such case."""
    why: str
    """Of its worst trial."""

    @property
    def told(self) -> str:
        """Return it in words."""
        was = "" if self.baseline is None else f" (baseline {self.baseline:.2f})"
        return f"{self.value:.2f}{was}, {self.contestant}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What came of the evaluation of one date."""

    day: date
    experiment_id: str
    colour: Colour
    reasons: tuple[str, ...]
    baseline: str | None
    """The experiment it was judged against; None where there was none."""
    last: date | None
    """The night before; None of the first."""
    cost_usd: Decimal
    scores: tuple[NightScore, ...]
    worst: tuple[WorstCase, ...]
    commit: str = ""
    """Of the program's source; empty on a night of before."""
    prompts: str = ""
    """Digest of all prompts; empty on a night of before."""
    chat: ChatVerdict | None = None
    """What the chat of this desk came to; None where it was not asked."""

    @property
    def verdict(self) -> str:
        """Return the colour with its reasons, the gravest first."""
        return "; ".join((f"the evaluation of {self.day.isoformat()} is {self.colour}", *self.reasons))

    @property
    def told(self) -> str:
        """Return the verdict and the differences in words."""
        verdict = f"{self.verdict[:1].upper()}{self.verdict[1:]}"
        changed = () if self.chat is None or not self.chat.changed else (self.chat.changed,)
        return ". ".join((verdict, *(score.told for score in self.scores), *changed))

    def with_chat(self, found: ChatVerdict) -> "Night":
        """Return the night with what came of its chat: the graver colour, and its score beside the others."""
        score = NightScore(
            dataset=CHAT,
            digest=found.digest,
            contestant=found.contestant,
            scorer=PRIMARY,
            value=None if found.right is None else found.right.value,
            scored=len(found.cases),
            over_baseline=None,
            over_last=None if found.difference is None else found.difference.mean,
            interval=found.right,
        )
        graver = max((self.colour, found.colour), key=GRAVITY.index)
        reasons = (
            (*found.reasons, *self.reasons) if graver == found.colour else (*self.reasons, *found.reasons)
        )
        return replace(self, colour=graver, reasons=reasons, scores=(*self.scores, score), chat=found)


def scores_of(
    experiment: Experiment,
    trials: Sequence[Trial],
    contestants: Sequence[str],
    baseline: Baseline | None,
    last: Night | None,
) -> tuple[NightScore, ...]:
    """Return the primary scores of contestants, beside what they were where the cases are the same."""
    return tuple(
        _score(experiment, name, each, trials, baseline, last)
        for name in experiment.datasets
        for each in contestants
    )


def worst_of(
    experiment: Experiment,
    trials: Sequence[Trial],
    contestants: Sequence[str],
    baseline: Baseline | None,
    count: int = WORST,
) -> tuple[WorstCase, ...]:
    """Return the cases with the lowest primary score; of equals those that fell furthest come first.

    A case that the contestant already failed in the baseline teaches less than one that it has lost since.
    """
    found = []
    for name in experiment.datasets:
        for each in contestants:
            was = _means_then(experiment, baseline, name, each)
            for case_id, value in _means_now(trials, name, each).items():
                found.append((value, value - was.get(case_id, value), name, case_id, each, was.get(case_id)))
    lowest = sorted(found, key=lambda case: case[:5])[:count]
    return tuple(
        WorstCase(
            dataset=name,
            case_id=case_id,
            contestant=each,
            value=value,
            baseline=before,
            why=_why(trials, name, case_id, each),
        )
        for value, _, name, case_id, each, before in lowest
    )


def _score(
    experiment: Experiment,
    name: str,
    contestant: str,
    trials: Sequence[Trial],
    baseline: Baseline | None,
    last: Night | None,
) -> NightScore:
    digest, scorer = experiment.datasets[name], SUITE[name].primary.name
    now, then = _means_now(trials, name, contestant), _means_then(experiment, baseline, name, contestant)
    shared = [case_id for case_id in now if case_id in then]
    found = score_summary(scorer, _own(trials, name, contestant))
    before = _before(last, name, digest, contestant, scorer)
    return NightScore(
        dataset=name,
        digest=digest,
        contestant=contestant,
        scorer=scorer,
        value=found.value,
        scored=found.scored,
        over_baseline=_mean([now[each] - then[each] for each in shared]),
        over_last=None if found.value is None or before is None else found.value - before,
        interval=found.interval,
        baseline=_mean(list(then.values())),
    )


def _before(last: Night | None, name: str, digest: str, contestant: str, scorer: str) -> float | None:
    wanted = (name, digest, contestant, scorer)
    for score in last.scores if last is not None else ():
        if (score.dataset, score.digest, score.contestant, score.scorer) == wanted:
            return score.value
    return None


def _means_now(trials: Sequence[Trial], name: str, contestant: str) -> Means:
    return _means(by_case(_own(trials, name, contestant), SUITE[name].primary.name))


def _own(trials: Sequence[Trial], name: str, contestant: str) -> list[Trial]:
    return [trial for trial in trials if (trial.dataset, trial.contestant) == (name, contestant)]


def _means_then(experiment: Experiment, baseline: Baseline | None, name: str, contestant: str) -> Means:
    """Return the baseline's cases; none where the dataset has been cut anew since."""
    if baseline is None or baseline.experiment.datasets.get(name) != experiment.datasets[name]:
        return {}
    found = baseline.of(name, contestant)
    return {} if found is None else _means(found.scores.get(SUITE[name].primary.name, {}))


def _means(values: Mapping[str, Sequence[float | None]]) -> Means:
    known = {case_id: [v for v in each if v is not None] for case_id, each in values.items()}
    return {case_id: sum(each) / len(each) for case_id, each in known.items() if each}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _why(trials: Sequence[Trial], name: str, case_id: str, contestant: str) -> str:
    """Return the scorer's words on the worst trial of a case."""
    scorer = SUITE[name].primary.name
    scores = [
        (score.value, score.why)
        for trial in trials
        if (trial.dataset, trial.case_id, trial.contestant) == (name, case_id, contestant)
        for score in trial.scores
        if score.scorer == scorer and score.value is not None
    ]
    return min(scores)[1]
