"""Which decision opened a position, and what its committee had seen and said."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import JSON, Connection, cast, select

from db.tables import cycles, fills, orders


class Openings:
    """Reads decisions by the fills they led to, over one connection; writes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cycles(self) -> Mapping[tuple[str, date], str]:
        """Return, for every ticker and session with a fill, the cycle that ordered the first of them."""
        found = self._connection.execute(
            select(fills.c.ticker, fills.c.session, orders.c.cycle_id)
            .join(orders, orders.c.order_id == fills.c.order_id)
            .order_by(fills.c.filled_at, orders.c.line)
        )
        first: dict[tuple[str, date], str] = {}
        for row in found:
            first.setdefault((row.ticker, row.session), row.cycle_id)
        return first

    def evidence(self, cycle_ids: Iterable[str]) -> Mapping[str, Mapping[str, object]]:
        """Return what each cycle's proposal has on record of its committee; empty where it has nothing."""
        told = cast(cycles.c.record, JSON)["proposal"]["evidence"]
        found = self._connection.execute(
            select(cycles.c.cycle_id, told.label("told")).where(cycles.c.cycle_id.in_(sorted(set(cycle_ids))))
        )
        return {row.cycle_id: row.told if isinstance(row.told, dict) else {} for row in found}
