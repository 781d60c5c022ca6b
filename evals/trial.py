"""What came of asking: a contestant's output for a case, its scores, and the trial that keeps both."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from evals.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a contestant made of a case."""

    answer: Mapping[str, Any] | None
    """The typed answer as plain JSON; None where the contestant was silent."""
    silent: str | None = None
    """Why there is no answer; None exactly when there is one."""
    absent: bool = False
    """Whether nobody was there to answer: an outage, no time or no money left. Nothing is scored then."""
    valid_first: bool = True
    """Whether the first text that came fitted its schema."""
    refused: bool = False
    """Whether the LLM declined to answer."""
    call_ids: tuple[str, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    ms: int | None = None
    """Milliseconds spent in LLM calls; None where none was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a scorer says of an output."""

    scorer: str
    value: float | None
    """None is "not scorable", which is never zero."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One contestant asked one case once."""

    dataset: str
    case_id: str
    contestant: str
    number: int
    """0 for the first of several trials."""
    output: Output
    scores: tuple[Score, ...]

    def score(self, scorer: str) -> float | None:
        """Return what a scorer gave; None where it could not score, or was not asked."""
        return next((each.value for each in self.scores if each.scorer == scorer), None)


class Scorer(Protocol):
    """A function from case and output to a score; never raises for anything a contestant says."""

    @property
    def name(self) -> str:
        """The name its scores carry."""
        ...

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of an output."""
        ...


class Contestant(Protocol):
    """Who answers: an LLM behind the door, a rule, a baseline, a persona."""

    @property
    def name(self) -> str:
        """The name on every trial: an LLM's id, or what the baseline does."""
        ...

    async def answer(self, case: Case, number: int) -> Output:
        """Answer a case for the so-manieth time; never raises for anything an LLM does."""
        ...
