"""`settle`: corporate actions before the open, fills at it, and no cent lost on the way."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import LedgerError
from fund.execution.costs import CostModel
from fund.execution.orders import Order
from fund.market.bars import Bar
from fund.market.facts import CorporateAction
from fund.portfolio.book import Book, check_identity
from fund.portfolio.journal import ZERO
from fund.portfolio.position import LotMethod
from fund.settlement import Settlement, settle
from support.books import (
    MONDAY,
    TUESDAY,
    a_bar,
    a_book,
    a_change,
    a_dividend,
    a_split,
    an_ending,
    an_order,
    at_open,
)
from support.mandates import a_mandate, real_costs, some_costs

D = Decimal


def settled(
    *orders: Order,
    book: Book | None = None,
    bars: Sequence[Bar] = (a_bar(),),
    actions: Sequence[CorporateAction] = (),
    suspect: frozenset[str] = frozenset(),
    costs: CostModel | None = None,
    lots: LotMethod = "average",
) -> Settlement:
    return settle(
        orders,
        a_book() if book is None else book,
        a_mandate(costs=costs or some_costs(), lots=lots),
        session=TUESDAY,
        opened_at=at_open(TUESDAY),
        bars={bar.ticker: bar for bar in bars},
        suspect_opens=suspect,
        actions=actions,
    )


def test_a_dividend_goes_to_who_held_before_the_open_not_to_who_buys_at_it() -> None:
    book = a_book({"AAPL": (10, 100)})
    buyer = settled(an_order(quantity=10), actions=[a_dividend(2)])
    seller = settled(an_order(side="sell", quantity=10), book=book, actions=[a_dividend(2)])
    assert buyer.book.dividends == 0
    assert seller.book.dividends == 20
    assert seller.closed[0].dividends == 20


def test_a_dividend_is_stated_per_share_of_before_a_split_of_the_same_day() -> None:
    book = a_book({"AAPL": (10, 100)})
    after = settled(book=book, actions=[a_split(2), a_dividend(1)]).book
    assert (after.dividends, after.positions["AAPL"].quantity) == (10, 20)


def test_a_split_restates_the_book_and_the_orders_alike() -> None:
    book = a_book({"AAPL": (300, 100)})
    settlement = settled(
        an_order(side="sell", quantity=300),
        book=book,
        bars=[a_bar(open=300)],
        actions=[a_split("0.333333")],
    )
    assert not settlement.book.positions
    assert settlement.book.cash - book.cash == 30_000
    assert settlement.unfilled == ()


def test_an_action_on_what_is_not_held_books_nothing() -> None:
    assert settled(actions=[a_split(2), a_dividend(1)]).transactions == ()


def test_a_fraction_is_not_cashed_at_an_open_nobody_saw() -> None:
    book = a_book({"AAPL": (5, 100)})
    suspect = settled(book=book, actions=[a_split("0.5")], suspect=frozenset({"AAPL"}))
    assert suspect.book.positions["AAPL"].quantity == D("2.5")
    assert settled(book=book, actions=[a_split("0.5")]).book.positions["AAPL"].quantity == 2


def test_a_split_that_takes_the_last_share_ends_the_trade() -> None:
    book = a_book({"AAPL": (1, 40)})
    (trade,) = settled(book=book, actions=[a_split("0.5")]).closed
    assert (trade.ticker, trade.profit) == ("AAPL", 10)


def test_an_order_of_which_a_split_leaves_nothing_lapses_by_name() -> None:
    (lapsed,) = settled(an_order(quantity=1), actions=[a_split("0.5")]).unfilled
    assert (lapsed.quantity, lapsed.reason) == (1, "split_fraction")


def test_an_order_delivered_twice_is_one_order() -> None:
    assert settled(an_order(), an_order()) == settled(an_order())


def test_the_same_arguments_give_the_same_settlement_to_the_last_id() -> None:
    book = a_book({"AAPL": (10, 100)})
    first = settled(an_order(), book=book, actions=[a_dividend(1)])
    second = settled(an_order(), book=book, actions=[a_dividend(1)])
    assert first == second


def test_a_bar_of_another_day_is_a_stale_price_and_stops_the_books() -> None:
    with pytest.raises(LedgerError, match=r"settling 2016-03-08: .*'bar of AAPL': '2016-03-07'"):
        settled(an_order(), bars=[a_bar(session=MONDAY)])


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (a_dividend(1, ex_date=MONDAY), "other_day"),
        (a_dividend("NaN"), "bad_figure"),
        (a_split(0), "bad_figure"),
        (a_split("0.00001"), "too_large"),
        (a_change(into="AAPL"), "unknown_ticker"),
        (an_ending(-5), "bad_figure"),
    ],
)
def test_an_action_that_cannot_be_is_refused_and_the_session_goes_on(
    action: CorporateAction, reason: str
) -> None:
    book = a_book({"AAPL": (10, 100)})
    settlement = settled(an_order(), book=book, actions=[action])
    assert [refused.reason for refused in settlement.refused] == [reason]
    plain = settled(an_order(), book=book)
    assert replace(settlement, refused=()) == plain


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({"open": "NaN"}, "bad_figure"),
        ({"open": "-5"}, "bad_figure"),
        ({"open": 0}, "bad_figure"),
        ({"high": "Infinity"}, "bad_figure"),
        ({"volume": -1}, "bad_figure"),
        ({"open": 100_000_000}, "absurd_price"),
    ],
)
def test_a_price_that_cannot_be_is_no_price(figures: dict[str, str | int], reason: str) -> None:
    book = a_book({"AAPL": (5, 100)})
    told = settled(an_order(), book=book, bars=[a_bar(**figures)], actions=[a_split("0.5")])  # type: ignore[arg-type]
    assert [(refused.kind, refused.reason) for refused in told.refused] == [("price", reason)]
    assert [(lapsed.order_id, lapsed.reason) for lapsed in told.unfilled] == [("ord-AAPL-buy", "no_bar")]
    assert (told.fills, told.book.cash, told.book.positions["AAPL"].quantity) == ((), book.cash, D("2.5"))


def test_a_bad_bar_of_what_nobody_holds_or_ordered_is_not_looked_at() -> None:
    assert settled(bars=[a_bar("IBM", open="NaN")]).refused == ()


def test_an_order_follows_its_ticker() -> None:
    book = a_book({"AAPL": (10, 100)})
    sale = an_order(side="sell", quantity=4)
    settlement = settled(sale, book=book, bars=[a_bar("AAP", open=120)], actions=[a_change(into="AAP")])
    assert [(fill.ticker, fill.quantity, fill.price) for fill in settlement.fills] == [("AAP", 4, 120)]
    assert settlement.book.positions["AAP"].quantity == 6
    assert settlement.renamed == {"AAPL": "AAP"}


@pytest.mark.parametrize("kind", ["merger", "delisting"])
def test_an_order_on_what_has_ended_lapses_and_is_refused(kind: str) -> None:
    book = a_book({"AAPL": (10, 100)})
    settlement = settled(an_order(side="sell", quantity=10), book=book, actions=[an_ending(90, kind=kind)])
    assert settlement.book.cash - book.cash == 900
    assert [(lapsed.order_id, lapsed.reason) for lapsed in settlement.unfilled] == [
        ("ord-AAPL-sell", "series_ended")
    ]
    assert [(refused.kind, refused.reason) for refused in settlement.refused] == [
        ("order", "after_delisting")
    ]
    assert settlement.ended == {"AAPL": kind}
    assert [trade.profit for trade in settlement.closed] == [-100]


def test_the_mandate_says_which_lots_a_sale_takes() -> None:
    bought = settled(an_order(quantity=10), lots="fifo").book
    (lot,) = bought.positions["AAPL"].lots
    assert lot.lot_id.startswith("fil-")
    more = an_order(quantity=10, order_id="ord-more")
    twice = settled(more, book=bought, bars=[a_bar(open=200)], lots="fifo").book
    sale = an_order(side="sell", quantity=10)
    assert settled(sale, book=twice, bars=[a_bar(open=300)], lots="fifo").book.realised == 2_000


def test_trades_are_closed_in_the_order_they_end() -> None:
    book = a_book({"IBM": (10, 100), "AAPL": (10, 100)})
    settlement = settled(
        an_order("IBM", "sell", 10),
        an_order("AAPL", "sell", 10),
        book=book,
        bars=[a_bar(), a_bar("IBM", open=90)],
    )
    assert [(t.ticker, t.profit) for t in settlement.closed] == [("IBM", -100), ("AAPL", 0)]


opens = st.decimals("1", "900", places=2)
holdings = st.dictionaries(
    st.sampled_from(["AAPL", "IBM"]), st.tuples(st.integers(-300, 300).filter(bool), opens)
)
order_lists = st.lists(
    st.builds(
        an_order, st.sampled_from(["AAPL", "IBM"]), st.sampled_from(["buy", "sell"]), st.integers(1, 500)
    ),
    max_size=5,
)
dividends = st.lists(
    st.builds(a_dividend, st.decimals("0.01", "5", places=4), st.sampled_from(["AAPL", "IBM"])),
    max_size=2,
    unique_by=lambda a: a.ticker,
)


@given(order_lists, holdings, dividends, st.tuples(opens, opens), st.tuples(opens, opens))
def test_equity_moves_by_prices_dividends_and_costs_and_nothing_else(
    orders: list[Order],
    held: dict[str, tuple[int, Decimal]],
    actions: list[CorporateAction],
    first: tuple[Decimal, Decimal],
    last: tuple[Decimal, Decimal],
) -> None:
    orders = [replace(order, order_id=f"ord-{k}") for k, order in enumerate(orders)]
    open_at, close_at = (dict(zip(("AAPL", "IBM"), each, strict=True)) for each in (first, last))
    before = a_book(held, cash=200_000)
    settlement = settled(
        *orders,
        book=before,
        bars=[a_bar(t, open=p, high=p * 2, low=p / 2) for t, p in open_at.items()],
        actions=actions,
        costs=real_costs(),
    )
    expected = sum((a.value * held[a.ticker][0] for a in actions if a.ticker in held), ZERO)
    for fill in settlement.fills:
        signed = fill.quantity if fill.side == "buy" else -fill.quantity
        expected += signed * (close_at[fill.ticker] - fill.price) - fill.commission
    check_identity(settlement.book, close_at)
    assert settlement.book.equity(close_at) - before.equity(close_at) == expected
    assert settlement.book.deposits == before.deposits
    book = before
    for transaction in settlement.transactions:
        book = book.apply(transaction)
    assert book == settlement.book


def fractional(*orders: Order, held: str, split: str | int) -> Settlement:
    """An account in thousandths of a share, over a split that is paid for in whole ones."""
    return settle(
        orders,
        a_book({"AAPL": (D(held), 10)}),
        replace(a_mandate(costs=some_costs()), share_step=D("0.001")),
        session=TUESDAY,
        opened_at=at_open(TUESDAY),
        bars={"AAPL": a_bar()},
        suspect_opens=frozenset(),
        actions=[a_split(split)],
    )


def test_a_sale_of_all_does_not_sell_the_fraction_a_split_has_paid() -> None:
    done = fractional(an_order(side="sell", quantity=D("10.340")), held="10.340", split=2)
    assert [fill.quantity for fill in done.fills] == [20]
    assert "AAPL" not in done.book.positions
    check_identity(done.book, {})


def test_two_sales_of_all_share_what_a_split_leaves_in_their_order() -> None:
    first = an_order(side="sell", quantity=D("5.170"), order_id="ord-1")
    second = an_order(side="sell", quantity=D("5.170"), order_id="ord-2")
    done = fractional(first, second, held="10.340", split=2)
    assert [fill.quantity for fill in done.fills] == [D("10.340"), D("9.660")]
    assert "AAPL" not in done.book.positions


def test_a_sale_of_a_part_is_not_cut_by_a_split_and_one_through_zero_is_left_alone() -> None:
    part = fractional(an_order(side="sell", quantity=D("4.000")), held="10.340", split=2)
    assert [fill.quantity for fill in part.fills] == [8]
    assert part.book.positions["AAPL"].quantity == 12
    through = fractional(an_order(side="sell", quantity=D("12.000")), held="10.340", split=2)
    assert [fill.quantity for fill in through.fills] == [24]


def test_an_order_of_which_a_split_leaves_nothing_to_sell_expires() -> None:
    whole = an_order(side="sell", quantity=D(10), order_id="ord-1")
    rest = an_order(side="sell", quantity=D("0.340"), order_id="ord-2")
    done = fractional(whole, rest, held="10.340", split=2)
    assert [fill.quantity for fill in done.fills] == [20]
    assert [(each.order_id, each.reason) for each in done.unfilled] == [("ord-2", "split_fraction")]
    assert {state.order.order_id: state.status for state in done.orders} == {
        "ord-1": "filled",
        "ord-2": "expired",
    }


@given(
    st.integers(1, 50_000),
    st.lists(st.integers(1, 20_000), min_size=1, max_size=4),
    st.sampled_from(["2", "3", "1.5", "0.5", "0.333333", "7"]),
)
def test_no_split_makes_a_short_out_of_orders_that_only_reduce(
    held: int, sizes: list[int], split: str
) -> None:
    thousandths = D("0.001")
    sizes = [min(size, held) for size in sizes]
    while sum(sizes) > held:
        sizes.pop()
    orders = [
        an_order(side="sell", quantity=size * thousandths, order_id=f"ord-{k}")
        for k, size in enumerate(sizes)
    ]
    done = fractional(*orders, held=str(held * thousandths), split=split)
    assert all(position.quantity > 0 for position in done.book.positions.values())
