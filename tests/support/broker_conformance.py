"""What every broker must do with orders, whoever it is: the suite any implementation is put through."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from fund.execution.broker import Broker
from fund.execution.lifecycle import TERMINAL, OrderReport, OrderState, apply_report, lost, reconcile
from fund.execution.orders import Order
from fund.market.refusal import Refusal
from support.books import an_order

D = Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A broker with $100,000 and no shares, and a market of AAPL around 100 that can be moved on."""

    broker: Broker
    trade: Callable[[int], None]
    """Let the market trade once, at about this price and in size; orders good till cancelled go on."""


def reported(answer: OrderReport | Refusal | None) -> OrderReport:
    """Return an answer that has to be a report."""
    assert isinstance(answer, OrderReport), f"expected a report, got {answer!r}"
    return answer


def working(**changes: object) -> Order:
    """Return a limit order good till cancelled that nothing near 100 fills."""
    values: dict[str, object] = {"kind": "limit", "limit_price": D(80), "time_in_force": "gtc"}
    return an_order(**{**values, **changes})  # type: ignore[arg-type]


class BrokerConformance:
    """Subclass it with a `venue()` and pytest runs it."""

    def venue(self) -> Venue:
        """Return a fresh venue."""
        raise NotImplementedError

    def test_an_order_that_waits_is_accepted(self) -> None:
        report = reported(self.venue().broker.submit(working()))
        assert (report.status, report.filled, report.reason) == ("accepted", 0, None)

    def test_the_same_order_again_is_the_same_order(self) -> None:
        venue = self.venue()
        first = venue.broker.submit(working())
        assert venue.broker.submit(working()) == first
        venue.trade(70)
        done = venue.broker.submit(working())
        assert done == venue.broker.report(working().order_id)
        venue.trade(70)
        assert sum(fill.quantity for fill in venue.broker.fills_since(0)) == 10

    def test_other_content_under_a_known_id_is_refused_and_changes_nothing(self) -> None:
        broker = self.venue().broker
        first = broker.submit(working())
        answer = broker.submit(working(quantity=D(11)))
        assert isinstance(answer, Refusal)
        assert (answer.kind, answer.reason) == ("order", "duplicate")
        assert broker.report(working().order_id) == first

    def test_an_order_that_makes_no_sense_is_rejected_by_its_reason(self) -> None:
        broker = self.venue().broker
        for number, changes in enumerate(
            (
                {"quantity": D("NaN")},
                {"quantity": D(-1)},
                {"limit_price": None},
                {"limit_price": D("Infinity")},
            )
        ):
            report = reported(broker.submit(working(order_id=f"ord-{number}", **changes)))
            assert (report.status, report.reason, report.filled) == ("rejected", "bad_figure", 0)

    def test_a_fill_is_told_once_and_adds_up(self) -> None:
        venue = self.venue()
        venue.broker.submit(working(limit_price=D(100)))
        venue.trade(90)
        fills = venue.broker.fills_since(0)
        assert sum(fill.quantity for fill in fills) == 10
        assert all(fill.price <= 100 for fill in fills)
        assert {(fill.order_id, fill.ticker, fill.side) for fill in fills} == {
            ("ord-AAPL-buy", "AAPL", "buy")
        }
        assert len({fill.fill_id for fill in fills}) == len(fills)
        assert venue.broker.fills_since(len(fills)) == ()
        report = reported(venue.broker.report("ord-AAPL-buy"))
        assert (report.status, report.filled) == ("filled", 10)

    def test_a_cancelled_order_stays_cancelled(self) -> None:
        venue = self.venue()
        venue.broker.submit(working())
        first = reported(venue.broker.cancel(working().order_id))
        assert first.status == "cancelled"
        venue.trade(70)
        assert venue.broker.cancel(working().order_id) == first == venue.broker.report(working().order_id)
        assert venue.broker.fills_since(0) == ()

    def test_a_filled_order_cannot_be_cancelled(self) -> None:
        venue = self.venue()
        venue.broker.submit(working(limit_price=D(100)))
        venue.trade(90)
        assert reported(venue.broker.cancel("ord-AAPL-buy")).status == "filled"

    def test_an_unknown_order_has_no_report_and_cannot_be_cancelled(self) -> None:
        broker = self.venue().broker
        assert broker.report("ord-nobody") is None
        answer = broker.cancel("ord-nobody")
        assert isinstance(answer, Refusal)
        assert answer.reason == "unknown_order"

    def test_cash_is_not_promised_twice_and_comes_back_with_a_cancel(self) -> None:
        broker = self.venue().broker
        whole = working(quantity=D(1_000), order_id="ord-1")
        assert reported(broker.submit(whole)).status == "accepted"
        second = reported(broker.submit(replace(whole, order_id="ord-2")))
        assert (second.status, second.reason) == ("rejected", "insufficient_cash")
        broker.cancel("ord-1")
        assert reported(broker.submit(replace(whole, order_id="ord-3"))).status == "accepted"

    def test_an_order_nobody_answered_for_is_reconciled_by_its_report(self) -> None:
        venue = self.venue()
        order = working(limit_price=D(100))
        unsure = lost(OrderState(order=order))
        venue.broker.submit(order)
        venue.trade(90)
        known = reconcile(unsure, venue.broker.report(order.order_id))
        assert (known.status, known.filled) == ("filled", 10)

    def test_reports_only_ever_move_on(self) -> None:
        venue = self.venue()
        order = working(limit_price=D(100), quantity=D(900))
        reports = [reported(venue.broker.submit(order))]
        for price in (101, 95, 90, 90):
            venue.trade(price)
            reports.append(reported(venue.broker.report(order.order_id)))
        reports.append(reported(venue.broker.cancel(order.order_id)))
        state = OrderState(order=order)
        for report in [*reports, *reversed(reports)]:
            state = apply_report(state, report)
        assert (state.status, state.filled) == (reports[-1].status, reports[-1].filled)
        assert state.status in TERMINAL
        assert sum(fill.quantity for fill in venue.broker.fills_since(0)) == state.filled
