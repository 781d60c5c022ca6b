"""What the audited tables say about one another: so a tail that was cut off, which no chain misses, is found.

Every check is one query that names the first row that does not hold; nothing in a row can stop it.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from sqlalchemy import Connection, Date, DateTime, Float, Numeric, text

from db.finding import Finding
from db.tables import (
    closed_trades,
    equity_daily,
    fills,
    journal_entries,
    journal_transactions,
    mandates,
    orders,
)

CHAINED_TABLES = ("journal_transactions", "cycles", "events")
"""The tables whose heads an event's data names as `heads`: journal, decisions, events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    table: str
    problem: str
    rests_on: frozenset[str]
    """Tables it takes for true: with one of them wrong already, it says nothing."""
    query: str
    """Gives the key of the first wrong row as text, or nothing."""


_CHECKS = (
    _Check(
        table="equity_daily",
        problem="no decision was taken at this close: the close was put in, or the decisions were cut off",
        rests_on=frozenset({"cycles"}),
        query="SELECT CAST(e.session AS text) FROM desk.equity_daily AS e WHERE NOT EXISTS "
        "(SELECT FROM desk.cycles AS c WHERE c.session = e.session AND c.as_of = e.at) ORDER BY e.session",
    ),
    _Check(
        table="equity_daily",
        problem="a decision was taken at this close, which is not on record",
        rests_on=frozenset({"cycles"}),
        query="SELECT CAST(c.session AS text) FROM desk.cycles AS c WHERE NOT EXISTS "
        "(SELECT FROM desk.equity_daily AS e WHERE e.session = c.session) ORDER BY c.session",
    ),
    _Check(
        table="events",
        problem="the decision is on record, the event that told it is not",
        rests_on=frozenset({"cycles"}),
        query="SELECT 'cycle-' || c.cycle_id FROM desk.cycles AS c WHERE NOT EXISTS "
        "(SELECT FROM desk.events AS e WHERE e.event_id = 'cycle-' || c.cycle_id) ORDER BY c.seq",
    ),
    _Check(
        table="events",
        problem="an earlier decision was summed up, this one's summary is not on record",
        rests_on=frozenset({"cycles"}),
        query="SELECT c.cycle_id FROM desk.cycles AS c WHERE c.seq > (SELECT min(s.seq) "
        "FROM desk.cycles AS s JOIN desk.events AS e "
        "ON e.cycle_id = s.cycle_id AND e.kind = 'daily_summary') "
        "AND NOT EXISTS (SELECT FROM desk.events AS e "
        "WHERE e.cycle_id = c.cycle_id AND e.kind = 'daily_summary') "
        "ORDER BY c.seq",
    ),
    _Check(
        table="cycles",
        problem="the event that told this decision is on record, the decision is not",
        rests_on=frozenset({"events"}),
        query="SELECT e.cycle_id FROM desk.events AS e WHERE e.event_id = 'cycle-' || e.cycle_id "
        "AND NOT EXISTS (SELECT FROM desk.cycles AS c WHERE c.cycle_id = e.cycle_id) ORDER BY e.seq",
    ),
    _Check(
        table="journal_entries",
        problem="it belongs to no transaction of the journal",
        rests_on=frozenset({"journal_transactions"}),
        query="SELECT n.transaction_id || ' line ' || n.line FROM desk.journal_entries AS n WHERE NOT EXISTS "
        "(SELECT FROM desk.journal_transactions AS t WHERE t.transaction_id = n.transaction_id) "
        "ORDER BY n.transaction_id, n.line",
    ),
    _Check(
        table="fills",
        problem="no order of this ticker and side is on record for it",
        rests_on=frozenset({"orders"}),
        query="SELECT f.fill_id FROM desk.fills AS f WHERE NOT EXISTS (SELECT FROM desk.orders AS o "
        "WHERE o.order_id = f.order_id AND o.side = f.side "
        "AND f.ticker IN (o.ticker, o.state -> 'order' ->> 'ticker')) ORDER BY f.fill_id",
    ),
    _Check(
        table="mandates",
        problem="its text is not the one whose hash it is kept under",
        rests_on=frozenset({}),
        query="SELECT m.mandate_hash FROM desk.mandates AS m "
        "WHERE encode(sha256(convert_to(m.text, 'UTF8')), 'hex') <> m.mandate_hash ORDER BY m.mandate_hash",
    ),
    _Check(
        table="mandates",
        problem="no decision under it was recorded when it says it was first used",
        rests_on=frozenset({"cycles"}),
        query="SELECT m.mandate_hash FROM desk.mandates AS m WHERE NOT EXISTS (SELECT FROM desk.cycles AS c "
        "WHERE c.inputs ->> 'mandate_hash' = m.mandate_hash AND c.recorded_at = m.first_used_at) "
        "ORDER BY m.mandate_hash",
    ),
    _Check(
        table="mandates",
        problem="an event says that it is kept, and it is not on record",
        rests_on=frozenset({"events"}),
        query="SELECT e.data ->> 'mandate_hash' FROM desk.events AS e "
        "WHERE jsonb_typeof(e.data -> 'mandate_hash') = 'string' AND NOT EXISTS "
        "(SELECT FROM desk.mandates AS m WHERE m.mandate_hash = e.data ->> 'mandate_hash') ORDER BY e.seq",
    ),
    _Check(
        table="commands",
        problem="it was executed, and the event that tells it is not on record, or tells another",
        rests_on=frozenset({"events"}),
        query="SELECT k.command_id FROM desk.commands AS k WHERE k.status = 'executed' AND NOT EXISTS "
        "(SELECT FROM desk.events AS e WHERE e.event_id = 'command-' || k.command_id AND e.at = k.settled_at "
        "AND e.data ->> 'action' = k.action AND e.data ->> 'args_hash' = k.args_hash "
        "AND e.data ->> 'by' = k.user_id) ORDER BY k.settled_at, k.command_id",
    ),
    _Check(
        table="commands",
        problem="an event tells that it was executed, and it is not on record as that",
        rests_on=frozenset({"events"}),
        query="SELECT e.event_id FROM desk.events AS e WHERE e.kind = 'command_executed' AND NOT EXISTS "
        "(SELECT FROM desk.commands AS k WHERE 'command-' || k.command_id = e.event_id "
        "AND k.status = 'executed') ORDER BY e.seq",
    ),
)
_NAMED_HEADS = text(
    "SELECT DISTINCT ON (kind) event_id, data -> 'heads' ->> 'journal', data -> 'heads' ->> 'decisions', "
    "data -> 'heads' ->> 'events' FROM desk.events WHERE data ? 'heads' ORDER BY kind, seq DESC"
)
_MEASURED = (journal_transactions, journal_entries, fills, orders, closed_trades, equity_daily, mandates)


def cross_check(connection: Connection, wrong: Set[str]) -> Iterator[Finding]:
    """Yield the first row that another table contradicts, check by check; `wrong` tables are no witnesses."""
    wrong = set(wrong)
    for check in _CHECKS:
        if wrong & check.rests_on or check.table in wrong:
            continue
        first = connection.execute(text(f"{check.query} LIMIT 1")).scalar()
        if first is not None:
            wrong.add(check.table)
            yield Finding(table=check.table, row=first, problem=check.problem)
    if "events" not in wrong:
        yield from _missing_heads(connection)


def unreadable(connection: Connection) -> Iterator[Finding]:
    """Yield, of every table of figures, the first row that holds a day, a moment or a number that is none."""
    for table in _MEASURED:
        key = " || ' line ' || ".join(f"CAST({column.name} AS text)" for column in table.primary_key.columns)
        wrong = " OR ".join(test for column in table.columns if (test := _no_value(column.name, column.type)))
        query = f"SELECT {key} FROM {table.fullname} WHERE {wrong} ORDER BY 1 LIMIT 1"  # noqa: S608 - our tables
        first = connection.execute(text(query)).scalar()
        if first is not None:
            problem = "it holds a day, a moment or a number that is none"
            yield Finding(table=table.name, row=first, problem=problem)


def _no_value(column: str, kind: object) -> str:
    match kind:
        case DateTime():
            return f"{column} NOT BETWEEN '0001-01-02+00' AND '9999-12-30+00'"
        case Date():
            return f"{column} NOT BETWEEN '0001-01-01' AND '9999-12-31'"
        case Float() | Numeric():
            return f"{column} IN ('NaN', 'Infinity', '-Infinity')"
        case _:
            return ""


def _missing_heads(connection: Connection) -> Iterator[Finding]:
    for event_id, *heads in connection.execute(_NAMED_HEADS).all():
        for head, table in zip(heads, CHAINED_TABLES, strict=True):
            query = f"SELECT FROM desk.{table} WHERE hash = :head"
            known = connection.execute(text(query), {"head": head}).first() is not None
            if not known and not _is_empty_head(head):
                problem = f"event {event_id!r} names it as a head, and no row has it: the end was cut off"
                yield Finding(table=table, row=str(head), problem=problem)


def _is_empty_head(head: str | None) -> bool:
    return head is not None and {*head} == {"0"}
