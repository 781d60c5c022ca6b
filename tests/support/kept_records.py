"""What a desk's folder holds on record, read by SQL from its stopped server, without the wall's clock."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg

from db.embedded import EmbeddedPostgres

Row = tuple[object, ...]

QUERIES = {
    "cycles": "SELECT cycle_id, seq, job, slot, status, cause, record, inputs FROM desk.cycles ORDER BY seq",
    "orders": "SELECT * FROM desk.orders ORDER BY order_id",
    "fills": "SELECT * FROM desk.fills ORDER BY fill_id",
    "journal": "SELECT * FROM desk.journal_transactions ORDER BY seq",
    "entries": "SELECT * FROM desk.journal_entries ORDER BY transaction_id, line",
    "marks": "SELECT * FROM desk.equity_daily ORDER BY session",
    "trades": "SELECT * FROM desk.closed_trades ORDER BY trade_id",
    "memories": "SELECT memory_id, known_at, embedding::text, text FROM desk.memories ORDER BY memory_id",
    "events": "SELECT event_id, at, kind, severity, split_part(text, '; heads', 1), "
    "data::jsonb - 'heads', cycle_id FROM desk.events ORDER BY event_id",
    "forecasters": "SELECT version, name, manifest_sha256, active FROM desk.forecasters ORDER BY version",
}
CALLS = """
SELECT call_id, role, attempt, status, answer FROM desk.llm_calls
WHERE provider NOT IN ('', 'offline') ORDER BY call_id
"""


@dataclass(frozen=True)
class Kept:
    """Every table that decisions and money rest on, and the calls to an LLM beside them."""

    tables: dict[str, list[Row]]
    calls: list[Row]

    @property
    def roles_recorded(self) -> list[str]:
        """Return the roles whose LLM answer is on record, one entry a call."""
        return sorted(str(row[1]) for row in self.calls if row[3] == "answered")

    @property
    def times_asked(self) -> Counter[str]:
        """Return how many calls of each role are on record."""
        return Counter(str(row[1]) for row in self.calls)


def kept_in(folder: Path) -> Kept:
    """Read a folder that no desk has open; its server is started for that and stopped again."""
    with EmbeddedPostgres(folder / "postgres") as server:
        return kept_on(_libpq(server.url))


def kept_on(conninfo: str) -> Kept:
    """Read a database that is up."""
    with psycopg.connect(conninfo) as connection:
        tables = {name: connection.execute(query).fetchall() for name, query in QUERIES.items()}
        return Kept(tables, connection.execute(CALLS).fetchall())


def change(folder: Path, statement: str) -> None:
    """Run one statement on a desk's database, as its owner."""
    with EmbeddedPostgres(folder / "postgres") as server, psycopg.connect(_libpq(server.url)) as connection:
        connection.execute(statement)


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql", 1)
