"""The whole account at a close, worked out of a journal: it adds up, and says what it cannot tell."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.portfolio.book import Book
from fund.portfolio.journal import Transaction
from fund.portfolio.postings import post_deposit, post_fill
from fund.risk.buckets import BucketLimits
from fund.risk.exits import ExitRules
from support.books import MONDAY, TUESDAY, a_fill, at_open
from support.mandates import a_mandate, some_limits
from support.random_books import RandomLife
from support.tool_results import session_marks
from support.views import FakeView
from tools.book_state import PortfolioState, RecordedBook, state_of
from tools.exposure_chart import exposure_bars, exposure_figure

VIEW = FakeView(
    prices={"AAPL": Decimal(110), "XOM": Decimal(50)}, sectors={"AAPL": "Technology", "XOM": "Energy"}
)
RULES = ExitRules(take_profit=Decimal("0.2"), time_stop_sessions=10)
MANDATE = replace(a_mandate(limits=some_limits()), exits=RULES)


def a_journal() -> list[Transaction]:
    """Return a deposit of 100,000 and purchases of 200 AAPL at 100 and 100 XOM at 60."""
    journal = [post_deposit(Decimal(100_000), MONDAY, at_open(MONDAY), "initial")]
    book = Book().apply(journal[0])
    for fill in (
        a_fill("AAPL", quantity=200, price=100, commission=Decimal(5)),
        a_fill("XOM", quantity=100, price=60, commission=Decimal(1)),
    ):
        journal.append(post_fill(book, fill))
        book = book.apply(journal[-1])
    return journal


def a_state(journal: list[Transaction] | None = None, **record: object) -> PortfolioState:
    recorded = RecordedBook(transactions=journal or a_journal(), orders=(), marks=())
    return state_of(replace(recorded, **record), VIEW, MANDATE)  # type: ignore[arg-type]


def adds_up(state: PortfolioState) -> bool:
    """Tell whether both sides of INV-2 hold, and its parts by position and by name, to the last decimal."""
    earned = state.realised + state.unrealised + state.dividends - state.fees - state.borrow
    return (
        state.equity == state.cash + state.value
        and state.equity - state.net_deposits == earned
        and state.value == sum((held.value for held in state.holdings), Decimal(0))
        and state.unrealised == sum((held.unrealised for held in state.holdings), Decimal(0))
        and sum((each.profit for each in state.profits), Decimal(0)) == earned
    )


def test_the_account_adds_up() -> None:
    state = a_state()
    assert adds_up(state)
    assert (state.equity, state.value, state.unrealised, state.fees) == (100_994, 27_000, 1_000, 6)


def test_a_name_earns_what_its_parts_come_to() -> None:
    apple, exxon = a_state().profits
    assert (apple.ticker, apple.unrealised, apple.fees, apple.profit) == ("AAPL", 2_000, 5, 1_995)
    assert (exxon.ticker, exxon.profit) == ("XOM", -1_001)


@settings(max_examples=20)
@given(st.integers(0, 5_000))
def test_any_life_of_a_book_adds_up_to_the_last_decimal(seed: int) -> None:
    life = RandomLife(seed=seed, chance=Random(seed))
    for _ in range(40):
        life.live()
    held = life.book.positions
    view = FakeView(
        prices={ticker: Decimal("17.35") for ticker in held}, session=max(t.session for t in life.journal)
    )
    worth = life.book.cash + sum((p.quantity * Decimal("17.35") for p in held.values()), Decimal(0))
    if worth <= 0:
        return
    record = RecordedBook(transactions=life.journal, orders=(), marks=())
    assert adds_up(state_of(record, view, MANDATE))


def test_the_level_of_every_exit_is_told_with_its_distance() -> None:
    stops = {(stop.ticker, stop.rule): stop for stop in a_state().stops}
    profit, time = stops["AAPL", "take_profit"], stops["AAPL", "time_stop"]
    assert (profit.level, profit.away) == (Decimal("120.0000"), Decimal("0.0909"))
    assert (time.level, time.away, time.sessions_left) == (None, None, 10)


def test_what_has_no_usable_price_has_no_stop_and_is_named() -> None:
    view = replace(VIEW, session=TUESDAY, stale_since={"XOM": MONDAY})
    state = state_of(RecordedBook(transactions=a_journal(), orders=(), marks=()), view, MANDATE)
    assert [held.stale for held in state.holdings] == [False, True]
    assert any("XOM" in reason and "stale" in reason for reason in state.stops_skipped)
    assert all(stop.ticker == "AAPL" for stop in state.stops)


def test_every_position_is_in_one_bucket_and_a_cap_that_is_none_is_none() -> None:
    limits = some_limits(buckets=BucketLimits(max_speculative=Decimal("0.2")))
    mandate = replace(MANDATE, limits=limits)
    state = state_of(RecordedBook(transactions=a_journal(), orders=(), marks=()), VIEW, mandate)
    uses = {use.bucket: use for use in state.buckets}
    assert (uses["speculative"].tickers, uses["speculative"].cap) == (("AAPL", "XOM"), Decimal("0.2"))
    assert sum(use.weight for use in state.buckets) == state.exposure.gross
    assert uses["core"].cap is None


def test_a_drawdown_that_was_counted_otherwise_then_is_left_out() -> None:
    marks = session_marks([1.0, 0.9], first=MONDAY)
    told = a_state(marks=marks)
    assert "drawdown" in {use.limit for use in told.limits}
    assert told.limits_left_out == ()
    later = a_state(marks=marks, drawdown_from=date(2016, 5, 2))
    assert "drawdown" not in {use.limit for use in later.limits}
    assert "daily_loss" in {use.limit for use in later.limits}
    assert later.limits_left_out == ("drawdown",)


def test_a_recorded_equity_that_is_another_is_said() -> None:
    assert "The equity recorded at that close was 100,000.00 USD" in a_state(marks=session_marks([1.0])).note


@pytest.mark.parametrize(("then", "said"), [("", False), ("m" * 64, True), (MANDATE.mandate_hash, False)])
def test_another_mandate_than_the_present_one_is_said(then: str, said: bool) -> None:
    assert ("present mandate" in a_state(mandate_hash=then).note) is said


def test_the_bars_show_the_whole_the_buckets_and_the_sectors_with_their_caps() -> None:
    bars = {bar.label: bar for bar in exposure_bars(a_state())}
    state = a_state()
    assert bars["Gross"].weight == state.exposure.gross
    assert bars["Gross"].cap == MANDATE.limits.max_gross
    assert bars["Technology"].cap == MANDATE.limits.max_sector
    assert bars["Speculative"].weight == state.exposure.gross
    assert "Core" not in bars


def test_a_bar_beyond_its_cap_is_coloured_as_a_loss() -> None:
    bars = exposure_bars(a_state())
    tight = [replace(bar, cap=bar.weight - Decimal("0.01")) for bar in bars]
    inside, beyond = (exposure_figure(each)["data"][0] for each in (bars, tight))  # type: ignore[index]
    assert set(inside["marker"]["color"]).isdisjoint(beyond["marker"]["color"])
