"""The rules every other strategy has to beat do what their names say."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from fund.backtest.engine import run_backtest
from fund.backtest.strategies import (
    SHORTEST_LOOKBACK,
    SKIP_SESSIONS,
    BuyAndHold,
    EqualWeight,
    Momentum121,
    unconstrained,
)
from fund.errors import NoDataError
from fund.mandate import Mandate
from fund.market.history import History
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.books import a_book
from support.mandates import a_mandate, some_limits
from support.markets import a_dividend, a_quiet_history, a_spell

D = Decimal
LONG = SHORTEST_LOOKBACK + SKIP_SESSIONS
JANUARY_FIRST_HALF, FEBRUARY_FIRST = 5, 20
"""Sessions of a calendar that begins on Monday, 4 January 2016."""


def a_market(closes: dict[str, list[float]], **facts: object) -> History:
    facts.setdefault("membership", tuple(a_spell(ticker) for ticker in closes))
    return a_quiet_history(closes, **facts)


def said(
    strategy: BuyAndHold | EqualWeight | Momentum121,
    history: History,
    place: int = -1,
    book: Book | None = None,
    mandate: Mandate | None = None,
) -> Proposal:
    view = history.view(history.calendar.decision_time(history.panel.sessions[place]))
    proposal = strategy.propose("c", view, book or a_book(), mandate or a_mandate())
    assert proposal is not None
    return proposal


def ramp(growth: float, sessions: int = LONG) -> list[float]:
    return [float(p) for p in 50.0 * np.exp(growth * np.arange(sessions))]


def test_buy_and_hold_buys_once_and_keeps() -> None:
    history = a_market({"AAA": [10.0, 11.0]})
    assert said(BuyAndHold("AAA"), history).weights == {"AAA": 1}
    assert said(BuyAndHold("AAA"), history, book=a_book({"AAA": (1, 10)})).weights == {}


def test_equal_weight_gives_every_member_the_same_part_of_what_may_be_invested() -> None:
    history = a_market({"AAA": [10.0], "BBB": [20.0], "CCC": [30.0]})
    mandate = a_mandate(limits=some_limits(min_cash=D("0.05")))
    assert said(EqualWeight(), history, mandate=mandate).weights == dict.fromkeys(
        ["AAA", "BBB", "CCC"], D("0.3166")
    )


def test_equal_weight_of_a_few_takes_the_most_traded_in_dollars() -> None:
    history = a_market({"AAA": [10.0], "BBB": [20.0], "CCC": [30.0], "DDD": [30.0]})
    assert said(EqualWeight(2), history).weights.keys() == {"CCC", "DDD"}


def test_what_is_no_longer_chosen_is_closed() -> None:
    history = a_market({"AAA": [10.0], "BBB": [20.0]}, membership=(a_spell("BBB"),))
    weights = said(EqualWeight(), history, book=a_book({"AAA": (1, 10)})).weights
    assert weights == {"AAA": 0, "BBB": 1}


def test_within_a_month_a_built_portfolio_is_left_alone() -> None:
    history = a_market({"AAA": ramp(0.001, 25), "BBB": ramp(0.0, 25)})
    built = a_book({"AAA": (90, 10)}, cash=100)
    assert said(EqualWeight(), history, JANUARY_FIRST_HALF, opened(built, history, 3)).weights == {}
    assert said(EqualWeight(), history, FEBRUARY_FIRST, opened(built, history, 3)).weights.keys() == {
        "AAA",
        "BBB",
    }


def test_a_new_portfolio_is_built_on_and_an_old_one_that_limits_keep_small_is_not() -> None:
    history = a_market({"AAA": ramp(0.001, 25), "BBB": ramp(0.0, 25)})
    small = a_book({"AAA": (50, 10)}, cash=500)
    assert said(EqualWeight(), history, 10, opened(small, history, 7)).weights.keys() == {"AAA", "BBB"}
    assert said(EqualWeight(), history, 10, opened(small, history, 4)).weights == {}


def opened(book: Book, history: History, place: int) -> Book:
    day = history.panel.sessions[place]
    return replace(book, positions={t: replace(p, opened=day) for t, p in book.positions.items()})


def test_momentum_takes_the_winners_of_the_past_without_the_last_month() -> None:
    late = ramp(-0.01, LONG - SKIP_SESSIONS) + ramp(0.2, SKIP_SESSIONS)
    history = a_market({"UP": ramp(0.004), "FLAT": ramp(0.0), "DOWN": ramp(-0.004), "LATE": late})
    assert said(Momentum121(2), history).weights == {"UP": D("0.5"), "FLAT": D("0.5")}


def test_momentum_counts_dividends() -> None:
    closes = {"AAA": ramp(0.001), "PAYS": [50.0] * LONG}
    day = a_market(closes).panel.sessions[10]
    history = a_market(closes, actions=(a_dividend("PAYS", day, "20"),))
    assert said(Momentum121(1), history).weights == {"PAYS": 1}


def test_momentum_leaves_out_names_that_are_too_young_or_gone() -> None:
    no_bar = float("nan")
    young = [no_bar] * 10 + ramp(0.05, LONG - 10)
    gaps = [no_bar if place == 30 else price for place, price in enumerate(ramp(0.002))]
    gone = [*ramp(0.05, LONG - 1), no_bar]
    history = a_market({"YOUNG": young, "GAPS": gaps, "GONE": gone, "FLAT": ramp(0.0)})
    assert said(Momentum121(3), history).weights.keys() == {"GAPS", "FLAT"}


def test_momentum_without_history_says_what_it_needs() -> None:
    history = a_market({"AAA": ramp(0.001, LONG - 1)})
    with pytest.raises(NoDataError, match=f"momentum needs {LONG} sessions of history, found {LONG - 1}"):
        said(Momentum121(), history)


def test_without_limits_the_benchmark_may_be_held_and_costs_stay() -> None:
    mandate = a_mandate(limits=some_limits(max_position=D("0.1")), min_trade=D("0.01"))
    free = unconstrained(mandate)
    assert free.limits.max_position == 1
    assert "SPY" in free.funds
    assert (free.costs, free.initial_cash) == (mandate.costs, mandate.initial_cash)
    assert free.mandate_hash != mandate.mandate_hash
    assert unconstrained(replace(mandate, mandate_hash="1")).mandate_hash != free.mandate_hash


def test_buying_and_holding_the_benchmark_is_worth_its_price_and_its_dividends() -> None:
    history = a_quiet_history({"SPY": [10.0, 10.0, 12.0]})
    mandate = unconstrained(a_mandate(initial_cash=D(1_000)))
    sessions = history.panel.sessions
    result = run_backtest(BuyAndHold("SPY"), history, mandate, sessions[0], sessions[-1])
    assert result.marks[-1].equity == 1_200
    assert len(result.fills) == 1
