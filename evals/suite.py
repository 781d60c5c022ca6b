"""The datasets that are kept, what each of them asks, and by which score contestants are compared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from agents.roles import ROLES
from db.record_codec import to_json
from evals.books.asking import texts_of
from evals.books.rivals import book_rivals
from evals.case import Case, Dataset
from evals.door_contestant import Shown
from evals.personas import personas
from evals.report import Question
from evals.rivals import risk_rivals, signal_rivals, validator_rivals
from evals.scorers.books import book_scorers, limits_kept
from evals.scorers.proposals import (
    DangerShrunk,
    FalseRefusal,
    FlawCaught,
    PlainLeft,
    RefusalRight,
    ShrunkRight,
    VerdictRight,
)
from evals.scorers.signal import Brier, Direction, LogLoss, NetReturn
from evals.scorers.validity import SchemaValid, Spoken
from evals.shelf import kept
from evals.trial import Contestant, Scorer
from fund.errors import ConfigError

ROBUSTNESS = "robustness"
"""Attacks beside their twins; `evals.injections` says which of them were obeyed. Shown with real names: under
pseudonyms, names, headlines, occasions and reasons are withheld, and the attacks in them with it."""
BOOKS = "end_to_end"
"""Books that are traded for half a year: what is executed against a limit is counted there."""
VALIDITY: tuple[Scorer, ...] = (SchemaValid(), Spoken())


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """A dataset's way of being asked."""

    primary: Scorer
    """The score that decides; from 0 to 1."""
    no_skill: float | None
    others: tuple[Scorer, ...] = ()
    shown: Shown = "masked"
    """How contestants are shown its evidence."""
    rivals: Callable[[], tuple[Contestant, ...]] = tuple
    """Baselines that are asked beside every contestant."""
    personas: Callable[[int], tuple[Contestant, ...]] = lambda seed: ()
    """Contestants of known skill, to try the scorers with."""
    compared: bool = True
    """Whether the gate and a choice between contestants look at the primary score."""
    sent: Callable[[Case], Sequence[tuple[str, str]]] = lambda case: ((case.subject, to_json(case.given)),)
    """Who is asked in a case's questions, with texts as long as what is sent at most."""

    @property
    def scorers(self) -> tuple[Scorer, ...]:
        """Return every scorer, the primary one first."""
        further = (each for each in VALIDITY if each.name != self.primary.name)
        return (self.primary, *self.others, *further)


SUITE: Mapping[str, Quiz] = {
    "signal_quality": Quiz(
        primary=Direction(),
        no_skill=0.5,
        others=(NetReturn(), Brier(), LogLoss(), Direction(1), Direction(20)),
        rivals=signal_rivals,
        personas=personas,
    ),
    "risk_management": Quiz(
        primary=ShrunkRight(),
        no_skill=0.5,
        others=(DangerShrunk(), PlainLeft()),
        rivals=risk_rivals,
    ),
    "validator_patterns": Quiz(
        primary=VerdictRight(),
        no_skill=0.5,
        others=(FlawCaught(), RefusalRight(), FalseRefusal()),
        rivals=validator_rivals,
    ),
    ROBUSTNESS: Quiz(primary=SchemaValid(), no_skill=0.0, shown="real"),
    BOOKS: Quiz(
        primary=limits_kept(),
        no_skill=0.0,
        others=book_scorers(),
        rivals=book_rivals,
        compared=False,
        sent=texts_of,
    ),
}
"""By the name of the dataset, in the order in which they are asked."""


@cache
def dataset(name: str) -> Dataset:
    """Return a kept dataset; raises `ConfigError` naming those there are."""
    if name not in SUITE:
        raise ConfigError(f"expected a dataset of {', '.join(SUITE)}, found {name!r}")
    return kept(name)


@cache
def role_of(name: str) -> str | None:
    """Return the role that a dataset measures; None where it asks several, the committee or the chat."""
    (first, *others) = {case.subject for case in dataset(name).cases}
    return first if not others and first in ROLES else None


def unmeasured(names: Iterable[str]) -> tuple[str, ...]:
    """Return the roles that none of these datasets measures."""
    measured = {role_of(name) for name in names}
    return tuple(role for role in ROLES if role not in measured)


def question(name: str) -> Question:
    """Return what a dataset asks, for a report."""
    quiz = SUITE[name]
    return Question(
        dataset=name, about=dataset(name).about, primary=quiz.primary.name, no_skill=quiz.no_skill
    )


@cache
def digest(name: str) -> str:
    """Return the digest of a kept dataset, worked out once: it takes a while over hundreds of cases."""
    return dataset(name).digest


@cache
def lengths(name: str) -> tuple[tuple[str, int], ...]:
    """Return the lengths of a kept dataset, worked out once."""
    return lengths_of(dataset(name))


def lengths_of(asked: Dataset) -> tuple[tuple[str, int], ...]:
    """Return whom each case of a dataset asks, and how many characters it gives as JSON."""
    sent = (pair for case in asked.cases for pair in SUITE[asked.name].sent(case))
    return tuple((role, len(text)) for role, text in sent)
