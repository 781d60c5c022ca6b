"""Reads the three chains from their first row, as text, so that no value can stop the reading (INV-18)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TextClause, text

from db.chain import GENESIS, link_canonical
from db.finding import Finding

BATCH = 2_000


def _moment(column: str) -> str:
    """SQL that spells a moment as `db.chain` does: in UTC, without a fraction where there is none."""
    spelled = f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"AD')"
    return f"replace(rtrim({spelled}, 'AD'), '.000000+', '+')"


def _day(column: str) -> str:
    return f"rtrim(to_char({column}, 'YYYY-MM-DDAD'), 'AD')"


_JOURNAL = text(
    "SELECT t.transaction_id, t.seq, t.previous_hash, t.hash, t.kind, "  # noqa: S608 - our own columns
    f"{_day('t.session')}, {_moment('t.at')}, t.memo, e.balanced, e.whole, "
    "e.accounts, e.tickers, e.amounts, e.quantities, e.lots "
    "FROM desk.journal_transactions AS t LEFT JOIN (SELECT transaction_id, "
    "sum(amount) = 0 AS balanced, max(line) = count(*) - 1 AS whole, "
    "array_agg(account ORDER BY line) AS accounts, array_agg(ticker ORDER BY line) AS tickers, "
    "array_agg(trim_scale(amount)::text ORDER BY line) AS amounts, "
    "array_agg(trim_scale(quantity)::text ORDER BY line) AS quantities, "
    "array_agg(lot ORDER BY line) AS lots "
    "FROM desk.journal_entries GROUP BY transaction_id) AS e USING (transaction_id) ORDER BY t.seq"
)
_DECISIONS = text(
    "SELECT cycle_id, seq, previous_hash, hash, job, slot, "  # noqa: S608 - our own columns
    f"{_day('session')}, {_moment('as_of')}, strategy, status, cause, record, CAST(inputs AS text), "
    f"{_moment('recorded_at')} FROM desk.cycles ORDER BY seq"
)
_EVENTS = text(
    "SELECT event_id, seq, previous_hash, hash, "  # noqa: S608 - our own columns
    f"{_moment('at')}, kind, severity, text, CAST(data AS text), cycle_id FROM desk.events ORDER BY seq"
)


@dataclass(slots=True)
class Tally:
    """How many rows were hashed: transactions, their entries, decisions and events."""

    rows: int = 0


Cells = Sequence[Any]
Content = Callable[[Cells, Tally], Mapping[str, object]]


def check_chains(connection: Connection, tally: Tally) -> Mapping[str, tuple[Finding, ...]]:
    """Return, by table, the first row at which each of the three chains breaks."""
    return {
        table: tuple(_read(connection, table, statement, content, tally))
        for table, statement, content in (
            ("journal_transactions", _JOURNAL, _journal_content),
            ("cycles", _DECISIONS, _decision_content),
            ("events", _EVENTS, _event_content),
        )
    }


class _UnsoundError(ValueError):
    """A row that is wrong in itself, whatever its hash."""


def _read(
    connection: Connection, table: str, statement: TextClause, content: Content, tally: Tally
) -> Iterator[Finding]:
    with connection.execute(statement.execution_options(yield_per=BATCH)) as found:
        rows = (row for part in found.partitions() for row in part)
        yield from _check(table, rows, content, tally)


def _check(table: str, found: Iterable[Cells], content: Content, tally: Tally) -> Iterator[Finding]:
    previous, expected = GENESIS, 1
    for row in found:
        problem = None
        if row[1] != expected:
            problem = f"expected number {expected} in the chain, was {row[1]}: rows are missing or moved"
        else:
            try:
                whole = content(row, tally)
            except _UnsoundError as error:
                problem = str(error)
            except (ValueError, RecursionError) as error:
                problem = f"it cannot be read ({type(error).__name__}: {str(error)[:200]})"
            else:
                if (row[2], row[3]) != (previous, link_canonical(previous, whole)):
                    problem = "its content is not what was recorded: the hash chain breaks here"
        if problem is not None:
            yield Finding(table=table, row=row[0], problem=problem)
            return
        previous, expected = row[3], expected + 1


def _journal_content(row: Cells, tally: Tally) -> Mapping[str, object]:
    name, seq, _, _, kind, session, at, memo, balanced, whole, *columns = row
    if balanced is False:
        raise _UnsoundError("its entries do not sum to 0")
    if whole is False:
        raise _UnsoundError("its entries are not numbered one after the other: lines are missing or moved")
    entries: list[Sequence[object]] = []
    if whole is not None:
        for *entry, lot in zip(*columns, strict=True):
            entries.append([*entry, lot] if lot else entry)
    tally.rows += 1 + len(entries)
    return {
        "transaction_id": name,
        "seq": seq,
        "kind": kind,
        "session": session,
        "at": at,
        "memo": memo,
        "entries": entries,
    }


def _decision_content(row: Cells, tally: Tally) -> Mapping[str, object]:
    name, seq, _, _, job, slot, session, as_of, strategy, status, cause, record, inputs, recorded_at = row
    tally.rows += 1
    return {
        "cycle_id": name,
        "seq": seq,
        "job": job,
        "slot": slot,
        "session": session,
        "as_of": as_of,
        "strategy": strategy,
        "status": status,
        "cause": cause,
        "record": record,
        "inputs": json.loads(inputs),
        "recorded_at": recorded_at,
    }


def _event_content(row: Cells, tally: Tally) -> Mapping[str, object]:
    name, seq, _, _, at, kind, severity, said, data, cycle_id = row
    tally.rows += 1
    return {
        "seq": seq,
        "event_id": name,
        "at": at,
        "kind": kind,
        "severity": severity,
        "text": said,
        "data": json.loads(data),
        "cycle_id": cycle_id,
    }
