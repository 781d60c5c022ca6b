"""Checks the books at the start and every night, and stops trading where they do not add up (INV-3)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.events import Event, Events
from db.finding import Finding
from db.heads import ChainHeads, chain_heads
from db.verify import verify_ledger
from desk.breaker import trip_where_books_differ
from fund.clock import Clock
from fund.risk.breaker import BreakerLevels


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBooks:
    """What is wrong with the books, and the heads of the chains at that moment."""

    findings: tuple[Finding, ...]
    heads: ChainHeads


def checked_books(engine: Engine) -> CheckedBooks:
    """Check the books as they stood at one moment, whoever writes meanwhile."""
    with engine.connect() as opened:
        connection = opened.execution_options(isolation_level="REPEATABLE READ")
        return CheckedBooks(findings=verify_ledger(connection), heads=chain_heads(connection))


def halt_where_books_differ(engine: Engine, levels: BreakerLevels, clock: Clock) -> CheckedBooks:
    """Check the books; anything wrong opens the breaker for a person to look, and is an event."""
    books = checked_books(engine)
    if books.findings:
        now = clock.now()
        in_transaction(engine, lambda connection: _halt(connection, books.findings, levels, now))
    return books


def check_tonight(engine: Engine, levels: BreakerLevels, clock: Clock) -> tuple[Finding, ...]:
    """Check the books, say what came of it, and return what is wrong with them."""
    books = halt_where_books_differ(engine, levels, clock)
    if not books.findings:
        whole = _whole(books, clock.now())
        in_transaction(engine, lambda connection: Events(connection).append([whole]))
    return books.findings


def _halt(
    connection: Connection, findings: tuple[Finding, ...], levels: BreakerLevels, now: datetime
) -> None:
    first = findings[0]
    reason = f"the books do not add up: {first.table} {first.row}: {first.problem}"
    trip_where_books_differ(connection, findings, levels, now)
    wrong = Event(
        event_id=f"books-wrong-{now.isoformat()}",
        at=now,
        kind="books_wrong",
        severity="critical",
        text=f"Trading is stopped: {reason}",
        data={"findings": [{"table": f.table, "row": f.row, "problem": f.problem} for f in findings]},
    )
    Events(connection).append([wrong])


def _whole(books: CheckedBooks, now: datetime) -> Event:
    return Event(
        event_id=f"books-verified-{now.astimezone(UTC).date().isoformat()}",
        at=now,
        kind="books_verified",
        severity="info",
        text="The books were replayed from their first row and add up",
        data={"heads": books.heads.plain},
    )
