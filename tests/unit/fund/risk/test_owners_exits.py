"""Exits by the owner's word: they only ever reduce, come before everybody, and are kept exactly."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.risk.exits import Exit, ExitCheck
from fund.risk.owners_exits import OwnersExit, from_input, to_input, weights_left, with_owners_exits
from support.books import a_book
from support.views import FakeView

PRICES = {"AAA": Decimal(10), "BBB": Decimal(20), "OLD": Decimal(30)}
VIEW = FakeView(prices=PRICES, stale_since={"OLD": date(2016, 3, 1)})
MARKS = {ticker: VIEW.mark(ticker) for ticker in PRICES}
BOOK = a_book({"AAA": (10, 10), "BBB": (-10, 20), "OLD": (5, 30)})
NOTHING_DUE = ExitCheck(due=(), skipped=())


def wish(ticker: str, fraction: str = "1", request: str = "cmd-1") -> OwnersExit:
    return OwnersExit(request_id=request, ticker=ticker, by="owner", fraction=Decimal(fraction))


def by_price(*tickers: str) -> ExitCheck:
    due = tuple(
        Exit(
            ticker=ticker,
            rule="atr_stop",
            level=Decimal(9),
            price=Decimal(8),
            entry=Decimal(10),
            sessions_held=3,
            why="atr_stop: reached",
        )
        for ticker in tickers
    )
    return ExitCheck(due=due, skipped=())


def checked(check: ExitCheck, *wishes: OwnersExit) -> ExitCheck:
    return with_owners_exits(check, VIEW, BOOK, MARKS, wishes)


def test_longs_and_shorts_are_closed_by_word_and_named_by_it() -> None:
    check = checked(NOTHING_DUE, wish("BBB"), wish("AAA"))
    assert [(each.ticker, each.rule, each.level) for each in check.due] == [
        ("AAA", "owner", None),
        ("BBB", "owner", None),
    ]
    assert check.due[0].why == "owner: owner asked for it to be closed (cmd-1)"
    assert weights_left(check, {"AAA": Decimal("0.3")}, {"AAA": Decimal("0.1"), "BBB": Decimal("-0.2")}) == {
        "AAA": 0,
        "BBB": 0,
    }


def test_what_is_gone_or_has_no_price_of_today_is_said_and_not_closed() -> None:
    check = checked(NOTHING_DUE, wish("OLD"), wish("ZZZ"))
    assert check.due == ()
    assert [(each.ticker, each.rule, each.reason) for each in check.skipped] == [
        ("OLD", "owner", "the price is stale, of 2016-03-01"),
        ("ZZZ", "owner", "nothing of it is held any more"),
    ]


@pytest.mark.parametrize(("fraction", "rule", "left"), [("1", "owner", 0), ("0.5", "atr_stop", 0)])
def test_a_ticker_has_one_exit_and_that_of_the_whole_goes_before_that_of_a_part(
    fraction: str, rule: str, left: int
) -> None:
    check = checked(by_price("AAA", "BBB"), wish("AAA", fraction))
    assert [(each.ticker, each.rule) for each in check.due] == [("AAA", rule), ("BBB", "atr_stop")]
    assert weights_left(check, {}, {"AAA": Decimal("0.1"), "BBB": Decimal("-0.2")})["AAA"] == left


WEIGHTS = st.decimals("-0.5", "0.5", places=4)


@given(
    held=WEIGHTS.filter(bool),
    wanted=st.none() | WEIGHTS | st.just(Decimal("NaN")) | st.just(Decimal("Infinity")),
    fraction=st.decimals("0.01", "1", places=2),
)
def test_what_is_left_is_never_more_than_the_owner_leaves_nor_on_the_other_side(
    held: Decimal, wanted: Decimal | None, fraction: Decimal
) -> None:
    check = checked(NOTHING_DUE, wish("AAA", str(fraction)))
    left = weights_left(check, {} if wanted is None else {"AAA": wanted}, {"AAA": held})["AAA"]
    most = held * (1 - fraction)
    assert abs(left) <= abs(most)
    assert left * held >= 0
    if wanted is not None and wanted.is_finite() and 0 < abs(wanted) < abs(most) and wanted * held > 0:
        assert left == wanted, "a strategy that wants still less gets that"
    if wanted is None:
        assert left == most


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.lists(
        st.builds(
            OwnersExit,
            request_id=TEXTS,
            ticker=TEXTS,
            by=TEXTS,
            fraction=st.decimals("0.0001", "1", places=4),
        ),
        max_size=4,
    )
)
def test_a_record_keeps_the_owners_exits_exactly(wishes: list[OwnersExit]) -> None:
    assert from_input(to_input(wishes)) == tuple(wishes)


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[["a","b"]]', '[["a","b","x","c"]]', "null"])
def test_what_is_no_record_of_exits_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected the owner's exits of a record"):
        from_input(text)
