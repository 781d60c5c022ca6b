"""One statement on a connection, under the extended protocol: described, weighed, run, cut to size."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from db.engine import GOING_AWAY
from fund.errors import QueryRefusedError

log = logging.getLogger("conclave.ask")
MAX_ROWS = 200
ANSWER_BYTES = 256_000
MAX_COST = 500_000.0
"""In the planner's units: a year of forecasts joined with itself by ticker costs a tenth of it."""
MAX_PLANNED_ROWS = 20_000_000
MAX_COLLECTED_BYTES = 16_000_000
"""What a statement may read that collects rows into one value."""
_COLLECTING = re.compile(r"_agg\(|\barray\(", re.IGNORECASE)


def around(cells: str, sql: str, alias: str) -> str:
    """Wrap a query: inside a subquery nothing but a SELECT can stand, whoever wrote it."""
    return f"SELECT {cells} FROM (\n{sql}\n) AS {alias}"  # noqa: S608 - running it is what this room is for


def described(connection: psycopg.Connection[Any], sql: str) -> PGresult:
    """Parse one statement under the extended protocol, which takes no second, and describe its columns."""
    _accepted(connection.pgconn.prepare(b"", sql.encode()))
    return _accepted(connection.pgconn.describe_prepared(b""))


def executed(connection: psycopg.Connection[Any], sql: str) -> PGresult:
    """Run one statement under the extended protocol and return its rows as text."""
    return _accepted(connection.pgconn.exec_params(sql.encode(), []))


def _accepted(result: PGresult) -> PGresult:
    if result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        return result
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    if not state or state in GOING_AWAY:
        raise psycopg.OperationalError("the connection was lost in the middle of a question")
    log.info(
        "a question's SQL was refused by the server (%s): %s",
        state,
        result.error_message.decode(errors="replace"),
    )
    raise QueryRefusedError(_told(state))


def _told(state: str) -> str:
    """Return what may be said of an SQLSTATE: never the server's words, which can hold data."""
    if state == "42501":
        return "that may not be read or called here: a question sees the views of the desk's records"
    match state[:2]:
        case "57":
            return "the question took too long; ask for less: a shorter span, fewer joins"
        case "42":
            return "the database cannot read that SQL: check the names, the types and what is grouped by"
        case "22":
            return "a value cannot be computed: a division by zero, or a text that is no number or date"
        case "53" | "54":
            return "the question needs more memory or space than it may have; ask for less"
    return "the database refused that SQL"


def weigh(planned: PGresult, sql: str) -> None:
    """Raise `QueryRefusedError` for a plan that would cost too much, or gather too much in one value."""
    plan = json.loads(planned.get_value(0, 0) or b"[{}]")[0].get("Plan", {})
    steps = list(_steps(plan))
    rows = max(float(step.get("Plan Rows", 0)) for step in steps)
    cost = float(plan.get("Total Cost", 0.0))
    if cost > MAX_COST or rows > MAX_PLANNED_ROWS:
        raise QueryRefusedError(
            f"the question would read too much (a cost of {cost:,.0f}, {rows:,.0f} rows at once; allowed are "
            f"{MAX_COST:,.0f} and {MAX_PLANNED_ROWS:,.0f}); join on keys, or ask for a shorter span"
        )
    size = max(float(step.get("Plan Rows", 0)) * float(step.get("Plan Width", 0)) for step in steps)
    if size > MAX_COLLECTED_BYTES and _COLLECTING.search(sql):
        raise QueryRefusedError(
            f"the question would gather {size / 1e6:,.0f} MB in lists or texts, allowed are "
            f"{MAX_COLLECTED_BYTES / 1e6:,.0f}; join on keys, or ask for a shorter span"
        )


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _steps(part)


def read_rows(result: PGresult) -> tuple[tuple[tuple[str | None, ...], ...], bool]:
    """Return the rows that fit, and whether some were left out."""
    rows: list[tuple[str | None, ...]] = []
    size = 0
    for number in range(min(result.ntuples, MAX_ROWS)):
        cells = [result.get_value(number, column) for column in range(result.nfields)]
        size += sum(len(cell) for cell in cells if cell is not None)
        if size > ANSWER_BYTES:
            break
        rows.append(tuple(None if cell is None else cell.decode(errors="replace") for cell in cells))
    return tuple(rows), len(rows) < result.ntuples
