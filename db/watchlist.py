"""Names the owner watches: every change with who and when, the list as it stands by the last of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from db.ledger_rows import aware
from db.owner_tables import watchlist_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedTicker:
    """A name on the list, who put it there and when."""

    ticker: str
    added_by: str
    added_at: datetime


class Watchlist:
    """The list over one connection; nothing is ever taken out of its past."""

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
