"""Somebody with every right who changes one thing of the audited tables at random, and where it must show."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, Engine, text

from db.verify import verify_ledger
from support.kept_books import intruder

Seed = int
TEXT, DAY, MOMENT = "{} || 'x'", "{} + 1", "{} + interval '1 microsecond'"
FIGURE, HASH, JSON_KEY = "{} + 0.000001", "reverse({}) || '0'", """{} || '{{"put in": 1}}'"""
TICKER = "CASE {} WHEN 'AAPL' THEN 'MSFT' ELSE 'AAPL' END"
SIDE = "CASE {} WHEN 'buy' THEN 'sell' ELSE 'buy' END"

EDITS: Mapping[str, Mapping[str, str]] = {
    "journal_transactions": {
        "transaction_id": TEXT,
        "seq": "{} + 1000",
        "kind": TEXT,
        "session": DAY,
        "at": MOMENT,
        "memo": TEXT,
        "previous_hash": HASH,
        "hash": HASH,
    },
    "journal_entries": {
        "transaction_id": TEXT,
        "line": "{} + 50",
        "account": "CASE {} WHEN 'cash' THEN 'fees' ELSE 'cash' END",
        "ticker": "coalesce({}, '') || 'x'",
        "amount": FIGURE,
        "quantity": FIGURE,
        "lot": TEXT,
    },
    "cycles": {
        "cycle_id": TEXT,
        "seq": "{} + 1000",
        "job": TEXT,
        "slot": TEXT,
        "session": DAY,
        "as_of": MOMENT,
        "strategy": TEXT,
        "status": "CASE {} WHEN 'held' THEN 'decided' ELSE 'held' END",
        "cause": "coalesce({}, '') || 'x'",
        "record": "replace({}, 'cheap', 'dear')",
        "inputs": JSON_KEY,
        "recorded_at": MOMENT,
        "previous_hash": HASH,
        "hash": HASH,
    },
    "events": {
        "seq": "{} + 1000",
        "event_id": TEXT,
        "at": MOMENT,
        "kind": TEXT,
        "severity": "CASE {} WHEN 'info' THEN 'critical' ELSE 'info' END",
        "text": TEXT,
        "data": JSON_KEY,
        "cycle_id": "coalesce({}, '') || 'x'",
        "previous_hash": HASH,
        "hash": HASH,
    },
    "fills": {
        "fill_id": TEXT,
        "order_id": TEXT,
        "ticker": TICKER,
        "side": SIDE,
        "quantity": FIGURE,
        "price": FIGURE,
        "commission": FIGURE,
        "session": DAY,
        "filled_at": MOMENT,
    },
    "orders": {
        "order_id": TEXT,
        "cycle_id": TEXT,
        "line": "{} + 50",
        "ticker": TICKER,
        "side": SIDE,
        "quantity": FIGURE,
        "reference_price": FIGURE,
        "decided_at": MOMENT,
        "kind": "CASE {} WHEN 'limit' THEN 'stop' ELSE 'limit' END",
        "time_in_force": "CASE {} WHEN 'day' THEN 'gtc' ELSE 'day' END",
        "limit_price": "coalesce({}, 0) + 1",
        "stop_price": "coalesce({}, 0) + 1",
        "purpose": "CASE {} WHEN 'exit' THEN 'rebalance' ELSE 'exit' END",
    },
    "closed_trades": {
        "trade_id": TEXT,
        "ticker": TICKER,
        "opened": DAY,
        "closed": DAY,
        "bought": FIGURE,
        "realised": FIGURE,
        "dividends": FIGURE,
        "fees": FIGURE,
        "borrow": FIGURE,
    },
    "equity_daily": {
        "session": "{} + 1000",
        "at": MOMENT,
        "equity": FIGURE,
        "cash": FIGURE,
        "deposits": FIGURE,
        "gross": FIGURE,
        "net": FIGURE,
        "unit_value": "{} + 1e-12",
        "peak": "{} + 1e-12",
        "benchmark_index": "coalesce({}, 0) + 1e-12",
        "drawdown": "{} - 1e-12",
        "positions": "CASE WHEN jsonb_array_length({0}) = 0 THEN '[1]' "
        "ELSE jsonb_set({0}, '{{0,priced_on}}', '\"2016-01-04\"') END",
    },
    "mandates": {"mandate_hash": HASH, "text": TEXT, "first_used_at": MOMENT},
}
"""Every column that says anything; what became of an order (status, reason, session) is no part of a plan."""
KEYS: Mapping[str, tuple[str, ...]] = {
    "journal_transactions": ("transaction_id",),
    "journal_entries": ("transaction_id", "line"),
    "cycles": ("cycle_id",),
    "events": ("event_id",),
    "fills": ("fill_id",),
    "orders": ("order_id",),
    "closed_trades": ("trade_id",),
    "equity_daily": ("session",),
    "mandates": ("mandate_hash",),
}
NUMBERED = {"journal_transactions", "cycles", "events"}
MOVES = ("edit", "delete", "swap", "insert")


@dataclass(frozen=True, slots=True)
class Tamper:
    """One thing that was done, and the rows of which one must be named."""

    move: str
    table: str
    row: str
    what: str
    rows_touched: int
    named: frozenset[str]
    """What may be named for it: the row, the one behind it, what it became; empty at the end of a table."""


class Intruder:
    """Draws what to do from a seed, and does it."""

    def __init__(self, connection: Connection, seed: Seed) -> None:
        self._connection = connection
        self._rng = np.random.default_rng(seed)

    def strike(self) -> Tamper:
        """Change one thing in one table, whichever the seed says."""
        table, move = self._one_of(tuple(EDITS)), self._one_of(MOVES)
        rows = self._rows(table)
        place = int(self._rng.integers(len(rows)))
        others = [row for row in rows if row != rows[place]]
        if table == "journal_entries":
            others = [row for row in others if row[0] == rows[place][0]]
        other = others[int(self._rng.integers(len(others)))] if others else rows[place]
        days = self._days(table, rows[place], other)
        if move == "swap" and others:
            did, touched = self._swap(table, rows[place], other)
        else:
            move = "edit" if move == "swap" else move
            did, touched = getattr(self, f"_{move}")(table, rows[place])
        places = (place, rows.index(other)) if move == "swap" else (place,)
        named = {row for at in places for row in rows[at : at + 2]} | {*self._rows(table)} - {*rows}
        at_end = len(rows) - 1 in places or move == "insert"
        labels = {label for row in named for label in (row[0], " line ".join(row))}
        return Tamper(
            move=move,
            table=table,
            row=" line ".join(rows[place]),
            what=did,
            rows_touched=touched,
            named=frozenset() if at_end else frozenset(labels | days),
        )

    def _days(self, table: str, *rows: tuple[str, ...]) -> set[str]:
        """The sessions of some fills: what pins them names the session."""
        if table != "fills":
            return set()
        chosen = "SELECT CAST(session AS text) FROM desk.fills WHERE fill_id = :k0"
        return {str(self._ask(chosen, row[0]).scalar()) for row in rows}

    def _one_of(self, names: Sequence[str]) -> str:
        return names[int(self._rng.integers(len(names)))]

    def _rows(self, table: str) -> list[tuple[str, ...]]:
        keys = ", ".join(f"CAST({key} AS text)" for key in KEYS[table])
        order = "seq" if table in NUMBERED else "1"
        return [tuple(row) for row in self._ask(f"SELECT {keys} FROM desk.{table} ORDER BY {order}").all()]

    def _edit(self, table: str, row: tuple[str, ...]) -> tuple[str, int]:
        column = self._one_of(tuple(EDITS[table]))
        change = EDITS[table][column].format(column)
        return self._set(table, row, f"{column} = {change}")

    def _delete(self, table: str, row: tuple[str, ...]) -> tuple[str, int]:
        touched = self._ask(f"DELETE FROM desk.{table} WHERE {_is(table)}", *row).rowcount
        return "deleted", touched

    def _swap(self, table: str, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, int]:
        """Let two rows change places: their numbers, their lines, or else everything but their keys."""
        column = "seq" if table in NUMBERED else KEYS[table][-1]
        return self._exchange(table, one, other, column)

    def _exchange(
        self, table: str, one: tuple[str, ...], other: tuple[str, ...], column: str
    ) -> tuple[str, int]:
        """Exchange one column of two rows; three steps, as it is unique."""
        chosen = f"SELECT CAST({column} AS text) FROM desk.{table} WHERE {_is(table)}"
        kept = [str(self._ask(chosen, *row).scalar_one()) for row in (one, other)]
        kind = self._ask(
            "SELECT data_type FROM information_schema.columns "
            "WHERE table_schema = 'desk' AND table_name = :k0 AND column_name = :k1",
            table,
            column,
        ).scalar_one()
        aside = {"text": "aside", "date": "1900-01-01"}.get(kind, "-1")
        put = f"UPDATE desk.{table} SET {column} = CAST(:k1 AS {kind}) WHERE CAST({column} AS text) = :k0"
        if table == "journal_entries":
            put += f" AND transaction_id = '{one[0]}'"
        touched = 0
        for was, becomes in ((kept[0], aside), (kept[1], kept[0]), (aside, kept[1])):
            touched = self._ask(put, was, becomes).rowcount
        return f"{column} exchanged with that of {other}", touched

    def _insert(self, table: str, row: tuple[str, ...]) -> tuple[str, int]:
        """Put a copy of a row in under another key, at the end of a chain or beside its original."""
        changed = {KEYS[table][0]: f"{KEYS[table][0]} || '-again'"}
        if table == "equity_daily":
            changed = {"session": "(SELECT max(session) + 1 FROM desk.equity_daily)"}
        if table == "journal_entries":
            changed = {"line": "line + 77"}
        if table in NUMBERED:
            changed |= {"seq": f"(SELECT max(seq) + 1 FROM desk.{table})", "hash": "reverse(hash) || '1'"}
        if table == "cycles":
            changed["slot"] = "slot || '-again'"
        columns = list(
            self._ask(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = 'desk' AND table_name = :k0",
                table,
            ).scalars()
        )
        listed, given = ", ".join(columns), ", ".join(changed.get(name, name) for name in columns)
        insert = f"INSERT INTO desk.{table} ({listed}) SELECT {given} FROM desk.{table} WHERE {_is(table)}"
        return "copied in", self._ask(insert, *row).rowcount

    def _set(self, table: str, row: tuple[str, ...], change: str) -> tuple[str, int]:
        return change, self._ask(f"UPDATE desk.{table} SET {change} WHERE {_is(table)}", *row).rowcount

    def _ask(self, statement: str, *keys: str):  # type: ignore[no-untyped-def]
        named = {f"k{place}": key for place, key in enumerate(keys)}
        return self._connection.execute(text(statement), named)


def _is(table: str) -> str:
    return " AND ".join(f"CAST({key} AS text) = :k{place}" for place, key in enumerate(KEYS[table]))


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Take back whatever is done inside."""
    with connection.begin_nested() as savepoint:
        yield
        savepoint.rollback()


def unfound(engine: Engine, strikes: int, *, sessions: int = 12) -> list[Tamper]:
    """Do so many things to whole books, each undone after a look, and return those that were not named."""
    missed = []
    with intruder(engine, sessions) as books:
        assert verify_ledger(books) == ()
        for seed in range(strikes):
            with undone(books):
                did = Intruder(books, seed).strike()
                assert did.rows_touched == 1, did
                said = {finding.row for finding in verify_ledger(books)}
                if not said or (did.named and not said & did.named):
                    missed.append(did)
        assert verify_ledger(books) == ()
    return missed
