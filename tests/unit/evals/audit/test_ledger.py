"""The auditor's purse: what every event does to shares and cash, to the millionth."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from evals.audit.ledger import Ledger, Trading
from evals.audit.tape import Tape
from fund.market.facts import CorporateAction
from support.facts import a_dividend, a_split
from support.half_years import a_frozen_market, some_sessions

DAYS = some_sessions(12)
FLAT = [100.0] * 12


def an_action(kind: str, day: int, value: str, detail: str = "") -> CorporateAction:
    return replace(a_dividend("A", DAYS[day]), kind=kind, value=Decimal(value), detail=detail)  # type: ignore[arg-type]


def bought(place: int, ticker: str, shares: int, price: str = "100", commission: str = "0") -> dict[str, Any]:
    side = "buy" if shares > 0 else "sell"
    told = {"session": DAYS[place].isoformat(), "ticker": ticker, "side": side}
    return {**told, "quantity": str(abs(shares)), "price": price, "commission": commission}


def walked(
    *fills: dict[str, Any],
    actions: tuple[CorporateAction, ...] = (),
    borrow: str = "0",
    **closes: list[float | None],
) -> tuple[Ledger, list[Trading]]:
    market = a_frozen_market({"A": [*FLAT], "B": [*FLAT], **closes}, actions=actions)
    ledger = Ledger(tape=Tape(market=market), cash=Decimal(100_000), borrow_bps=Decimal(borrow))
    return ledger, list(ledger.walk(0, 11, fills))


def test_a_fill_moves_cash_and_shares_and_its_commission() -> None:
    ledger, _ = walked(bought(1, "A", 100, "99", "1.25"), bought(3, "A", -40, "101", "1"))
    assert ledger.shares == {"A": Decimal(60)}
    assert ledger.cash == Decimal(100_000) - 9900 - Decimal("1.25") + 4040 - 1
    assert ledger.equity[0] == Decimal(100_000)
    assert len(ledger.equity) == 12


def test_a_dividend_is_paid_on_what_was_held_before_it() -> None:
    ledger, _ = walked(bought(2, "A", 10), bought(3, "A", 10), actions=(a_dividend("A", DAYS[3], "0.25"),))
    assert ledger.cash == Decimal(98_000) + Decimal("2.5")


def test_a_fraction_of_a_split_is_paid_at_the_open() -> None:
    halves: list[float | None] = [100.0] * 4 + [66.0] * 8
    ledger, _ = walked(bought(1, "A", 11), actions=(a_split("A", DAYS[4], "1.5"),), A=halves)
    assert ledger.shares == {"A": Decimal(16)}
    assert ledger.cash == Decimal(100_000) - 1100 + Decimal("33")


def test_a_fraction_without_an_open_stays() -> None:
    gap: list[float | None] = [100.0] * 4 + [None] + [66.0] * 7
    ledger, _ = walked(bought(1, "A", 11), actions=(a_split("A", DAYS[4], "1.5"),), A=gap)
    assert ledger.shares == {"A": Decimal("16.500000")}


@pytest.mark.parametrize("kind", ["merger", "delisting"])
def test_what_is_taken_over_is_paid_out(kind: str) -> None:
    ledger, _ = walked(bought(1, "A", 10), actions=(an_action(kind, 5, "120"),))
    assert ledger.shares == {}
    assert ledger.cash == Decimal(100_200)


def test_a_new_ticker_carries_the_shares() -> None:
    ledger, _ = walked(
        bought(1, "A", 10), bought(1, "B", 5), actions=(an_action("ticker_change", 5, "1", "B"),)
    )
    assert ledger.shares == {"B": Decimal(15)}


def test_a_short_pays_for_the_nights_and_the_dividends() -> None:
    ledger, _ = walked(bought(1, "A", -10), borrow="360", actions=(a_dividend("A", DAYS[3], "1"),))
    nights = (DAYS[11] - DAYS[1]).days
    paid = Decimal(1000) * Decimal("0.036") / 360 * nights
    assert ledger.cash == Decimal(101_000) - 10 - paid


def test_weights_are_of_the_close_before_the_fills() -> None:
    moved: list[float | None] = [100.0, 100.0, 120.0, 60.0, *[60.0] * 8]
    _, (first, second) = walked(
        bought(1, "A", 100), bought(3, "A", 100, "61"), actions=(a_split("A", DAYS[3]),), A=moved
    )
    assert (first.before, first.after) == ({}, {"A": Decimal("0.1")})
    equity = Decimal(102_000)
    assert second.equity == equity
    assert second.before == {"A": 100 * Decimal(120) / equity}
    assert second.after == {"A": pytest.approx(300 * Decimal(60) / equity)}
    assert second.grown == {"A": pytest.approx(100 * Decimal(60) / equity)}
    assert (second.decided, second.place) == (2, 3)


def test_growth_and_reduction_are_told_apart_through_zero() -> None:
    _, (_, turned) = walked(bought(1, "A", 100), bought(3, "A", -150), bought(3, "B", 20))
    assert turned.reduced == Decimal("0.1")
    assert turned.grown == {"A": Decimal("0.05"), "B": Decimal("0.02")}
