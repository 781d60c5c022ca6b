"""From reviewed weights to orders: whole shares, reductions first, ids that are pure."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fund.execution.orders import Order, order_id, plan_orders
from fund.portfolio.book import Book
from fund.risk.limits import RiskReview
from support.books import MONDAY, a_book, at_close

D = Decimal
PRICES = {t: D(100) for t in "ABCD"}


def planned(
    book: Book,
    weights: dict[str, str],
    *,
    prices: dict[str, Decimal] | None = None,
    min_trade: str = "0",
    left_alone: frozenset[str] = frozenset(),
    share_step: str = "1",
) -> tuple[Order, ...]:
    return plan_orders(
        "cycle-1",
        RiskReview(weights={t: D(w) for t, w in weights.items()}, clamps=()),
        book,
        prices or PRICES,
        decided_at=at_close(MONDAY),
        min_trade=D(min_trade),
        left_alone=left_alone,
        share_step=D(share_step),
    )


def told(orders: tuple[Order, ...]) -> list[str]:
    return [f"{o.side} {o.quantity} {o.ticker}" for o in orders]


def test_a_target_becomes_the_whole_shares_it_pays_for() -> None:
    orders = planned(a_book(cash=10_000), {"A": "0.1"}, prices={"A": D("333.33")})
    assert told(orders) == ["buy 3 A"]
    assert orders[0].reference_price == D("333.33")
    assert orders[0].decided_at == at_close(MONDAY)


def test_only_the_difference_is_traded() -> None:
    book = a_book({"A": (10, 100), "B": (10, 100), "C": (10, 100)}, cash=7_000)
    assert told(planned(book, {"A": "0.15", "B": "0.05", "C": "0.1"})) == ["sell 5 B", "buy 5 A"]


def test_reductions_go_first_so_that_they_pay_for_the_rest() -> None:
    book = a_book({"B": (10, 100), "D": (-10, 100)}, cash=10_000)
    orders = planned(book, {"A": "0.2", "B": "0", "C": "-0.2", "D": "0"})
    assert told(orders) == ["sell 10 B", "buy 10 D", "buy 20 A", "sell 20 C"]


def test_going_through_zero_takes_a_closing_and_an_opening_order() -> None:
    book = a_book({"A": (10, 100), "B": (-10, 100)}, cash=10_000)
    orders = planned(book, {"A": "-0.05", "B": "0.05"})
    assert told(orders) == ["sell 10 A", "buy 10 B", "sell 5 A", "buy 5 B"]
    assert len({o.order_id for o in orders}) == 4


def test_an_increase_that_is_not_worth_its_costs_is_left() -> None:
    book = a_book({"A": (990, 100)}, cash=1_000)
    assert planned(book, {"A": "0.9949"}, min_trade="0.005") == ()
    assert told(planned(book, {"A": "0.995"}, min_trade="0.005")) == ["buy 5 A"]
    short = a_book({"A": (-10, 100)}, cash=101_000)
    assert planned(short, {"A": "-0.0149"}, min_trade="0.005") == ()


def test_a_change_of_side_is_made_however_small() -> None:
    short = a_book({"A": (-3, 100)}, cash=100_300)
    assert told(planned(short, {"A": "0.01"}, min_trade="0.05")) == ["buy 3 A", "buy 10 A"]


def test_a_reduction_is_made_whatever_it_costs() -> None:
    book = a_book({"A": (100, 100), "B": (1, 100), "C": (-50, 100)}, cash=5_000)
    asked = {"A": "0.98", "B": "0", "C": "-0.48"}
    assert told(planned(book, asked, min_trade="0.5")) == ["sell 2 A", "sell 1 B", "buy 2 C"]


def test_a_close_takes_the_fraction_along_that_a_split_left() -> None:
    book = a_book({"A": ("2.5", 100)}, cash=1_000)
    assert told(planned(book, {"A": "0"})) == ["sell 2.5 A"]
    assert told(planned(book, {"A": "0.08"})) == ["sell 1 A"]
    assert planned(book, {"A": "0.2"}) == ()


def test_what_is_left_alone_is_not_touched_and_needs_no_price() -> None:
    book = a_book({"A": (10, 100)}, cash=1_000)
    assert planned(book, {"A": "0", "X": "0.5"}, left_alone=frozenset({"A", "X"})) == ()


@given(st.text(), st.text(), st.sampled_from(["buy", "sell"]), st.integers(1, 2))
def test_an_order_id_is_a_pure_function_of_its_causes(cycle: str, ticker: str, side: str, leg: int) -> None:
    first = order_id(cycle, ticker, side, leg)  # type: ignore[arg-type]
    assert first == order_id(cycle, ticker, side, leg)  # type: ignore[arg-type]
    assert first != order_id(cycle, ticker, side, leg + 1)  # type: ignore[arg-type]
    assert first != order_id(cycle + "x", ticker, side, leg)  # type: ignore[arg-type]


@given(
    st.dictionaries(st.sampled_from("ABCD"), st.integers(-500, 500).filter(bool), max_size=4),
    st.dictionaries(st.sampled_from("ABCD"), st.decimals("-1", "1", places=4), max_size=4),
    st.decimals("1", "400", places=2),
)
def test_filling_every_order_leads_to_the_target_and_never_beyond(
    held: dict[str, int], weights: dict[str, Decimal], price: Decimal
) -> None:
    book = a_book({t: (q, price) for t, q in held.items()}, cash=400_000)
    prices = dict.fromkeys("ABCD", price)
    orders = planned(book, {t: str(w) for t, w in weights.items()}, prices=prices)
    for ticker, weight in weights.items():
        moved = sum(o.quantity if o.side == "buy" else -o.quantity for o in orders if o.ticker == ticker)
        target = held.get(ticker, 0) + moved
        wanted = weight * book.equity(prices) / price
        assert abs(target) <= abs(wanted)
        assert abs(wanted - target) < 1
        assert target * wanted >= 0


def test_a_small_increase_is_not_left_where_the_other_side_was_netted_against_it() -> None:
    assert told(planned(a_book(cash=10_000), {"A": "0.02", "B": "0.2"}, min_trade="0.03")) == ["buy 20 B"]
    hedged = planned(a_book(cash=10_000), {"A": "-0.02", "B": "0.2"}, min_trade="0.03")
    assert told(hedged) == ["sell 2 A", "buy 20 B"]


def test_an_account_of_fractions_is_planned_to_its_step() -> None:
    book = a_book({"A": ("2.5", 100)}, cash=9_750)
    asked = {"A": "0.0333", "B": "0.12345678"}
    assert told(planned(book, asked, share_step="0.01")) == ["buy 0.83 A", "buy 12.34 B"]
    assert told(planned(book, asked, share_step="0.000001")) == ["buy 0.830000 A", "buy 12.345678 B"]
    assert told(planned(book, asked)) == ["buy 12 B"]
