"""Check and reservation of orders in one transaction, one at a time over the account (INV-10)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Connection, text

from db import ledger_rows as rows
from db.locks import Lock, hold
from fund.execution.commitments import Commitments, Fitting, committed, fit, reserved
from fund.execution.orders import Order, OrderStatus
from fund.risk.limits import RiskLimits

_HEAD = text("SELECT hash FROM desk.journal_transactions ORDER BY seq DESC LIMIT 1")
_WORKING = text(
    "SELECT * FROM desk.orders WHERE status IN ('pending', 'accepted', 'partially_filled', 'unknown') "
    "ORDER BY decided_at, cycle_id, line"
)
_HELD = text(
    "SELECT ticker, sum(amount) AS amount, sum(quantity) AS quantity FROM desk.journal_entries "
    "WHERE account IN ('cash', 'position') GROUP BY account, ticker"
)
"""The cash, without a ticker, and the shares of every ticker, in one pass over the journal."""


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
            f"{order.order_id} {status} {left.normalize():f}" for order, status, left in self._working()
        ]
        return sha256("\n".join([head, *orders]).encode()).hexdigest()

    def commitments(self) -> Commitments:
        """Return the account as if every working order had filled."""
        cash, held = Decimal(0), dict[str, Decimal]()
        for row in self._connection.execute(_HELD):
            if row.ticker is None:
                cash = row.amount
            elif row.quantity:
                held[row.ticker] = row.quantity
        return committed(cash, held, [(order, left) for order, _, left in self._working()])

    def reserved(self) -> Decimal:
        """Return the most that the buys which still work can cost, USD."""
        return reserved((order, left) for order, _, left in self._working())

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

    def _working(self) -> list[tuple[Order, OrderStatus, Decimal]]:
        """Return every working order, its status and what is left of it, which a split has restated.

        Of an order that no session has touched yet the whole is left.
        """
        found = self._connection.execute(_WORKING).all()
        touched = {row.order_id: rows.state_of(row) for row in found if row.state is not None}
        return [
            (state.order, row.status, state.remaining)
            if (state := touched.get(row.order_id))
            else (rows.order_of(row), row.status, row.quantity)
            for row in found
        ]
