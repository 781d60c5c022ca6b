"""Every order's status against its fills."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from db import ledger_rows as rows
from db.finding import Finding
from db.tables import fills, orders
from fund.errors import DeskError


def status_findings(connection: Connection) -> Iterator[Finding]:
    """Yield the first order whose status is not what its fills make of it."""
    filled: dict[str, list[Decimal]] = {}
    for order_id, quantity in connection.execute(select(fills.c.order_id, fills.c.quantity)).all():
        filled.setdefault(order_id, []).append(quantity)
    for order in connection.execute(select(orders).order_by(orders.c.order_id)).all():
        problem = _status_problem(order, filled.get(order.order_id, []))
        if problem is not None:
            yield Finding(table=orders.name, row=order.order_id, problem=problem)
            return


def _status_problem(row: Any, traded: Sequence[Decimal]) -> str | None:
    total = sum(traded, Decimal(0))
    if row.state is None:
        untouched = row.status in ("pending", "accepted", "rejected", "unknown")
        wrong = bool(traded) if untouched else row.status == "filled" and not traded
        return f"recorded {row.status}, but its fills come to {total}" if wrong else None
    try:
        state = rows.state_of(row)
    except DeskError as error:
        return f"its state does not hold: {error}"
    if (state.status, state.reason) != (row.status, row.reason):
        return f"recorded {row.status} ({row.reason}), its state says {state.status} ({state.reason})"
    if total != state.filled:
        return f"recorded {state.filled} filled, but its fills come to {total}"
    return None
