"""No future changes the past: what was decided stays decided, whatever comes after it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.backtest.engine import run_backtest
from fund.backtest.strategies import BuyAndHold, EqualWeight, Momentum121
from fund.cycle import CycleRecord, Strategy
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import a_history, with_future

MANDATE = a_mandate(
    costs=real_costs(),
    limits=some_limits(max_position=Decimal("0.3"), max_daily_increase=Decimal("0.4")),
    funds=frozenset({"T00"}),
)
seeds = st.integers(0, 2**32 - 1)


class Curious:
    """A rule whose weights depend on every kind of fact a view has."""

    name = "curious"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        weights = {}
        mood = len(view.headlines(1_000)) + sum(len(view.macro(name, 1_000)) for name in ("RATE", "VIX"))
        for ticker in sorted(view.members()):
            report = view.report(ticker)
            seen = (
                view.average_volume(ticker, 20)
                + float(view.total_return_index(ticker, 5)[-1])
                + len(view.actions(ticker, view.sessions(1_000)[0]))
                + (report.revenue or 0.0 if report else 0.0)
            )
            weights[ticker] = Decimal(int(seen * 7 + mood) % 30) / 100
        return Proposal(weights=weights)


def decisions(history: History, strategy: Strategy, last: int) -> tuple[CycleRecord, ...]:
    sessions = history.panel.sessions
    return run_backtest(strategy, history, MANDATE, sessions[0], sessions[last]).records


@pytest.mark.parametrize("strategy", [BuyAndHold("T00"), EqualWeight(3), Curious()])
@given(market=seeds, future=seeds, place=st.integers(2, 30))
@settings(max_examples=25)
def test_another_future_changes_no_decision(strategy: Strategy, market: int, future: int, place: int) -> None:
    history = a_history(market)
    as_of = history.calendar.decision_time(history.panel.sessions[place])
    other = with_future(history, as_of, future)
    before, after = decisions(history, strategy, place), decisions(other, strategy, place)
    assert after == before
    assert repr(after) == repr(before)


@given(market=seeds)
@settings(max_examples=10)
def test_a_history_cut_at_the_last_decision_gives_the_same_decisions(market: int) -> None:
    history = a_history(market)
    as_of = history.calendar.decision_time(history.panel.sessions[20])
    assert decisions(history.truncated(as_of), Curious(), 20) == decisions(history, Curious(), 20)


@given(market=seeds, future=seeds, place=st.integers(84, 86))
@settings(max_examples=10)
def test_another_future_changes_no_ranking(market: int, future: int, place: int) -> None:
    history = a_history(market, tickers=12, sessions=89)
    as_of = history.calendar.decision_time(history.panel.sessions[place])
    other = with_future(history, as_of, future)
    assert decisions(other, Momentum121(3), place) == decisions(history, Momentum121(3), place)


def test_the_markets_that_are_tried_are_traded() -> None:
    fast = [decisions(a_history(seed), Curious(), 30) for seed in range(10)]
    slow = [decisions(a_history(seed, tickers=12, sessions=89), Momentum121(3), 86) for seed in range(5)]
    assert all(any(record.orders for record in records) for records in fast)
    assert any(any(record.orders for record in records) for records in slow)


def test_the_futures_that_are_tried_do_change_later_decisions() -> None:
    history = a_history(5)
    as_of = history.calendar.decision_time(history.panel.sessions[10])
    others = [decisions(with_future(history, as_of, seed), Curious(), 11)[-1] for seed in range(4)]
    assert any(other.proposal != others[0].proposal for other in others[1:])
