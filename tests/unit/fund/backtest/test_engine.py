"""A backtest is the heartbeat in a loop: it fills later than it decides, and its journal replays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.backtest.engine import BacktestResult, run_backtest
from fund.backtest.strategies import BuyAndHold, EqualWeight
from fund.cycle import CycleRecord
from fund.errors import NoDataError
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book, replay
from fund.portfolio.proposal import Proposal
from fund.session import SessionStep
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import a_dividend, a_history, a_quiet_history, a_spell, a_split

NO_BAR = float("nan")
D = Decimal


@dataclass(frozen=True)
class Scripted:
    """A strategy that says the n-th thing on the n-th session, and nothing where it has nothing."""

    script: Mapping[date, Mapping[str, str]]
    name: str = "scripted"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        weights = self.script.get(view.session)
        return None if weights is None else Proposal(weights={t: D(w) for t, w in weights.items()})


def days(history: History) -> tuple[date, ...]:
    return history.panel.sessions


def members(*tickers: str) -> dict[str, object]:
    return {"membership": tuple(a_spell(ticker) for ticker in tickers)}


def played(history: History, script: Mapping[int, Mapping[str, str]], **changes: object) -> BacktestResult:
    told = {days(history)[place]: weights for place, weights in script.items()}
    values = {"initial_cash": D(1_000), **changes}
    return run_backtest(Scripted(told), history, a_mandate(**values), days(history)[0], days(history)[-1])


def equities(result: BacktestResult) -> list[Decimal]:
    return [mark.equity for mark in result.marks]


def test_what_is_decided_on_a_close_trades_at_the_next_open() -> None:
    history = a_quiet_history(
        {"AAA": [10.0, 12.0, 15.0]}, opens={"AAA": [10.0, 11.0, 14.0]}, **members("AAA")
    )
    result = played(history, {0: {"AAA": "0.5"}, 1: {"AAA": "0"}})
    assert [(f.session, f.side, f.quantity, f.price) for f in result.fills] == [
        (days(history)[1], "buy", 50, 11),
        (days(history)[2], "sell", 50, 14),
    ]
    assert equities(result) == [1_000, 1_050, 1_150]
    assert [t.profit for t in result.closed] == [150]


def test_a_strategy_that_sees_a_jump_coming_is_a_session_late() -> None:
    history = a_quiet_history(
        {"AAA": [10.0, 20.0, 20.0]}, opens={"AAA": [10.0, 19.0, 20.0]}, **members("AAA")
    )
    assert equities(played(history, {1: {"AAA": "1"}})) == [1_000, 1_000, 1_000]


def test_what_the_last_session_orders_never_trades() -> None:
    history = a_quiet_history({"AAA": [10.0, 10.0]}, **members("AAA"))
    result = played(history, {1: {"AAA": "1"}})
    assert len(result.records[-1].orders) == 1
    assert result.fills == ()


def test_the_first_row_is_the_money_that_was_brought_in() -> None:
    history = a_quiet_history({"AAA": [10.0]}, **members("AAA"))
    result = played(history, {})
    assert (result.marks[0].equity, result.marks[0].deposits, len(result.marks)) == (1_000, 1_000, 1)
    assert result.records[0].cause == "the strategy had no answer"


def test_splits_and_dividends_of_what_is_held_are_booked_on_their_day() -> None:
    closes = {"AAA": [10.0, 10.0, 5.0, 5.0]}
    ex_split, ex_dividend = days(a_quiet_history(closes))[2:]
    actions = (a_split("AAA", ex_split, "2"), a_dividend("AAA", ex_dividend, "0.10"))
    history = a_quiet_history(closes, actions=actions, **members("AAA"))
    result = played(history, {0: {"AAA": "1"}})
    assert [t.kind for t in result.transactions] == ["deposit", "fill", "split", "dividend"]
    assert equities(result) == [1_000, 1_000, 1_000, 1_020]


def test_a_series_that_ends_is_closed_and_named() -> None:
    closes = {"AAA": [10.0, 10.0, 12.0] + [NO_BAR] * 7, "SPY": [1.0] * 10}
    history = a_quiet_history(closes, **members("AAA"))
    result = played(history, {0: {"AAA": "1"}})
    assert [(e.ticker, e.session) for e in result.endings] == [("AAA", days(history)[8])]
    assert equities(result)[-1] == 1_200
    assert [p.ticker for p in result.marks[7].positions if p.stale] == ["AAA"]
    assert result.marks[8].positions == ()


def test_an_order_for_a_series_that_fell_silent_lapses() -> None:
    history = a_quiet_history({"AAA": [10.0, NO_BAR], "SPY": [1.0, 1.0]}, **members("AAA"))
    result = played(history, {0: {"AAA": "1"}})
    assert [u.reason for u in result.unfilled] == ["no_bar"]


def test_every_session_is_told_as_it_happens() -> None:
    history = a_quiet_history({"SPY": [10.0, 10.0, 10.0]})
    seen: list[tuple[SessionStep, CycleRecord]] = []
    result = run_backtest(
        BuyAndHold("SPY"),
        history,
        a_mandate(funds=frozenset({"SPY"})),
        days(history)[0],
        days(history)[-1],
        lambda step, record: seen.append((step, record)),
    )
    assert [step.session for step, _ in seen] == list(days(history))
    assert tuple(record for _, record in seen) == result.records
    assert tuple(step.mark for step, _ in seen) == result.marks


def test_records_name_the_mandate_and_the_result_names_the_data() -> None:
    history = a_quiet_history({"AAA": [10.0, 10.0]}, **members("AAA"))
    result = played(history, {})
    assert {record.inputs["mandate_hash"] for record in result.records} == {"0" * 64}
    assert result.data_version == history.data_version


def test_a_span_without_a_session_is_refused() -> None:
    history = a_quiet_history({"AAA": [10.0]})
    saturday, sunday = date(2016, 1, 9), date(2016, 1, 10)
    with pytest.raises(NoDataError, match="found none from 2016-01-09 to 2016-01-10"):
        run_backtest(BuyAndHold("AAA"), history, a_mandate(), saturday, sunday)


def test_a_session_without_bars_stops_the_backtest() -> None:
    history = a_quiet_history({"AAA": [10.0]})
    with pytest.raises(NoDataError, match="ingest its bars"):
        run_backtest(BuyAndHold("AAA"), history, a_mandate(), days(history)[0], date(2016, 1, 6))


def lived(seed: int) -> BacktestResult:
    history = a_history(seed, tickers=8)
    mandate = a_mandate(
        costs=real_costs(),
        limits=some_limits(max_position=D("0.3"), min_cash=D("0.02"), max_daily_increase=D("0.5")),
        initial_cash=D(5_000),
    )
    return run_backtest(EqualWeight(), history, mandate, days(history)[0], days(history)[-1])


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_in_any_market_the_journal_replays_to_the_book(seed: int) -> None:
    result = lived(seed)
    assert replay(result.transactions) == result.book


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_in_any_market_a_long_book_never_borrows_and_never_oversells(seed: int) -> None:
    result = lived(seed)
    assert all(mark.cash >= 0 for mark in result.marks)
    assert all(position.quantity > 0 for position in result.book.positions.values())


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_in_any_market_nothing_fills_before_it_was_decided_or_twice(seed: int) -> None:
    result = lived(seed)
    decided = {order.order_id: order for record in result.records for order in record.orders}
    assert len({fill.fill_id for fill in result.fills}) == len(result.fills)
    assert len({each.transaction_id for each in result.transactions}) == len(result.transactions)
    for fill in result.fills:
        assert fill.filled_at > decided[fill.order_id].decided_at


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_a_backtest_run_twice_is_the_same_backtest(seed: int) -> None:
    assert lived(seed) == lived(seed)
