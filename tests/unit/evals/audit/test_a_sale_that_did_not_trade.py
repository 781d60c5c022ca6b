"""A sale that finds no price lets the purchase through that was planned with it, and that is counted."""

from dataclasses import dataclass
from decimal import Decimal

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.half_years import a_frozen_market, some_mandate, traded_by
from support.mandates import some_limits


@dataclass(frozen=True)
class Swaps:
    """Holds A, and swaps it for B on the third close."""

    name: str = "swaps"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        wanted = (
            {"A": Decimal("0.4")} if "A" not in book.positions else {"A": Decimal(0), "B": Decimal("0.4")}
        )
        return Proposal(weights=wanted)


def test_it_is_counted_as_executed() -> None:
    market = a_frozen_market({"A": [100.0, 100.0, None, 100.0, 100.0], "B": [100.0] * 5, "SPY": [100.0] * 5})
    mandate = some_mandate(limits=some_limits(max_names=1))
    played = traded_by(Swaps(), market, mandate)
    found = audited(Tape(market=market), mandate, 0, 4, played.plain())
    assert [(each.session, each.limit) for each in found] == [(Tape(market=market).sessions[2], "max_names")]
