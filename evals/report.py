"""The report of an experiment: what was run, what it came to, and in which words it may be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from db.record_codec import to_json
from evals.books.figures import BookFigures
from evals.experiment import Experiment
from evals.memorisation import Memorisation
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

    def text(self) -> str:
        """Return the report as JSON."""
        return f"{to_json(self)}\n"

    def of(self, dataset: str) -> tuple[Summary, ...]:
        """Return the summaries of a dataset."""
        return tuple(each for each in self.summaries if each.dataset == dataset)


def report_of(
    experiment: Experiment,
    questions: Sequence[Question],
    trials: Sequence[Trial],
    *,
    skipped: Mapping[str, str] | None = None,
    memorisation: Sequence[Memorisation] = (),
    books: Sequence[BookFigures] = (),
    verdicts: Sequence[str] = (),
) -> Report:
    """Return the report of all trials of an experiment."""
    return Report(
        experiment=experiment,
        questions=tuple(questions),
        summaries=summaries(trials),
        skipped=dict(skipped or {}),
        memorisation=tuple(memorisation),
        books=tuple(books),
        verdicts=tuple(verdicts),
    )


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
