"""The report of an experiment: what was run, what it came to, and in which words it may be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from db.record_codec import to_json
from evals.books.figures import BookFigures
from evals.case import Dataset
from evals.experiment import Experiment
from evals.memorisation import Memorisation
from evals.promises import Promises, promises
from evals.steadiness import Steadiness, steadiness
from evals.summary import ScoreSummary, Summary, summaries
from evals.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a dataset asks, for whoever reads the report."""

    dataset: str
    about: str
    primary: str
    """The scorer by which contestants are compared."""
    no_skill: float | None
    """What the primary score is without any skill; None where it has no such point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCost:
    """What decisions of a contestant cost in USD, each and by its primary score."""

    dataset: str
    contestant: str
    each: Decimal
    right: Decimal | None
    """Of one that was right; None where none was."""
    right_low: Decimal | None
    right_high: Decimal | None
    """Bounds that follow from the 95 % interval of the score; None where there is none, or it reaches 0."""
    scored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is told of an experiment; the same trials give the same bytes."""

    experiment: Experiment
    questions: tuple[Question, ...]
    summaries: tuple[Summary, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Who was not asked, and why: a provider without a key is no zero."""
    memorisation: tuple[Memorisation, ...] = ()
    """What was told of reasoning and memory, where the controls were asked."""
    books: tuple[BookFigures, ...] = ()
    """What was traded, where `end_to_end` was asked."""
    verdicts: tuple[str, ...] = ()
    """What follows, in sentences."""
    costs: tuple[DecisionCost, ...] = ()
    steadiness: tuple[Steadiness, ...] = ()
    """Whether trials of the same case are all right, and agree."""
    promises: tuple[Promises, ...] = ()
    """What convictions were worth as probabilities."""

    def text(self) -> str:
        """Return the report as JSON."""
        return f"{to_json(self)}\n"

    def of(self, dataset: str) -> tuple[Summary, ...]:
        """Return the summaries of a dataset."""
        return tuple(each for each in self.summaries if each.dataset == dataset)

    def agreement(self, dataset: str, contestant: str) -> float | None:
        """Return how often two trials of a contestant did the same; None where that cannot be told."""
        for each in self.steadiness:
            if (each.dataset, each.contestant) == (dataset, contestant) and each.agreement is not None:
                return each.agreement.value
        return None


def report_of(
    experiment: Experiment,
    questions: Sequence[Question],
    trials: Sequence[Trial],
    *,
    datasets: Sequence[Dataset] = (),
    skipped: Mapping[str, str] | None = None,
    memorisation: Sequence[Memorisation] = (),
    books: Sequence[BookFigures] = (),
    verdicts: Sequence[str] = (),
) -> Report:
    """Return the report of all trials of an experiment; what rests on the cases is told of `datasets`."""
    found = summaries(trials)
    primaries = {question.dataset: question.primary for question in questions}
    return Report(
        experiment=experiment,
        questions=tuple(questions),
        summaries=found,
        skipped=dict(skipped or {}),
        memorisation=tuple(memorisation),
        books=tuple(books),
        verdicts=tuple(verdicts),
        costs=tuple(_cost(each, primaries[each.dataset]) for each in found if each.dataset in primaries),
        steadiness=steadiness(experiment, primaries, datasets, trials),
        promises=tuple(each for known in datasets for each in promises(experiment, known, trials)),
    )


def _cost(found: Summary, primary: str) -> DecisionCost:
    score = found.score(primary)
    interval = None if score is None else score.interval
    return DecisionCost(
        dataset=found.dataset,
        contestant=found.contestant,
        each=found.cost_per_decision,
        right=found.cost_per_correct(primary),
        right_low=_shared(found.cost_per_decision, None if interval is None else interval.high),
        right_high=_shared(found.cost_per_decision, None if interval is None else interval.low),
        scored=0 if score is None else score.scored,
    )


def _shared(cost: Decimal, share: float | None) -> Decimal | None:
    """Return what one of a share costs; None of no share."""
    return None if share is None or share <= 0 else cost / Decimal(repr(share))


def told(score: ScoreSummary | None) -> str:
    """Return a score in words, never without its size: `0.531 [0.482, 0.580], n = 160`."""
    if score is None or score.value is None:
        return "not scorable"
    if score.interval is None:
        return f"{score.value:.3f}, n = {score.scored}, too few for an interval"
    return f"{score.value:.3f} [{score.interval.low:.3f}, {score.interval.high:.3f}], n = {score.scored}"


def silent(found: Summary) -> str:
    """Return how many outputs were silent, and how many nobody was there to give."""
    absent = f", {found.absent} absent" if found.absent else ""
    return f"{found.silent} of {found.trials}{absent}"
