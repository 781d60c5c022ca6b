"""What a picker is, and what it is told beside the market."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fund.discovery.candidate import Candidate
from fund.market.view import MarketView


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How the past trades most like a trade in a name ended."""

    count: int
    mean_return: float
    """Net of costs, as a fraction."""


Recall = Callable[[Sequence[str]], Mapping[str, Outcomes]]
"""Returns how similar past trades ended, by ticker; nothing for a ticker without any."""


def nothing_remembered(_tickers: Sequence[str]) -> Mapping[str, Outcomes]:
    """Remember nothing."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PickContext:
    """What a picker is told beside the market: who may be picked, and how the book stands."""

    benchmark: str
    universe: frozenset[str]
    """The names that may be picked; a picker never gives another."""
    sector_weights: Mapping[str, float] = field(default_factory=dict)
    """Share of equity held in each sector, as a fraction."""
    max_sector: float = 1.0
    """What the mandate lets a sector hold at most."""
    similar: Recall = nothing_remembered


class Picker(Protocol):
    """Picks names worth a look from what was known at one moment; the same view gives the same picks."""

    @property
    def name(self) -> str:
        """What it is called on the record."""
        ...

    def pick(self, view: MarketView, context: PickContext, count: int) -> tuple[Candidate, ...]:
        """Return up to `count` candidates, the best first; a `DeskError` is a picker that is silent."""
        ...
