"""`decide`: silence is not an order to sell, and nothing doubtful is traded."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.cycle import CycleRecord, decide
from fund.errors import (
    AnswerError,
    BudgetError,
    DataError,
    DeskError,
    FeedError,
    LedgerError,
    LLMUnavailableError,
    NoDataError,
    TradingHaltedError,
)
from fund.execution.orders import order_id
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.books import MONDAY, a_book, a_split, at_close
from support.mandates import a_mandate, some_limits
from support.views import FakeView, a_view

D = Decimal
FRIDAY = date(2016, 3, 4)


@dataclass
class Saying:
    """A strategy that says what it was told to, and counts how often it was asked."""

    weights: Mapping[str, str] | None = field(default_factory=dict)
    error: Exception | None = None
    asked: int = 0
    name: str = "saying"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return None if self.weights is None else Proposal(weights={t: D(w) for t, w in self.weights.items()})


def decided(
    weights: Mapping[str, str] | None,
    *,
    view: FakeView | None = None,
    book: Book | None = None,
    mandate: Mandate | None = None,
    **more: object,
) -> CycleRecord:
    return decide(
        Saying(weights),
        view or a_view(AAPL=100, IBM=50, XOM=80),
        book or a_book({"AAPL": (100, 100)}, cash=90_000),
        mandate or a_mandate(),
        cycle_id="cycle-1",
        inputs={"mandate_hash": "0"},
        **more,  # type: ignore[arg-type]
    )


def told(record: CycleRecord) -> list[str]:
    return [f"{o.side} {o.quantity} {o.ticker}" for o in record.orders]


def test_a_decision_is_on_record_with_everything_it_saw() -> None:
    record = decided({"AAPL": "0", "IBM": "0.2"})
    assert (record.status, record.cause, record.strategy) == ("decided", None, "saying")
    assert (record.session, record.as_of) == (MONDAY, at_close(MONDAY))
    assert (record.equity, record.cash) == (100_000, 90_000)
    assert record.marks == {"AAPL": 100, "IBM": 50}
    assert record.weights_before == {"AAPL": D("0.1")}
    assert told(record) == ["sell 100 AAPL", "buy 400 IBM"]
    assert record.inputs == {"mandate_hash": "0"}


def test_orders_carry_the_moment_of_the_view_and_ids_that_are_pure() -> None:
    first, second = decided({"IBM": "0.2"}), decided({"IBM": "0.2"})
    assert first == second
    (order,) = first.orders
    assert order.decided_at == at_close(MONDAY)
    assert order.order_id == order_id("cycle-1", "IBM", "buy", 1)


def test_no_answer_holds_everything() -> None:
    record = decided(None)
    assert (record.status, record.cause) == ("held", "the strategy had no answer")
    assert (record.orders, record.review, record.proposal) == ((), None, None)
    assert record.weights_before == {"AAPL": D("0.1")}


@pytest.mark.parametrize(
    "error", [AnswerError, BudgetError, DataError, FeedError, NoDataError, LLMUnavailableError]
)
def test_a_failing_strategy_holds_everything_and_says_why(error: type[DeskError]) -> None:
    record = decide(
        Saying(error=error("the wire is down")),
        a_view(AAPL=100),
        a_book(),
        a_mandate(),
        cycle_id="c",
        inputs={},
    )
    assert (record.status, record.cause) == ("held", f"{error.__name__}: the wire is down")
    assert record.orders == ()


@pytest.mark.parametrize("error", [LedgerError, ZeroDivisionError])
def test_what_must_stop_the_desk_is_not_swallowed(error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(Saying(error=error("stop")), a_view(AAPL=100), a_book(), a_mandate(), cycle_id="c", inputs={})


def test_a_halt_asks_nobody_and_orders_nothing() -> None:
    strategy = Saying({"AAPL": "0"})
    record = decide(
        strategy,
        a_view(AAPL=100),
        a_book({"AAPL": (10, 100)}),
        a_mandate(),
        cycle_id="c",
        inputs={},
        halted="paused by the owner",
    )
    assert (record.status, record.cause, record.orders) == ("halted", "paused by the owner", ())
    assert strategy.asked == 0


def test_a_halt_without_a_reason_is_a_halt() -> None:
    assert decided({"IBM": "0.2"}, halted="").status == "halted"
    assert decided({"IBM": "0.2"}, halted="").orders == ()


def test_a_halt_that_comes_while_deciding_is_a_halt() -> None:
    strategy = Saying(error=TradingHaltedError("kill switch"))
    record = decide(strategy, a_view(AAPL=100), a_book(), a_mandate(), cycle_id="c", inputs={})
    assert (record.status, record.cause) == ("halted", "TradingHaltedError: kill switch")


def test_an_empty_proposal_is_a_decision_to_keep_everything() -> None:
    record = decided({})
    assert (record.status, record.orders) == ("decided", ())


def test_a_ticker_that_is_not_mentioned_is_kept() -> None:
    book = a_book({"AAPL": (100, 100), "XOM": (33, 80)}, cash=87_360)
    assert told(decided({"IBM": "0.1"}, book=book)) == ["buy 200 IBM"]


def test_an_explicit_zero_closes() -> None:
    assert told(decided({"AAPL": "0"})) == ["sell 100 AAPL"]


@given(st.integers(1, 10_000), st.decimals("0.01", "3000", places=2), st.integers(0, 10**7))
def test_a_kept_position_of_any_size_is_not_touched_by_a_share(
    quantity: int, price: Decimal, cash: int
) -> None:
    book = a_book({"AAPL": (quantity, price)}, cash=cash)
    record = decided({}, book=book, view=FakeView(prices={"AAPL": price}))
    assert record.orders == ()


def test_a_kept_position_is_cut_where_a_limit_demands_it() -> None:
    mandate = a_mandate(limits=some_limits(max_position=D("0.08")))
    record = decided({}, mandate=mandate)
    assert told(record) == ["sell 20 AAPL"]
    assert record.review is not None
    assert record.review.clamps[0].limit == "max_position"


@pytest.mark.parametrize(
    ("ticker", "weight", "reason"),
    [
        ("NOPE", "0.1", "unknown ticker"),
        ("IBM", "NaN", "weight NaN is not a fraction of equity"),
        ("IBM", "Infinity", "weight Infinity is not a fraction of equity"),
        ("IBM", "1E+30", r"weight 1E+30 is not a fraction of equity"),
        ("STALE", "0.1", "no price since 2016-03-04"),
        ("SPY", "0.1", "not in the universe"),
        ("ZERO", "0.1", "price 0 is not a price"),
        ("NAN", "0.1", "price NaN is not a price"),
    ],
)
def test_what_cannot_be_traded_is_left_out_with_the_reason(ticker: str, weight: str, reason: str) -> None:
    view = FakeView(
        prices={
            t: D(p)
            for t, p in {"AAPL": 100, "IBM": 50, "STALE": 9, "SPY": 200, "ZERO": 0, "NAN": "NaN"}.items()
        },
        stale_since={"STALE": FRIDAY},
        outsiders=frozenset({"SPY"}),
    )
    record = decided({ticker: weight, "AAPL": "0.2"}, view=view)
    assert told(record) == ["buy 100 AAPL"]
    assert record.review is not None
    (clamp,) = record.review.clamps
    assert (clamp.limit, clamp.ticker, clamp.after, clamp.reason) == ("universe", ticker, 0, reason)
    assert clamp.before.is_finite()


@pytest.mark.parametrize("weight", ["0", "0.05", "0.2", "-0.1", "NaN"])
def test_a_stale_position_stays_whatever_is_asked_and_the_record_says_so(weight: str) -> None:
    view = FakeView(prices={"AAPL": D(100), "IBM": D(50)}, stale_since={"AAPL": FRIDAY})
    record = decided({"AAPL": weight, "IBM": "0.1"}, view=view)
    assert told(record) == ["buy 200 IBM"]
    assert record.stale == ("AAPL",)
    assert record.review is not None
    clamp = record.review.clamps[0]
    assert (clamp.limit, clamp.ticker, clamp.after) == ("untradable", "AAPL", D("0.1"))
    assert record.review.weights["AAPL"] == D("0.1")


def test_the_others_make_room_for_a_position_that_cannot_be_sold() -> None:
    view = FakeView(prices={"AAPL": D(100), "IBM": D(50)}, stale_since={"AAPL": FRIDAY})
    record = decided({"AAPL": "0", "IBM": "1"}, view=view)
    assert told(record) == ["buy 1800 IBM"]


def test_a_stale_position_is_valued_in_the_shares_a_split_made_of_it() -> None:
    view = FakeView(
        prices={"AAPL": D(700)}, stale_since={"AAPL": FRIDAY}, known_actions=(a_split(7, ex_date=MONDAY),)
    )
    record = decided({}, view=view, book=a_book({"AAPL": (70, 100)}, cash=3_000))
    assert record.equity == 10_000


@pytest.mark.parametrize(
    ("weight", "orders"), [("0.2", []), ("0.05", ["sell 50 AAPL"]), ("0", ["sell 100 AAPL"])]
)
def test_a_position_that_left_the_universe_may_shrink_and_not_grow(weight: str, orders: list[str]) -> None:
    view = FakeView(prices={"AAPL": D(100)}, outsiders=frozenset({"AAPL"}))
    assert told(decided({"AAPL": weight}, view=view)) == orders


def test_a_fund_the_mandate_names_is_part_of_the_universe() -> None:
    view = FakeView(prices={"AAPL": D(100), "SPY": D(200)}, outsiders=frozenset({"SPY"}))
    mandate = a_mandate(funds=frozenset({"SPY"}))
    assert told(decided({"SPY": "0.1"}, view=view, mandate=mandate)) == ["buy 50 SPY"]


def test_a_name_without_an_instrument_counts_to_the_unknown_sector() -> None:
    view = replace(a_view(AAPL=100, IBM=50), nameless=frozenset({"IBM"}))
    mandate = a_mandate(limits=some_limits(max_position=D("0.1"), max_sector=D("0.1")))
    record = decided({"IBM": "0.1"}, view=view, mandate=mandate)
    assert told(record) == ["buy 200 IBM"]


def test_a_position_with_a_price_that_is_none_stops_the_decision() -> None:
    with pytest.raises(NoDataError, match="a mark must be a finite price above 0"):
        decided({}, view=a_view(AAPL=0))


weights = st.dictionaries(
    st.sampled_from(["AAPL", "IBM", "XOM", "NOPE"]),
    st.decimals(allow_nan=True, allow_infinity=True) | st.decimals("-1", "1", places=4),
)


@given(weights, st.booleans(), st.sets(st.sampled_from(["AAPL", "IBM", "XOM"])))
def test_whatever_is_proposed_the_orders_stay_within_the_limits(
    asked: dict[str, Decimal], allow_short: bool, stale: set[str]
) -> None:
    limits = some_limits(
        max_position=D("0.3"),
        max_sector=D("0.3"),
        max_gross=D("0.6"),
        max_net=D("0.5"),
        allow_short=allow_short,
    )
    prices = {"AAPL": D(100), "IBM": D(50), "XOM": D(80)}
    view = FakeView(prices=prices, stale_since=dict.fromkeys(stale, FRIDAY))
    book = a_book({"AAPL": (100, 100)}, cash=90_000)
    record = decided(
        {t: str(w) for t, w in asked.items()}, view=view, book=book, mandate=a_mandate(limits=limits)
    )
    held = {"AAPL": D(100)}
    for order in record.orders:
        assert order.ticker not in stale
        moved = order.quantity if order.side == "buy" else -order.quantity
        held[order.ticker] = held.get(order.ticker, D(0)) + moved
    values = [quantity * prices[ticker] / 100_000 for ticker, quantity in held.items()]
    assert all(abs(value) <= D("0.3") for value in values)
    assert allow_short or all(value >= 0 for value in values)
    assert sum(abs(value) for value in values) <= D("0.6")
    a_share_less_short = D("0.001")
    assert abs(sum(values)) <= D("0.5") + a_share_less_short
