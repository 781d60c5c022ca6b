"""The bars of a panel by ticker: which came last before a session, and their prices as money."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from fund.errors import DataError
from fund.market.actions import IntArray
from fund.market.bars import Bar, to_price
from fund.market.panel import BarPanel
from fund.market.view import FloatArray

REMEMBERED = 60_000
"""Bars kept as money: a few hundred sessions of a whole watchlist, some 50 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One ticker's bars without the gaps; arrays of equal length, oldest first."""

    rows: IntArray
    """Row of each bar in the panel."""
    index: FloatArray
    """Total-return index."""
    volume: FloatArray
    """Shares of the first bar: raw volume over the splits so far."""
    split_factor: FloatArray
    true_range: FloatArray
    """USD a share of the first bar, against the close before it net of dividends."""


class BarIndex:
    """Lookups over one panel; what is costly is computed once per ticker and remembered."""

    def __init__(self, panel: BarPanel, split_factor: FloatArray) -> None:
        has_bar = np.isfinite(panel.close)
        self.panel = panel
        self.column = {ticker: place for place, ticker in enumerate(panel.tickers)}
        self.has_bar = has_bar
        self.first_row = np.where(has_bar.any(axis=0), has_bar.argmax(axis=0), len(panel.sessions))
        self._split_factor = split_factor
        self._series: dict[int, Series] = {}
        self._bars: dict[tuple[int, int], Bar] = {}

    def series(self, column: int) -> Series:
        """Return a ticker's bars without the gaps."""
        found = self._series.get(column)
        if found is None:
            rows = np.flatnonzero(self.has_bar[:, column])
            factor = self._split_factor[rows, column]
            index = _read_only(self.panel.total_return_index[rows, column])
            found = self._series[column] = Series(
                rows=rows,
                index=index,
                volume=self.panel.volume[rows, column] / factor,
                split_factor=factor,
                true_range=self._true_range(rows, column, index) * factor,
            )
        return found

    def _true_range(self, rows: IntArray, column: int, index: FloatArray) -> FloatArray:
        """Return the true range of each bar in its own shares; the first has its high and low only."""
        high, low = self.panel.high[rows, column], self.panel.low[rows, column]
        before = self.panel.close[rows[1:], column] * (index[:-1] / index[1:])
        high[1:], low[1:] = np.maximum(high[1:], before), np.minimum(low[1:], before)
        reach: FloatArray = high - low
        return reach

    def bar(self, row: int, column: int) -> Bar:
        """Return one bar as money."""
        bar = self._bars.get((row, column))
        if bar is None:
            if len(self._bars) >= REMEMBERED:
                self._bars.clear()
            bar = self._bars[row, column] = self._make_bar(row, column)
        return bar

    def _make_bar(self, row: int, column: int) -> Bar:
        panel, at = self.panel, (row, column)
        ticker, session = panel.tickers[column], panel.sessions[row]
        return Bar(
            ticker=ticker,
            session=session,
            open=_money(panel.open[at], ticker, session),
            high=_money(panel.high[at], ticker, session),
            low=_money(panel.low[at], ticker, session),
            close=_money(panel.close[at], ticker, session),
            volume=int(panel.volume[at]),
        )


@dataclass(frozen=True, slots=True)
class SessionBars(Mapping[str, Bar]):
    """All bars of one session by ticker; a bar becomes money when it is asked for."""

    index: BarIndex
    row: int

    def __getitem__(self, ticker: str) -> Bar:
        column = self.index.column[ticker]
        if not self.index.has_bar[self.row, column]:
            raise KeyError(ticker)
        return self.index.bar(self.row, column)

    def __iter__(self) -> Iterator[str]:
        tickers = self.index.panel.tickers
        return (tickers[column] for column in np.flatnonzero(self.index.has_bar[self.row]))

    def __len__(self) -> int:
        return int(self.index.has_bar[self.row].sum())


def _money(value: np.float64, ticker: str, session: date) -> Decimal:
    price = to_price(float(value))
    if not price:
        raise DataError(
            f"expected a price of at least 0.0001 USD, found {float(value)!r} for {ticker} on {session}; "
            "quarantine the bar"
        )
    return price


def _read_only(array: FloatArray) -> FloatArray:
    array.setflags(write=False)
    return array
