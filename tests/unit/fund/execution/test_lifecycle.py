"""An order's life: forward only, to one end, whatever is delivered twice or late."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fund.errors import LedgerError
from fund.execution.lifecycle import (
    ALLOWED,
    TERMINAL,
    WORKING,
    OrderReport,
    OrderState,
    after,
    apply_report,
    lost,
    reconcile,
    report_of,
)
from fund.execution.orders import OrderStatus
from support.books import an_order

D = Decimal
STATUSES: tuple[OrderStatus, ...] = get_args(OrderStatus)
FILLED = {"partially_filled": D(4), "filled": D(10), "cancelled": D(4), "expired": D(4), "unknown": D(4)}


def state_in(status: OrderStatus) -> OrderState:
    return OrderState(order=an_order(), status=status, filled=FILLED.get(status, D(0)), sequence=3)


def test_every_status_is_working_or_terminal_and_not_both() -> None:
    assert set(STATUSES) == WORKING | TERMINAL == ALLOWED.keys()
    assert not WORKING & TERMINAL


@pytest.mark.parametrize("was", STATUSES)
@pytest.mark.parametrize("becomes", STATUSES)
def test_a_transition_is_made_or_refused_as_the_table_says(was: OrderStatus, becomes: OrderStatus) -> None:
    start = state_in(was)
    filled = max(start.filled, FILLED.get(becomes, D(0))) if becomes not in ("accepted", "rejected") else D(0)
    if was == "unknown" and becomes in ("accepted", "rejected"):
        start = replace(start, filled=D(0))
    allowed = becomes in ALLOWED[was] and (was not in TERMINAL or becomes == was)
    if allowed:
        assert after(start, becomes, filled=filled).status == becomes
    else:
        with pytest.raises(LedgerError):
            after(start, becomes, filled=filled)


@pytest.mark.parametrize(
    ("status", "filled"),
    [
        ("filled", 9),
        ("filled", 11),
        ("partially_filled", 0),
        ("partially_filled", 10),
        ("expired", 10),
        ("accepted", 1),
        ("rejected", 1),
        ("cancelled", -1),
        ("pending", 1),
        ("unknown", 11),
    ],
)
def test_a_status_that_its_fills_contradict_cannot_be(status: OrderStatus, filled: int) -> None:
    with pytest.raises(LedgerError, match="ord-AAPL-buy"):
        OrderState(order=an_order(), status=status, filled=D(filled))


def test_an_order_nobody_answered_for_is_unknown_and_never_rejected_by_that_alone() -> None:
    for status in ("pending", "accepted", "partially_filled"):
        assert lost(state_in(status)).status == "unknown"  # type: ignore[arg-type]
    for status in TERMINAL:
        assert lost(state_in(status)) == state_in(status)


def test_an_old_report_does_not_end_the_unknown_and_an_answer_does() -> None:
    known = state_in("partially_filled")
    unsure = lost(known)
    assert apply_report(unsure, report_of(known)).status == "unknown"
    assert reconcile(unsure, None) == unsure
    assert reconcile(unsure, report_of(known)) == known


def test_a_report_of_another_order_is_an_error() -> None:
    with pytest.raises(LedgerError, match="came for order"):
        apply_report(OrderState(order=an_order("IBM")), report_of(state_in("accepted")))


def test_what_was_filled_is_never_taken_back() -> None:
    with pytest.raises(LedgerError, match="cannot become"):
        after(state_in("partially_filled"), "partially_filled", filled=D(3))


def test_an_end_told_again_with_other_figures_is_an_error() -> None:
    with pytest.raises(LedgerError, match="ended cancelled with 4 filled"):
        after(state_in("cancelled"), "cancelled", filled=D(5))


@given(st.data())
def test_reports_in_any_order_and_any_number_lead_to_the_same_state(data: st.DataObject) -> None:
    state, reports = OrderState(order=an_order()), []
    for filled in sorted(data.draw(st.sets(st.integers(1, 9), max_size=4))):
        state = after(state, "partially_filled", filled=D(filled))
        reports.append(report_of(state))
    state = after(state, data.draw(st.sampled_from(["cancelled", "expired"])), reason="asked")
    reports.append(report_of(state))
    delivered = [*data.draw(st.lists(st.sampled_from(reports), max_size=12)), reports[-1]]
    delivered += data.draw(st.permutations(reports))
    seen = OrderState(order=an_order())
    for report in delivered:
        seen = apply_report(seen, report)
    assert seen == state


class OrderMachine(RuleBasedStateMachine):
    """A broker that works one order, and a desk that hears of it late, twice, or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = OrderState(order=an_order())
        self.desk = OrderState(order=an_order())
        self.sent: list[OrderReport] = []
        self.end: tuple[OrderStatus, Decimal] | None = None

    def moved(self, state: OrderState) -> None:
        self.broker = state
        self.sent.append(report_of(state))

    @precondition(lambda self: self.broker.status == "pending")
    @rule(verdict=st.sampled_from(["accepted", "rejected"]))
    def answer(self, verdict: OrderStatus) -> None:
        self.moved(after(self.broker, verdict))

    @precondition(lambda self: self.broker.status in ("accepted", "partially_filled"))
    @rule(shares=st.integers(1, 10))
    def fill(self, shares: int) -> None:
        filled = min(self.broker.filled + shares, self.broker.order.quantity)
        status: OrderStatus = "filled" if filled == self.broker.order.quantity else "partially_filled"
        self.moved(after(self.broker, status, filled=filled))

    @precondition(lambda self: self.broker.is_working)
    @rule(status=st.sampled_from(["cancelled", "expired"]))
    def stop(self, status: OrderStatus) -> None:
        self.moved(after(self.broker, status, reason="asked"))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def hear(self, data: st.DataObject) -> None:
        self.desk = apply_report(self.desk, data.draw(st.sampled_from(self.sent)))

    @rule()
    def time_out(self) -> None:
        self.desk = lost(self.desk)

    @precondition(lambda self: self.sent)
    @rule()
    def reconcile(self) -> None:
        self.desk = reconcile(self.desk, self.sent[-1])
        assert (self.desk.status, self.desk.filled) == (self.broker.status, self.broker.filled)

    @invariant()
    def the_desk_never_runs_ahead_and_an_end_stays(self) -> None:
        assert self.desk.filled <= self.broker.filled <= self.broker.order.quantity
        if not self.desk.is_working:
            end = (self.desk.status, self.desk.filled)
            assert self.end in (None, end)
            assert end == (self.broker.status, self.broker.filled)
            self.end = end


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
