"""Check and reservation of orders in one transaction, one at a time over the account (INV-10)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Connection, text

from db import ledger_rows as rows
from db.locks import Lock, hold
from fund.execution.commitments import Commitments, Fitting, committed, fit
from fund.execution.orders import Order
from fund.risk.limits import RiskLimits

WORKING = ("pending", "accepted", "partially_filled", "unknown")
"""Statuses of orders that may still trade; what became of an unknown one is not known yet (INV-6)."""

_HEAD = text("SELECT hash FROM desk.journal_transactions ORDER BY seq DESC LIMIT 1")
_WORKING = text(
    "SELECT o.*, o.quantity - coalesce((SELECT sum(f.quantity) FROM desk.fills AS f "
    "WHERE f.order_id = o.order_id), 0) AS remaining FROM desk.orders AS o "
    "WHERE o.status = ANY(:working) ORDER BY o.decided_at, o.cycle_id, o.line"
)
_CASH = text("SELECT coalesce(sum(amount), 0) FROM desk.journal_entries WHERE account = 'cash'")
_HELD = text(
    "SELECT ticker, sum(quantity) AS quantity FROM desk.journal_entries WHERE account = 'position' "
    "GROUP BY ticker HAVING sum(quantity) <> 0"
)


class Placement:
    """What the account has promised, over one connection; `hold` it before what is read is acted on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(self) -> None:
        """Wait until nobody else places orders, and keep others waiting until the transaction ends.

        Take it before any other lock of `db.locks`: whoever places orders goes on to write the journal,
        the decision and its events.
        """
        hold(self._connection, Lock.ACCOUNT)

    def basis(self) -> str:
        """Return a fingerprint of all that a decision rests on here: the journal and the working orders.

        A decision taken on another basis than the one under the lock has to be taken again.
        """
        head = self._connection.execute(_HEAD).scalar() or ""
        orders = [
            f"{row.order_id} {row.status} {row.remaining.normalize():f}"
            for row in self._connection.execute(_WORKING, {"working": list(WORKING)})
        ]
        return sha256("\n".join([head, *orders]).encode()).hexdigest()

    def commitments(self) -> Commitments:
        """Return the account as if every working order had filled."""
        cash: Decimal = self._connection.execute(_CASH).scalar_one()
        held = {row.ticker: row.quantity for row in self._connection.execute(_HELD)}
        working = [
            (rows.order_of(row), max(row.remaining, Decimal(0)))
            for row in self._connection.execute(_WORKING, {"working": list(WORKING)})
        ]
        return committed(cash, held, working)

    def fit(
        self,
        orders: Sequence[Order],
        limits: RiskLimits,
        *,
        prices: Mapping[str, Decimal],
        sectors: Mapping[str, str],
    ) -> Fitting:
        """Return what of new orders may be placed, holding the account until the transaction ends.

        Record what is placed, and the decision it belongs to, in this same transaction: until then it is
        reserved by the lock alone, afterwards by the rows.
        """
        self.hold()
        return fit(orders, self.commitments(), limits, prices=prices, sectors=sectors)
