"""Cash set aside for orders: the same dollar is never promised twice, and comes back exactly once."""

from decimal import Decimal

from fund.errors import LedgerError
from fund.execution.orders import ZERO


class Reservations:
    """What each working order has set aside, USD; the cash itself stays in the book until a fill."""

    def __init__(self) -> None:
        self._held: dict[str, Decimal] = {}
        self._released: dict[str, Decimal] = {}
        self._total = ZERO

    @property
    def total(self) -> Decimal:
        """Return everything that is set aside."""
        return self._total

    def of(self, order_id: str) -> Decimal:
        """Return what is set aside for an order, 0 when nothing is."""
        return self._held.get(order_id, ZERO)

    def released(self, order_id: str) -> Decimal | None:
        """Return what came back at an order's end, None before it."""
        return self._released.get(order_id)

    def hold(self, order_id: str, amount: Decimal) -> None:
        """Set cash aside at submit; once an order, `LedgerError` the second time."""
        if order_id in self._held or order_id in self._released:
            raise LedgerError(f"cash was reserved for order {order_id!r} before and cannot be again")
        self._held[order_id] = amount
        self._total += amount

    def spend(self, order_id: str, amount: Decimal) -> None:
        """Take what a fill cost out of what was set aside, as far as that goes."""
        if order_id not in self._held:
            raise LedgerError(f"nothing is reserved for order {order_id!r}, yet it spends {amount}")
        taken = min(amount, self._held[order_id])
        self._held[order_id] -= taken
        self._total -= taken

    def release(self, order_id: str) -> Decimal:
        """Give back what is left at an order's end; `LedgerError` the second time."""
        if order_id not in self._held:
            raise LedgerError(f"the reservation of order {order_id!r} was released before or never made")
        left = self._held.pop(order_id)
        self._released[order_id] = left
        self._total -= left
        return left
