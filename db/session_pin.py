"""What pins a session's close and its fills to the chained event of its cycle (INV-18)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping

from db.chain import GENESIS, link
from db.ledger_rows import fill_row, mark_row
from fund.portfolio.fill import Fill
from fund.portfolio.session_mark import SessionMark

Row = Mapping[str, Any] | RowMapping

MARK_COLUMNS = (
    "session",
    "at",
    "equity",
    "cash",
    "deposits",
    "gross",
    "net",
    "unit_value",
    "peak",
    "benchmark_index",
    "drawdown",
    "positions",
)
FILL_COLUMNS = (
    "fill_id",
    "order_id",
    "ticker",
    "side",
    "quantity",
    "price",
    "commission",
    "session",
    "filled_at",
)


def session_pins(mark: SessionMark, fills: Iterable[Fill]) -> dict[str, str]:
    """Return what a cycle's event carries, so that neither its close nor one of its fills can be changed."""
    return {"mark_hash": mark_hash(mark_row(mark)), "fills_hash": fills_hash(map(fill_row, fills))}


def mark_hash(row: Row) -> str:
    """Return the hash of a close's row."""
    return link(GENESIS, {name: row[name] for name in MARK_COLUMNS})


def fills_hash(rows: Iterable[Row]) -> str:
    """Return the hash of the rows of a session's fills, in whatever order they come."""
    listed = sorted(([row[name] for name in FILL_COLUMNS] for row in rows), key=lambda values: str(values[0]))
    return link(GENESIS, {"fills": listed})
