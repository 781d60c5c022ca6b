"""Fills from outside: booked once when they are right, refused with a reason when they are not."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.execution.acceptance import Accepted, accept_fill
from fund.execution.lifecycle import OrderState, lost
from fund.market.refusal import Refusal
from fund.portfolio.fill import Fill
from support.books import MONDAY, TUESDAY, a_bar, a_fill, an_order, at_close, at_open

D = Decimal
BAR = a_bar(high=105, low=95)
WORKING = OrderState(order=an_order(), status="partially_filled", filled=D(3))


def test_a_fill_that_is_right_moves_its_order_on() -> None:
    answer = accept_fill(a_fill(quantity=7), WORKING, {}, BAR)
    assert isinstance(answer, Accepted)
    assert (answer.state.status, answer.state.filled, answer.new) == ("filled", 10, True)
    part = accept_fill(a_fill(quantity=2), WORKING, {}, BAR)
    assert isinstance(part, Accepted)
    assert (part.state.status, part.state.filled) == ("partially_filled", 5)


def test_an_order_whose_outcome_was_unknown_takes_its_fill() -> None:
    answer = accept_fill(a_fill(quantity=2), lost(WORKING), {}, BAR)
    assert isinstance(answer, Accepted)
    assert (answer.state.status, answer.state.filled) == ("partially_filled", 5)


def test_a_second_delivery_returns_the_first_result_and_books_nothing() -> None:
    fill = a_fill(quantity=7)
    first = accept_fill(fill, WORKING, {}, BAR)
    assert isinstance(first, Accepted)
    second = accept_fill(fill, first.state, {fill.fill_id: fill}, BAR)
    assert second == replace(first, new=False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"order_id": "ord-other"}, "unknown_order"),
        ({"ticker": "IBM", "order_id": "ord-AAPL-buy"}, "other_ticker"),
        ({"side": "sell", "order_id": "ord-AAPL-buy"}, "other_side"),
        ({"quantity": D(8)}, "too_large"),
        ({"quantity": D(0)}, "bad_figure"),
        ({"quantity": D("NaN")}, "bad_figure"),
        ({"price": D(-1)}, "bad_figure"),
        ({"price": D("sNaN")}, "bad_figure"),
        ({"price": D("Infinity")}, "bad_figure"),
        ({"commission": D(-1)}, "bad_figure"),
        ({"price": D("105.0001")}, "absurd_price"),
        ({"price": D("94.9999")}, "absurd_price"),
        ({"session": MONDAY}, "other_day"),
        ({"filled_at": at_open(TUESDAY) + timedelta(days=1)}, "other_day"),
        ({"filled_at": at_close(MONDAY)}, "too_early"),
        ({"filled_at": datetime(2016, 3, 8, 15)}, "bad_figure"),  # noqa: DTZ001 - the bad input itself
    ],
)
def test_what_is_wrong_is_refused_by_its_reason(changes: dict[str, Any], reason: str) -> None:
    answer = accept_fill(a_fill(**({"quantity": 7} | changes)), WORKING, {}, BAR)
    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.reason) == ("fill", reason)
    assert answer == accept_fill(a_fill(**({"quantity": 7} | changes)), WORKING, {}, BAR)


def test_a_fill_of_no_order_and_one_on_a_closed_session_are_refused() -> None:
    for state, bar, reason in ((None, BAR, "unknown_order"), (WORKING, None, "no_price")):
        answer = accept_fill(a_fill(quantity=1), state, {}, bar)
        assert isinstance(answer, Refusal)
        assert answer.reason == reason


@pytest.mark.parametrize("status", ["filled", "cancelled", "expired", "rejected"])
def test_an_order_that_has_ended_takes_no_fill(status: Any) -> None:
    filled = {"filled": D(10), "rejected": D(0)}.get(status, D(3))
    ended = OrderState(order=an_order(), status=status, filled=filled)
    answer = accept_fill(a_fill(quantity=1), ended, {}, BAR)
    assert isinstance(answer, Refusal)
    assert answer.reason == "not_working"


def test_garbage_under_a_known_id_is_refused_and_raises_nothing() -> None:
    fill = a_fill(quantity=2)
    answer = accept_fill(replace(fill, price=D("sNaN")), WORKING, {fill.fill_id: fill}, BAR)
    assert isinstance(answer, Refusal)
    assert answer.reason == "bad_figure"


def test_other_content_under_a_known_id_is_refused() -> None:
    fill = a_fill(quantity=2)
    answer = accept_fill(replace(fill, price=D(101)), WORKING, {fill.fill_id: fill}, BAR)
    assert isinstance(answer, Refusal)
    assert answer.reason == "duplicate"


anything = st.one_of(st.decimals(), st.sampled_from([D("NaN"), D("sNaN"), D("-Infinity"), D(0)]))


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=6), anything, anything)
def test_shuffled_and_repeated_fills_come_to_the_same_and_no_garbage_gets_in(
    order: list[int], again: list[int], price: Decimal, quantity: Decimal
) -> None:
    parts = [a_fill(quantity=q, fill_id=f"fil-{n}") for n, q in enumerate((1, 2, 3, 4))]
    garbage = a_fill(quantity=quantity, price=price, fill_id="fil-odd")
    state, known = OrderState(order=an_order(), status="accepted"), dict[str, Fill]()
    for fill in [parts[n] for n in [*order, *again]] + [garbage]:
        answer = accept_fill(fill, state, known, BAR)
        if isinstance(answer, Accepted) and answer.new:
            state, known = answer.state, known | {fill.fill_id: fill}
    assert (state.status, state.filled, len(known)) == ("filled", 10, 4)
