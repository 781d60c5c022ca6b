"""A sale that finds no price holds up the purchase that was planned with it; one let through is counted."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.half_years import a_frozen_market, some_mandate, traded_by
from support.mandates import some_limits

GAP = 2
"""The place of the session in which A has no price."""


@dataclass(frozen=True)
class Swaps:
    """Holds A, and swaps it for B on the third close."""

    name: str = "swaps"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        wanted = (
            {"A": Decimal("0.4")} if "A" not in book.positions else {"A": Decimal(0), "B": Decimal("0.4")}
        )
        return Proposal(weights=wanted)


def swapped() -> tuple[Tape, list[tuple[date, str]], list[tuple[date, str, str]]]:
    """Return the tape, the violations that were counted, and what was traded."""
    market = a_frozen_market({"A": [100.0, 100.0, None, 100.0, 100.0], "B": [100.0] * 5, "SPY": [100.0] * 5})
    mandate = some_mandate(limits=some_limits(max_names=1))
    played, tape = traded_by(Swaps(), market, mandate), Tape(market=market)
    found = audited(tape, mandate, 0, 4, played.plain())
    traded = [(date.fromisoformat(f["session"]), f["side"], f["ticker"]) for f in played.plain()["fills"]]
    return tape, [(each.session, each.limit) for each in found], traded


def test_the_purchase_waits_for_the_next_decision_and_nothing_is_counted() -> None:
    tape, counted, traded = swapped()
    assert counted == []
    bought, *later = traded
    assert bought == (tape.sessions[1], "buy", "A")
    assert (later[0][0], later[0][1:]) == (tape.sessions[GAP + 2], ("sell", "A"))
    assert (tape.sessions[GAP + 2], "buy", "B") in later


def test_a_broker_that_lets_it_through_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fund.execution.paper.increases_of", lambda working, book: {})
    tape, counted, _ = swapped()
    assert counted == [(tape.sessions[GAP], "max_names")]
