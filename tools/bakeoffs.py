"""How the last bakeoff went, and how far the one under way is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from fund.errors import QueryRefusedError

NONE_YET = (
    'no bakeoff has been run on this desk; say "run a bakeoff", or `desk evals bakeoff` at the terminal'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeoffScore:
    """How one contestant did on one dataset by its primary score."""

    contestant: str
    value: float | None
    """Mean over the cases it could be scored on; None where it could be on none."""
    low: float | None
    high: float | None
    """The 95 % interval of the mean; None below 20 cases."""
    n: int
    """Cases it could be scored on; each counts once, by the mean of its trials."""
    cost_usd: Decimal
    """Of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeoffDataset:
    """What one dataset came to."""

    dataset: str
    verdict: str
    """Who wins, or that nobody does, with the smallest gap that would have been seen."""
    score: str
    """The primary score, by which contestants are compared."""
    no_skill: float | None
    """What that score is by chance; None where it has no such point."""
    scores: tuple[BakeoffScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeoffResult:
    """A bakeoff that has ended, by the report it left."""

    experiment: str
    ended_at: datetime
    trials: int
    """How often each case was asked."""
    datasets: tuple[BakeoffDataset, ...]
    unspoken: tuple[str, ...]
    """For whom, and against what, it says nothing."""
    skipped: tuple[str, ...]
    """Who was not asked, and why."""
    page: str
    """Where the desk serves the whole report, to its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeoffUnderWay:
    """How far a bakeoff is."""

    command_id: str
    datasets: tuple[str, ...]
    begun_at: datetime
    done: int
    """Answers so far, those of an earlier try included."""
    total: int
    """0 until the first case is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeoffEnd:
    """What came of a bakeoff that was confirmed."""

    result: BakeoffResult | None
    """None where it was cancelled before everything was answered."""
    stopped: str = ""
    """By whom it was cancelled and how far it was; empty where it ran to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeoffNow:
    """The bakeoff under way and the last one that ended; at least one of them is there."""

    under_way: BakeoffUnderWay | None
    last: BakeoffResult | None


class KeptBakeoffs(Protocol):
    """What is known of bakeoffs; both may block."""

    def going(self) -> BakeoffUnderWay | None:
        """Return the one under way."""
        ...

    def last(self) -> BakeoffResult | None:
        """Return the last one that ended, by its kept report."""
        ...


class BakeoffTools:
    """Questions about bakeoffs."""

    def __init__(self, kept: KeptBakeoffs) -> None:
        self._kept = kept

    def bakeoff(self) -> BakeoffNow:
        """Return the last bakeoff: by dataset the verdict and every contestant's score with n and interval.

        One that is under way is told beside it, with how far it is.

        Raises:
            QueryRefusedError: None was ever run on this desk.
        """
        found = BakeoffNow(under_way=self._kept.going(), last=self._kept.last())
        if found.under_way is None and found.last is None:
            raise QueryRefusedError(NONE_YET)
        return found
