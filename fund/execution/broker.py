"""What every broker can do, whether it is on paper or not."""

from typing import Protocol

from fund.execution.lifecycle import OrderReport
from fund.execution.orders import Order
from fund.market.refusal import Refusal
from fund.portfolio.fill import Fill


class Broker(Protocol):
    """Takes orders and says what became of them; `tests/support/broker_conformance.py` is its contract."""

    def submit(self, order: Order) -> OrderReport | Refusal:
        """Take an order; the same order again is the same order, and gets the first one's report.

        Other content under a known id is refused. An order the broker will not have is reported
        `rejected` with its reason.
        """
        ...

    def cancel(self, order_id: str) -> OrderReport | Refusal:
        """Take an order back; one that has ended stays as it ended, and an unknown one is refused."""
        ...

    def report(self, order_id: str) -> OrderReport | None:
        """Return where an order stands now, None when it never arrived: the answer that reconciles."""
        ...

    def fills_since(self, seen: int) -> tuple[Fill, ...]:
        """Return the fills after the first `seen`, in the order they happened."""
        ...
