"""Bars of one delivery joined to the ones that are known: which came before which, and what is new."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.market.actions import BoolArray, IntArray
from fund.market.history import History
from fund.market.quality import BarTable
from fund.market.view import FloatArray

COLUMNS = ("session", "open", "high", "low", "close", "volume")
_DAYS = np.int64(1) << 20
"""More days than a calendar has: a bar's key is its ticker's place times this, plus its day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Known bars and fresh ones, by ticker and session; a fresh one is not also known."""

    bars: BarTable
    fresh: BoolArray
    place: IntArray
    """Row of each bar in the table it came from."""
    key: IntArray
    """The number of each bar's ticker and session, ascending."""

    @property
    def follows(self) -> BoolArray:
        """Where a bar has one of the same ticker before it."""
        column = self.bars.column
        after = np.zeros(len(column), dtype=bool)
        after[1:] = column[1:] == column[:-1]
        return after

    def moved(self) -> FloatArray:
        """Return each close over the one before it, 1 where there is none before."""
        close = self.bars.close
        ratio = np.ones(len(close))
        ratio[1:] = close[1:] / close[:-1]
        return np.where(self.follows, ratio, 1.0)

    def first_from(self, ticker: str, day: date) -> int | None:
        """Return the row of a ticker's first bar on or after a day, None where there is none."""
        row, place = self._row_from(ticker, day)
        return row if row < len(self.key) and self.bars.column[row] == place else None

    def close_before(self, ticker: str, day: date) -> float | None:
        """Return a ticker's last close before a day, None where there is none."""
        row, place = self._row_from(ticker, day)
        return float(self.bars.close[row - 1]) if row and self.bars.column[row - 1] == place else None

    def _row_from(self, ticker: str, day: date) -> tuple[int, int]:
        tickers = self.bars.tickers
        place = bisect_left(tickers, ticker)
        if place == len(tickers) or tickers[place] != ticker:
            return 0, -1
        since = np.int64(place) * _DAYS + np.datetime64(day, "D").astype(np.int64)
        return int(np.searchsorted(self.key, since)), place

    def of_fresh(self, where: BoolArray, count: int) -> BoolArray:
        """Return a mask over the run as one over the fresh table of `count` bars."""
        mask = np.zeros(count, dtype=bool)
        mask[self.place[where & self.fresh]] = True
        return mask


def no_bars() -> BarTable:
    """Return a table without a bar."""
    none = np.empty(0)
    return BarTable(
        tickers=(),
        column=np.empty(0, dtype=np.int64),
        session=np.empty(0, dtype="datetime64[D]"),
        open=none,
        high=none,
        low=none,
        close=none,
        volume=none,
    )


def bars_of(history: History, tickers: Sequence[str], first: int, last: int) -> BarTable:
    """Return the bars of some tickers in the rows `first` to `last` (excluded) of a history."""
    panel = history.panel
    known = tuple(sorted(ticker for ticker in tickers if ticker in history.bars.column))
    columns = np.array([history.bars.column[ticker] for ticker in known], dtype=np.int64)
    rows = slice(first, last)
    row, column = np.nonzero(history.bars.has_bar[rows][:, columns])
    days = np.array(panel.sessions[rows], dtype="datetime64[D]")
    prices = {name: getattr(panel, name)[rows][:, columns][row, column] for name in COLUMNS[1:]}
    return BarTable(tickers=known, column=column.astype(np.int64), session=days[row], **prices)


def on_one_list(first: BarTable, second: BarTable) -> tuple[BarTable, BarTable]:
    """Return two tables whose columns count in the same list of tickers."""
    tickers = tuple(sorted({*first.tickers, *second.tickers}))
    place = {ticker: row for row, ticker in enumerate(tickers)}
    return _renamed(first, tickers, place), _renamed(second, tickers, place)


def keys(table: BarTable) -> IntArray:
    """Return a number for each bar's ticker and session, comparable within one list of tickers."""
    found: IntArray = table.column * _DAYS + table.session.astype(np.int64)
    return found


def matches(fresh: BarTable, known: BarTable, shift: int = 0) -> IntArray:
    """Return the row of the known bar of each fresh one's ticker and session, -1 where there is none.

    Both tables count in one list of tickers; `shift` looks at the known bar so many bars later.
    """
    order = np.argsort(keys(known), kind="stable")
    of_known, wanted = keys(known)[order], keys(fresh)
    if not len(of_known):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(of_known, wanted), len(order) - 1)
    found = of_known[at] == wanted
    moved = np.clip(at + shift, 0, len(order) - 1)
    found &= known.column[order[moved]] == fresh.column
    found &= (at + shift >= 0) & (at + shift < len(order))
    places: IntArray = np.where(found, order[moved], -1)
    return places


def run_of(fresh: BarTable, known: BarTable) -> Run:
    """Return both tables as one run; they count in one list of tickers and share no bar."""
    columns = {
        name: np.concatenate([getattr(known, name), getattr(fresh, name)]) for name in ("column", *COLUMNS)
    }
    bars = BarTable(tickers=fresh.tickers, **columns)
    order = np.lexsort((bars.session, bars.column))
    place = np.concatenate([np.arange(len(known)), np.arange(len(fresh))])
    sorted_bars = BarTable(tickers=fresh.tickers, **{name: each[order] for name, each in columns.items()})
    return Run(
        bars=sorted_bars,
        key=keys(sorted_bars),
        fresh=order >= len(known),
        place=place[order],
    )


def _renamed(table: BarTable, tickers: tuple[str, ...], place: dict[str, int]) -> BarTable:
    columns = {name: getattr(table, name) for name in COLUMNS}
    new = np.array([place[ticker] for ticker in table.tickers], dtype=np.int64)
    column = new[table.column] if len(table) else np.empty(0, dtype=np.int64)
    return BarTable(tickers=tickers, column=column, **columns)
