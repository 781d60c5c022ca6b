"""A strategy that asks for the same whatever it sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal


@dataclass(frozen=True)
class Asking:
    """Asks for these weights in every cycle."""

    weights: Mapping[str, Decimal]
    name: str = "asking"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        return Proposal(weights=self.weights)
