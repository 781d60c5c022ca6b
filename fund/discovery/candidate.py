"""A name that a picker suggests, with a score and the reasons for it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fund.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One suggestion of one picker."""

    ticker: str
    score: float
    """Comparable within one picker only; the higher, the better."""
    reasons: tuple[str, ...]
    """Short sentences, each with its figure."""
    picker: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.score):
            raise DataError(
                f"expected a finite score for {self.ticker!r}, found {self.score!r} by {self.picker!r}; "
                "leave the name out"
            )


def best(candidates: Iterable[Candidate], count: int) -> tuple[Candidate, ...]:
    """Return the `count` best, the highest score first; equal scores in the order of their tickers."""
    return tuple(sorted(candidates, key=lambda each: (-each.score, each.ticker))[: max(count, 0)])
