"""What a bar must be before it may be believed, and which opens must not be filled at."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fund.market.actions import BoolArray, IntArray
from fund.market.bars import Bar
from fund.market.calendar import SessionCalendar
from fund.market.facts import CorporateAction
from fund.market.finding import Finding as Finding
from fund.market.finding import FindingKind
from fund.market.panel import BarPanel
from fund.market.view import FloatArray

SUSPECT_MOVE = 0.08
"""An open that equals the previous close on a day that moved more than this was not observed."""

JUMP = 0.5
"""A close that moves more than this overnight, without an action, is worth a person's look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarTable:
    """Bars as parallel columns of equal length, in no particular order; raw USD and shares."""

    tickers: tuple[str, ...]
    """The distinct tickers, sorted."""
    column: NDArray[np.int64]
    """Place of each bar's ticker in `tickers`."""
    session: NDArray[np.datetime64]
    """datetime64[D]; for intraday bars datetime64[us], the UTC moment each begins."""
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    def __len__(self) -> int:
        return len(self.column)

    @classmethod
    def of(cls, bars: Iterable[Bar]) -> Self:
        """Return a table of some bars: how a feed hands over what it read."""
        rows = tuple(bars)
        tickers = tuple(sorted({bar.ticker for bar in rows}))
        column_of = {ticker: column for column, ticker in enumerate(tickers)}
        return cls(
            tickers=tickers,
            column=np.array([column_of[bar.ticker] for bar in rows], dtype=np.int64),
            session=np.array([bar.session for bar in rows], dtype="datetime64[D]"),
            open=np.array([float(bar.open) for bar in rows]),
            high=np.array([float(bar.high) for bar in rows]),
            low=np.array([float(bar.low) for bar in rows]),
            close=np.array([float(bar.close) for bar in rows]),
            volume=np.array([float(bar.volume) for bar in rows]),
        )

    def sorted(self) -> Self:
        """Return the bars by ticker, then session."""
        return self._take(np.lexsort((self.session, self.column)))

    def where(self, keep: BoolArray) -> Self:
        """Return the bars whose place in `keep` is true."""
        return self._take(np.flatnonzero(keep))

    def _take(self, places: IntArray) -> Self:
        columns = (each.name for each in fields(self) if each.name != "tickers")
        return replace(self, **{name: getattr(self, name)[places] for name in columns})


def check_bars(
    table: BarTable,
    calendar: SessionCalendar | None,
    actions: Iterable[CorporateAction] = (),
) -> tuple[BarTable, tuple[Finding, ...]]:
    """Return the bars that may be believed, sorted by ticker and session, and what was found.

    Left out are bars with a price that is missing, not finite or not positive, prices out of order
    (low <= open, close <= high), negative or missing volume, a day the exchange was closed, and every
    bar of a ticker and session that is told twice with different values; of identical repeats one stays.
    A close that jumps more than `JUMP` from the previous bar without an action in between
    is kept and reported. Without a calendar (intraday bars, currencies) no day counts as closed.
    """
    table = table.sorted()
    twin, conflict = _duplicates(table)
    verdicts: tuple[tuple[FindingKind, BoolArray], ...] = (
        ("bad_price", ~_good_prices(table)),
        ("price_order", _good_prices(table) & ~_ordered_prices(table)),
        ("negative_volume", ~(table.volume >= 0)),
        ("no_session", ~_on_session(table, calendar)),
        ("duplicate", conflict),
        ("repeat", twin & ~conflict),
    )
    findings = [finding for kind, wrong in verdicts for finding in findings_of(table, kind, wrong)]
    bad: BoolArray = np.logical_or.reduce([wrong for _, wrong in verdicts])
    kept = table.where(~bad)
    findings += findings_of(kept, "jump", _jumps(kept, actions))
    return kept, tuple(findings)


def suspect_opens(panel: BarPanel) -> BoolArray:
    """Return where a bar opens exactly at the previous close on a day that moved more than 8 %, [T, N].

    Such an open was carried over, not observed: the real one was elsewhere, so no order may be filled
    at it. It takes the day's own close to see it, so it is for the broker, never for a decision.
    """
    previous = _previous_close(panel.close)
    with np.errstate(invalid="ignore"):
        moved = np.abs(panel.close / previous - 1.0) > SUSPECT_MOVE
        suspect: BoolArray = moved & (panel.open == previous)
    return suspect


def _previous_close(close: FloatArray) -> FloatArray:
    rows = np.arange(len(close))[:, None]
    latest = np.maximum.accumulate(np.where(np.isfinite(close), rows, 0), axis=0)
    carried = np.take_along_axis(close, latest, axis=0)
    return np.vstack([np.full((1, close.shape[1]), np.nan), carried[:-1]])


def _good_prices(table: BarTable) -> BoolArray:
    prices = np.vstack([table.open, table.high, table.low, table.close])
    good: BoolArray = np.logical_and.reduce(np.isfinite(prices) & (prices > 0), axis=0)
    return good


def _ordered_prices(table: BarTable) -> BoolArray:
    above = table.high >= np.maximum(table.open, table.close)
    below = table.low <= np.minimum(table.open, table.close)
    ordered: BoolArray = above & below
    return ordered


def _on_session(table: BarTable, calendar: SessionCalendar | None) -> BoolArray:
    if calendar is None:
        return np.ones(len(table), dtype=bool)
    sessions = np.array(calendar.sessions(calendar.first, calendar.last), dtype="datetime64[D]")
    return np.isin(table.session, sessions)


def _duplicates(table: BarTable) -> tuple[BoolArray, BoolArray]:
    """Return which bars of a sorted table repeat the one before, and which belong to a conflicting key."""
    repeat = np.zeros(len(table), dtype=bool)
    repeat[1:] = (table.column[1:] == table.column[:-1]) & (table.session[1:] == table.session[:-1])
    values = np.vstack([table.open, table.high, table.low, table.close, table.volume])
    differs = repeat.copy()
    differs[1:] &= ~(values[:, 1:] == values[:, :-1]).all(axis=0)
    key = np.cumsum(~repeat)
    return repeat, np.isin(key, key[differs])


def _jumps(table: BarTable, actions: Iterable[CorporateAction]) -> BoolArray:
    same = np.zeros(len(table), dtype=bool)
    same[1:] = table.column[1:] == table.column[:-1]
    previous = np.roll(table.close, 1)
    moved = same & (np.abs(table.close / previous - 1.0) > JUMP)
    explained = {(action.ticker, action.ex_date) for action in actions}
    for row in np.flatnonzero(moved):
        moved[row] = not _explained(table, int(row), explained)
    return moved


def _explained(table: BarTable, row: int, actions: Collection[tuple[str, date]]) -> bool:
    ticker = table.tickers[table.column[row]]
    after, until = (day.astype(object) for day in table.session[row - 1 : row + 1])
    return any(who == ticker and after < day <= until for who, day in actions)


def findings_of(table: BarTable, kind: FindingKind, wrong: BoolArray) -> list[Finding]:
    """Return one finding for each bar that is wrong, with its figures."""
    return [
        Finding(
            kind=kind,
            ticker=table.tickers[table.column[row]],
            session=table.session[row].astype(object),
            detail=_detail(table, int(row)),
        )
        for row in np.flatnonzero(wrong)
    ]


def _detail(table: BarTable, row: int) -> str:
    names = ("open", "high", "low", "close", "volume")
    return ", ".join(f"{name} {float(getattr(table, name)[row])!r}" for name in names)
