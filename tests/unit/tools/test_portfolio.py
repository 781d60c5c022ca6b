"""The book valued at marks, with its exposure and its use of the mandate's limits."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.execution.lifecycle import OrderState
from fund.portfolio.book import Book
from fund.portfolio.postings import post_deposit, post_fill
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.books import MONDAY, TUESDAY, a_book, a_fill, a_split, an_order, at_open
from support.mandates import a_mandate, some_limits
from support.records import a_cycle_record
from support.views import FakeView
from tools.exposure import limits_of, rounded
from tools.holdings import portfolio_of, reason_of

VIEW = FakeView(
    prices={"AAPL": Decimal(110), "XOM": Decimal(50)}, sectors={"AAPL": "Technology", "XOM": "Energy"}
)


def a_held_book() -> Book:
    """Return a book of 200 AAPL at 100 and 100 XOM at 60, from a deposit of 100,000."""
    book = Book().apply(post_deposit(Decimal(100_000), MONDAY, at_open(MONDAY), "initial"))
    book = book.apply(post_fill(book, a_fill("AAPL", quantity=200, price=100)))
    return book.apply(post_fill(book, a_fill("XOM", quantity=100, price=60)))


def test_a_holding_is_valued_at_its_mark_against_its_cost() -> None:
    portfolio = portfolio_of(a_held_book(), VIEW, {})
    apple = portfolio.holdings[0]
    assert (apple.ticker, apple.average_cost, apple.value) == ("AAPL", 100, 22_000)
    assert (apple.unrealised, apple.unrealised_fraction) == (2_000, 0.1)
    assert portfolio.unrealised == 2_000 - 1_000


def test_cash_and_positions_add_up_to_equity() -> None:
    portfolio = portfolio_of(a_held_book(), VIEW, {})
    assert portfolio.equity == portfolio.cash + sum(h.value for h in portfolio.holdings)
    assert portfolio.exposure.cash + portfolio.exposure.net == 1


def test_the_largest_position_comes_first() -> None:
    assert [h.ticker for h in portfolio_of(a_held_book(), VIEW, {}).holdings] == ["AAPL", "XOM"]


def test_a_stale_mark_is_flagged_with_its_session() -> None:
    old = date(2016, 3, 1)
    holding = portfolio_of(a_held_book(), replace(VIEW, stale_since={"XOM": old}), {}).holdings[1]
    assert (holding.stale, holding.marked) == (True, old)


def test_a_stale_position_is_valued_in_the_shares_a_split_made_of_it() -> None:
    split = a_split(5, ticker="XOM", ex_date=TUESDAY)
    view = replace(VIEW, session=TUESDAY, stale_since={"XOM": MONDAY}, known_actions=(split,))
    portfolio = portfolio_of(a_held_book(), view, {})
    holding = next(h for h in portfolio.holdings if h.ticker == "XOM")
    assert (holding.mark, holding.value) == (10, 1_000)
    assert portfolio.exposure.sectors["Energy"] == rounded(1_000 / portfolio.equity)


def test_the_reason_is_that_of_the_cycle_that_last_traded_the_name() -> None:
    holding = portfolio_of(a_held_book(), VIEW, {"AAPL": a_cycle_record()}).holdings[0]
    assert (holding.why, holding.why_session) == ("cheap", MONDAY)


def test_a_name_without_a_record_has_no_invented_reason() -> None:
    holding = portfolio_of(a_held_book(), VIEW, {}).holdings[0]
    assert (holding.why, holding.why_session) == ("", None)


def test_a_trade_that_a_limit_demanded_says_so() -> None:
    clamp = Clamp(
        limit="max_position", ticker="AAPL", before=Decimal("0.2"), after=Decimal("0.1"), reason="too large"
    )
    record = a_cycle_record(
        proposal=Proposal(weights={}), review=RiskReview(weights={"AAPL": Decimal("0.1")}, clamps=(clamp,))
    )
    assert reason_of(record, "AAPL") == "cut by max_position: too large"


def test_an_empty_book_is_all_cash() -> None:
    book = Book().apply(post_deposit(Decimal(100_000), MONDAY, at_open(MONDAY), "initial"))
    portfolio = portfolio_of(book, VIEW, {})
    assert portfolio.holdings == ()
    assert (portfolio.cash, portfolio.exposure.cash, portfolio.exposure.gross) == (100_000, 1, 0)


def test_sectors_are_gross_weights_largest_first() -> None:
    sectors = portfolio_of(a_held_book(), VIEW, {}).exposure.sectors
    assert list(sectors) == ["Technology", "Energy"]
    assert sectors["Technology"] == Decimal("0.2178")


def test_a_name_without_a_sector_counts_as_unknown() -> None:
    nameless = FakeView(prices=VIEW.prices, sectors={"AAPL": "", "XOM": ""})
    assert list(portfolio_of(a_held_book(), nameless, {}).exposure.sectors) == ["unknown"]


def test_every_limit_is_shown_beside_what_is_used_of_it() -> None:
    mandate = a_mandate(limits=some_limits(max_position=Decimal("0.2"), max_names=2, min_cash=Decimal("0.1")))
    uses = {use.limit: use for use in limits_of(a_held_book(), VIEW, mandate).limits}
    assert (uses["max_position"].value, uses["max_position"].detail) == (Decimal("0.2178"), "AAPL")
    assert not uses["max_position"].kept
    assert (uses["max_names"].value, uses["max_names"].kept) == (2, True)
    assert uses["min_cash"].kept
    assert uses["max_sector"].detail == "Technology"


def test_too_little_cash_is_a_limit_not_kept() -> None:
    mandate = a_mandate(limits=some_limits(min_cash=Decimal("0.9")))
    uses = {use.limit: use for use in limits_of(a_held_book(), VIEW, mandate).limits}
    assert not uses["min_cash"].kept


@dataclass(frozen=True, kw_only=True)
class SomeSessions(FakeView):
    """A view that looks back over these sessions."""

    past: tuple[date, ...] = ()

    def sessions(self, count: int) -> tuple[date, ...]:
        return self.past[-count:]


def test_the_session_of_the_fill_is_not_yet_a_session_held() -> None:
    for later in range(4):
        past = tuple(TUESDAY + timedelta(days=n) for n in range(-3, later + 1))
        view = SomeSessions(prices=VIEW.prices, sectors=VIEW.sectors, session=past[-1], past=past)
        assert {h.held_sessions for h in portfolio_of(a_held_book(), view, {}).holdings} == {later}


def test_a_short_position_gains_when_its_price_falls() -> None:
    holding = portfolio_of(a_book({"XOM": (-100, 60)}, cash=100_000), VIEW, {}).holdings[0]
    assert (holding.quantity, holding.average_cost, holding.value) == (-100, 60, -5_000)
    assert (holding.unrealised, holding.unrealised_fraction) == (1_000, pytest.approx(1 / 6))
    assert holding.weight < 0


def test_of_a_long_and_a_short_the_larger_comes_first_and_of_equals_the_alphabet() -> None:
    book = a_book({"AAPL": (10, 100), "XOM": (-100, 60)})
    assert [h.ticker for h in portfolio_of(book, VIEW, {}).holdings] == ["XOM", "AAPL"]
    equal = FakeView(prices={"AAPL": Decimal(50), "XOM": Decimal(50)})
    book = a_book({"XOM": (10, 50), "AAPL": (10, 50)})
    assert [h.ticker for h in portfolio_of(book, equal, {}).holdings] == ["AAPL", "XOM"]


@given(
    st.dictionaries(
        st.sampled_from(["AAPL", "XOM"]),
        st.tuples(st.integers(-300, 300).filter(bool), st.integers(1, 300)),
        min_size=1,
    ),
    st.integers(1, 300),
    st.integers(1, 300),
)
def test_cash_values_and_gains_add_up_whatever_is_held(
    held: dict[str, tuple[int, int]], apple: int, exxon: int
) -> None:
    view = FakeView(prices={"AAPL": Decimal(apple), "XOM": Decimal(exxon)})
    portfolio = portfolio_of(a_book(held, cash=500_000), view, {})
    assert portfolio.equity == portfolio.cash + sum(h.value for h in portfolio.holdings)
    assert portfolio.unrealised == sum(h.unrealised for h in portfolio.holdings)
    for holding in portfolio.holdings:
        assert holding.value == holding.quantity * holding.mark
        cost = held[holding.ticker][0] * held[holding.ticker][1]
        assert holding.unrealised == holding.value - cost
        assert holding.unrealised_fraction == pytest.approx(float(holding.unrealised) / abs(cost))
        assert abs(holding.weight - holding.value / portfolio.equity) <= Decimal("0.00005")


def test_an_order_that_waits_keeps_its_cycle_and_its_mark() -> None:
    order = portfolio_of(a_held_book(), VIEW, {}, [OrderState(order=an_order("XOM", "sell", 5))]).open_orders[
        0
    ]
    assert (order.ticker, order.side, order.quantity) == ("XOM", "sell", 5)
    assert (order.reference_price, order.cycle_id) == (100, "cycle-1")


def test_the_committees_words_go_before_a_limits() -> None:
    cut = Clamp(limit="max_position", ticker="AAPL", before=Decimal(1), after=Decimal(0), reason="too large")
    record = a_cycle_record(review=RiskReview(weights={}, clamps=(cut,)))
    assert reason_of(record, "AAPL") == "cheap"


def test_of_several_cuts_the_last_is_the_reason_and_those_of_others_are_none() -> None:
    first = Clamp(limit="max_position", ticker="AAPL", before=Decimal(1), after=Decimal("0.2"), reason="one")
    last = replace(first, limit="max_gross", reason="two")
    other = replace(first, ticker="XOM", limit="max_names", reason="three")
    record = a_cycle_record(
        proposal=Proposal(weights={}), review=RiskReview(weights={}, clamps=(first, last, other))
    )
    assert reason_of(record, "AAPL") == "cut by max_gross: two"
    assert reason_of(record, "MSFT") == ""


def test_a_cycle_that_decided_nothing_gives_no_reason() -> None:
    assert reason_of(a_cycle_record(proposal=None, review=None, orders=()), "AAPL") == ""
