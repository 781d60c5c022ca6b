"""What a suggested name returned afterwards, and what the universe returned meanwhile."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from fund.errors import DataError
from fund.market.calendar import SessionCalendar
from fund.market.history import History
from fund.market.view import FloatArray

HORIZONS = (1, 5, 20)
"""Sessions after which a suggestion is looked back upon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardReturn:
    """The total return of one name from the entry's open to the exit's close, before costs."""

    value: float | None
    """None where it could not be bought."""
    why: str = ""
    """What was in the way, or that the series ended early; empty where nothing was."""
    price: float | None = None
    """Raw open of the entry, USD."""


def entry_after(calendar: SessionCalendar, as_of: datetime) -> date:
    """Return the session whose open is the first after a moment: the first price that can still be had."""
    session = calendar.next_session(calendar.last_closed(as_of))
    while calendar.open_at(session) <= as_of:
        session = calendar.next_session(session)
    return session


def exit_of(calendar: SessionCalendar, entry: date, horizon_sessions: int) -> date:
    """Return the session at whose close so many sessions have been held, the entry's own among them."""
    if horizon_sessions < 1:
        raise DataError(f"expected a horizon of at least 1 session, found {horizon_sessions!r}")
    return calendar.shift(entry, horizon_sessions - 1)


def forward_returns(
    history: History, tickers: Iterable[str], entry: date, exit_session: date
) -> Mapping[str, ForwardReturn]:
    """Return what each name returned from the open of `entry` to the close of `exit_session`.

    Dividends are reinvested on their ex-date. A name without a bar at the entry, or whose open there was
    carried over, could not be bought. One whose series ends before the exit counts with its last close: a
    company that was taken over, or failed, does not vanish from the record.

    Raises `DataError` for sessions that the history does not have: nothing is known about them yet.
    """
    first, last = _row(history, entry), _row(history, exit_session)
    if last < first:
        raise DataError(f"expected an exit on or after {entry}, found {exit_session}")
    panel, found = history.panel, {}
    for ticker in sorted(set(tickers)):
        column = history.bars.column.get(ticker)
        if column is None or not np.isfinite(panel.open[first, column]):
            found[ticker] = ForwardReturn(value=None, why=f"no bar on {entry}")
            continue
        if history.suspect(ticker, entry):
            found[ticker] = ForwardReturn(value=None, why=f"no open was observed on {entry}")
            continue
        span = slice(first, last + 1)
        index = panel.total_return_index[span, column]
        known = np.flatnonzero(np.isfinite(index))
        opened = float(panel.open[first, column])
        value = float(index[known[-1]] / index[0] * panel.close[first, column] / opened - 1)
        ended = (
            ""
            if known[-1] == last - first
            else f"its last bar before the exit is of {panel.sessions[first + int(known[-1])]}"
        )
        found[ticker] = ForwardReturn(value=value, why=ended, price=opened)
    return found


def mean_return(returns: Mapping[str, ForwardReturn]) -> tuple[float | None, int]:
    """Return the equal-weight mean of those that could be bought, and how many they were."""
    known: FloatArray = np.array([each.value for each in returns.values() if each.value is not None])
    return (float(known.mean()) if len(known) else None), len(known)


def _row(history: History, session: date) -> int:
    sessions = history.panel.sessions
    row = bisect_right(sessions, session) - 1
    if row < 0 or sessions[row] != session:
        raise DataError(f"expected a session with bars, found {session}; wait until its bars are known")
    return row
