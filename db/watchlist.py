"""The two halves of the watchlist: every change with who and when, each as it stands by the last of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select

from db.discovery_tables import discovered_changes, discovery_picks, discovery_runs
from db.ledger_rows import aware
from db.owner_tables import watchlist_changes
from fund.discovery.ensemble import ENSEMBLE
from fund.discovery.shortlist import ListChange

DISCOVERY = "discovery"
"""Who changes the discovered half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedTicker:
    """A name on the list, who put it there and when."""

    ticker: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredTicker:
    """A name on the discovered half, the run that put it there and why."""

    ticker: str
    run_id: str
    added_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredChange:
    """One change of the discovered half, by the session at whose open it could first be followed."""

    entry_session: date
    change: ListChange


class Watchlist:
    """The owner's half over one connection; nothing is ever taken out of its past."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(
        self, tickers: Iterable[str], *, watched: bool, command_id: str, by: str, at: datetime
    ) -> tuple[str, ...]:
        """Put names on the list or take them off, and return those for which that changed anything."""
        there = {each.ticker for each in self.current()}
        changed = tuple(ticker for ticker in dict.fromkeys(tickers) if (ticker in there) != watched)
        rows = [
            {
                "command_id": command_id,
                "ticker": ticker,
                "watched": watched,
                "changed_by": by,
                "at": aware(at),
            }
            for ticker in changed
        ]
        if rows:
            self._connection.execute(insert(watchlist_changes), rows)
        return changed

    def current(self) -> tuple[WatchedTicker, ...]:
        """Return the names on the list, the first added first."""
        table = watchlist_changes
        last = select(func.max(table.c.seq)).group_by(table.c.ticker)
        chosen = select(table).where(table.c.seq.in_(last), table.c.watched).order_by(table.c.seq)
        return tuple(
            WatchedTicker(ticker=row.ticker, added_by=row.changed_by, added_at=row.at)
            for row in self._connection.execute(chosen)
        )


class DiscoveredList:
    """The discovered half over one connection; nothing is ever taken out of its past."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(self, changes: Sequence[ListChange], *, run_id: str, at: datetime) -> None:
        """Append what a run changes, in its order."""
        rows = [
            {
                "run_id": run_id,
                "ticker": each.ticker,
                "listed": each.joined,
                "changed_by": DISCOVERY,
                "reason": each.reason,
                "at": aware(at),
            }
            for each in changes
        ]
        if rows:
            self._connection.execute(insert(discovered_changes), rows)

    def changes_of(self, run_id: str) -> tuple[ListChange, ...]:
        """Return what one run changed, in its order."""
        table = discovered_changes
        chosen = select(table).where(table.c.run_id == run_id).order_by(table.c.seq)
        return tuple(
            ListChange(ticker=row.ticker, joined=row.listed, reason=row.reason)
            for row in self._connection.execute(chosen)
        )

    def current(self) -> tuple[DiscoveredTicker, ...]:
        """Return the names on the list, the first added first."""
        table = discovered_changes
        last = select(func.max(table.c.seq)).group_by(table.c.ticker)
        chosen = select(table).where(table.c.seq.in_(last), table.c.listed).order_by(table.c.seq)
        return tuple(
            DiscoveredTicker(ticker=row.ticker, run_id=row.run_id, added_at=row.at, reason=row.reason)
            for row in self._connection.execute(chosen)
        )

    def best_first(self) -> tuple[str, ...]:
        """Return the names on the list, first those ranked best in the last run, then as they joined."""
        runs, picks = discovery_runs, discovery_picks
        last = select(runs.c.run_id).order_by(runs.c.as_of.desc(), runs.c.run_id.desc()).limit(1)
        chosen = select(picks.c.ticker, picks.c.rank).where(
            picks.c.run_id == last.scalar_subquery(), picks.c.picker == ENSEMBLE
        )
        ranks = {row.ticker: row.rank for row in self._connection.execute(chosen)}
        listed = [each.ticker for each in self.current()]
        return tuple(sorted(listed, key=lambda ticker: ranks.get(ticker, len(ranks) + 1)))

    def history(self) -> tuple[DiscoveredChange, ...]:
        """Return every change, the first first, with the entry session of its run."""
        table, runs = discovered_changes, discovery_runs
        chosen = (
            select(table, runs.c.entry_session)
            .join(runs, runs.c.run_id == table.c.run_id)
            .order_by(table.c.seq)
        )
        return tuple(
            DiscoveredChange(
                entry_session=row.entry_session,
                change=ListChange(ticker=row.ticker, joined=row.listed, reason=row.reason),
            )
            for row in self._connection.execute(chosen)
        )
