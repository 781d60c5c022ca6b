"""The book valued at marks, with its exposure and its use of the mandate's limits."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fund.portfolio.book import Book
from fund.portfolio.postings import post_deposit, post_fill
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.books import MONDAY, a_fill, at_open
from support.mandates import a_mandate, some_limits
from support.records import a_cycle_record
from support.views import FakeView
from tools.exposure import limits_of
from tools.portfolio import portfolio_of, reason_of

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
