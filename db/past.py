"""What was on record at the close of a past session: the facts that its decision was made from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, and_, func, or_, select

from db import ledger_rows as rows
from db.chain import link
from db.decisions import CHAINED
from db.ledger import journal_statement
from db.tables import (
    cycles,
    equity_daily,
    fills,
    journal_entries,
    journal_transactions,
    llm_calls,
    orders,
)
from fund.execution.lifecycle import WORKING, OrderState
from fund.portfolio.book import Book, replay
from fund.portfolio.journal import Transaction
from fund.portfolio.session_mark import SessionMark


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCycle:
    """A decision as its row has it."""

    cycle_id: str
    text: str
    """The record's JSON, byte for byte."""
    hash: str
    intact: bool
    """Whether the row is what its own hash says was recorded."""


class Past:
    """Reads the past over one connection and writes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cycle(self, cycle_id: str) -> StoredCycle | None:
        """Return a decision's row, None when there is no such cycle."""
        found = self._connection.execute(select(cycles).where(cycles.c.cycle_id == cycle_id)).mappings()
        row = found.one_or_none()
        if row is None:
            return None
        recorded = link(row["previous_hash"], {name: row[name] for name in CHAINED})
        return StoredCycle(
            cycle_id=cycle_id, text=row["record"], hash=row["hash"], intact=recorded == row["hash"]
        )

    def cycle_ids(self, session: date | None = None) -> tuple[str, ...]:
        """Return the ids of the decisions on record, in their order, optionally of one session."""
        chosen = select(cycles.c.cycle_id).order_by(cycles.c.seq)
        if session is not None:
            chosen = chosen.where(cycles.c.session == session)
        return tuple(self._connection.execute(chosen).scalars())

    def daily_cycle_ids(self, until: date) -> tuple[str, ...]:
        """Return the ids of the decisions of the day, one a session up to `until`, oldest first."""
        chosen = (
            select(cycles.c.cycle_id)
            .where(cycles.c.job == "daily", cycles.c.session <= until)
            .order_by(cycles.c.session, cycles.c.seq)
        )
        return tuple(self._connection.execute(chosen).scalars())

    def last_cycle_id(self) -> str | None:
        """Return the id of the decision with the latest view of the market, None before the first."""
        chosen = select(cycles.c.cycle_id).order_by(cycles.c.as_of.desc(), cycles.c.seq.desc()).limit(1)
        found: str | None = self._connection.execute(chosen).scalar()
        return found

    def book_at(self, session: date) -> Book:
        """Return the book at the close of a session: the journal up to it, folded from nothing (INV-3)."""
        seen = journal_statement().where(journal_transactions.c.session <= session)
        return replay(rows.transactions_of(self._connection.execute(seen)))

    def journal_until(self, session: date) -> tuple[Transaction, ...]:
        """Return the transactions up to the close of a session, in the order they were appended."""
        seen = journal_statement().where(journal_transactions.c.session <= session)
        return tuple(rows.transactions_of(self._connection.execute(seen)))

    def moved_after(self, session: date) -> Decimal:
        """Return what the owner brings in, less what is taken out, after the close of a session, USD."""
        moved = func.coalesce(func.sum(-journal_entries.c.amount), 0)
        chosen = (
            select(moved)
            .join(
                journal_transactions,
                journal_transactions.c.transaction_id == journal_entries.c.transaction_id,
            )
            .where(
                journal_transactions.c.session > session,
                journal_entries.c.account.in_(("deposits", "withdrawals")),
            )
        )
        return Decimal(self._connection.execute(chosen).scalar_one())

    def orders_at(self, session: date) -> tuple[OrderState, ...]:
        """Return the orders that waited at the close of a session, as they were planned.

        Decided by then, and neither ended nor cancelled before the next session; filled is what had traded
        of them by that close.
        """
        settled, working = orders.c.settled_session, orders.c.status.in_(sorted(WORKING))
        waited = or_(
            settled > session,
            and_(settled.is_(None), or_(working, cycles.c.session == session)),
            and_(settled <= session, working),
            and_(settled == session, orders.c.status == "cancelled"),
        )
        traded = (
            select(func.coalesce(func.sum(fills.c.quantity), 0))
            .where(fills.c.order_id == orders.c.order_id, fills.c.session <= session)
            .scalar_subquery()
        )
        found = self._connection.execute(
            select(orders, traded.label("traded"))
            .join(cycles, cycles.c.cycle_id == orders.c.cycle_id)
            .where(cycles.c.session <= session, waited)
            .order_by(orders.c.decided_at, orders.c.line)
        )
        return tuple(
            OrderState(
                order=rows.order_of(row),
                status="partially_filled" if row.traded else "pending",
                filled=Decimal(row.traded),
            )
            for row in found
        )

    def watched(self) -> dict[date, frozenset[str]]:
        """Return the names the owner watched at each decision of the day, by session."""
        chosen = (
            select(cycles.c.session, cycles.c.inputs["watched"].astext.label("watched"))
            .where(cycles.c.job == "daily")
            .order_by(cycles.c.seq)
        )
        return {
            row.session: frozenset((row.watched or "").split()) for row in self._connection.execute(chosen)
        }

    def mandate_at(self, session: date) -> str:
        """Return the hash of the mandate of a session's last decision; empty where none is on record."""
        chosen = (
            select(cycles.c.inputs["mandate_hash"].astext)
            .where(cycles.c.session == session)
            .order_by(cycles.c.seq.desc())
            .limit(1)
        )
        return self._connection.execute(chosen).scalar() or ""

    def mark_at(self, session: date) -> SessionMark | None:
        """Return the close of a session as it was recorded, None where none was."""
        chosen = select(equity_daily).where(equity_daily.c.session == session)
        row = self._connection.execute(chosen).mappings().one_or_none()
        return None if row is None else rows.mark_of(row)

    def heard(self, cycle_id: str) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return by role who answered, or failed to, in a cycle: provider and LLM, in the order asked."""
        first = func.min(llm_calls.c.started_at)
        who = (llm_calls.c.role, llm_calls.c.provider, llm_calls.c.llm)
        rows = self._connection.execute(
            select(*who)
            .where(llm_calls.c.cycle_id == cycle_id, llm_calls.c.status != "reserved")
            .group_by(*who)
            .order_by(first, *who)
        )
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for role, provider, llm in rows:
            found[role] = (*found.get(role, ()), (provider, llm))
        return found
