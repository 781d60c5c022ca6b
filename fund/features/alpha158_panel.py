"""The 158 features of Qlib's Alpha158 in bulk: all names and sessions, or the last session alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.alpha158_steps import steps
from fund.market.view import FloatArray

SESSIONS = 61
"""Sessions the features of one session are made of: sixty and the one before."""
COUNT = 158
LANES = 64
"""Names side by side, at most, where the last session alone is asked for: a step takes several at once."""

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedBars:
    """[T, N] bars on one scale: prices times a factor, shares over it; NaN where there is none.

    What is no price (not positive, infinite) or no number of shares counts as missing, and a session without
    a close as one without a bar. Shapes that differ raise `DataError`.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    """Shares, adjusted inversely to the prices."""
    vwap: FloatArray | None = None
    """Volume-weighted average price of the session; without it (H + L + C) / 3 stands for it."""

    def __post_init__(self) -> None:
        for name in _COLUMNS:
            found = getattr(self, name)
            if found is None:
                continue
            if found.ndim != 2 or found.shape != self.close.shape:
                raise DataError(
                    f"expected {name} as [sessions, names] of the closes' shape {self.close.shape!r}, "
                    f"found {found.shape!r}; align the columns"
                )


def alpha158(bars: AdjustedBars, *, last: int | None = None) -> Single:
    """Return [158, N, T], the features in the order of `ALPHA158`, of the `last` sessions only if given.

    NaN where a value is not defined. A value depends on at most 61 sessions and on nothing else, to the bit.
    Fewer than one session asked for raises `DataError`.
    """
    if last is not None and last < 1:
        raise DataError(
            f"expected one session or more, found last = {last!r}; ask for 1, or for all with None"
        )
    from fund.features.alpha158_candles import candles
    from fund.features.alpha158_order import last_order, order
    from fund.features.alpha158_windows import extremes, spreads, ups_and_downs

    sessions, names = bars.close.shape
    if sessions == 0:
        return np.empty((COUNT, names, 0), dtype=np.float32)
    kept = sessions if last is None else min(last, sessions)
    given = _rows(bars, lanes := _lanes(names) if kept == 1 else 1)
    out = np.empty((COUNT, given.shape[1], kept * lanes), dtype=np.float32)
    merges = steps(sessions, kept, lanes)
    candles(given, bars.vwap is None, out, lanes)
    spreads(given, out, lanes, merges)
    ups_and_downs(given, out, lanes, merges)
    extremes(given, out, lanes, merges)
    if kept == 1:
        last_order(given, out, lanes)
    else:
        order(given, out)
    return out.reshape(COUNT, -1, kept)[:, :names]


def _lanes(names: int) -> int:
    """Return how many names stand side by side, about as many in every row."""
    return -(-names // max(-(-names // LANES), 1)) or 1


def _rows(bars: AdjustedBars, lanes: int) -> FloatArray:
    """Return [6, rows, T x lanes]: names in rows, `lanes` of them side by side; the last row is filled up."""
    sessions, names = bars.close.shape
    count = -(-names // lanes)
    given = np.empty((6, count, sessions, lanes))
    for at, name in enumerate(_COLUMNS):
        column = getattr(bars, name)
        if column is None:
            continue
        for row in range(count) if lanes > 1 else ():
            some = column[:, row * lanes : (row + 1) * lanes]
            given[at, row, :, : some.shape[1]] = some
            given[at, row, :, some.shape[1] :] = np.nan
        if lanes == 1:
            given[at, :, :, 0] = column.T
    return given.reshape(6, count, sessions * lanes)


def last_alpha158(bars: AdjustedBars) -> Single:
    """Return [158, N]: the last session's features, equal to the bit to the last of all of them.

    Only the last 61 sessions are read.
    """
    recent = AdjustedBars(
        open=bars.open[-SESSIONS:],
        high=bars.high[-SESSIONS:],
        low=bars.low[-SESSIONS:],
        close=bars.close[-SESSIONS:],
        volume=bars.volume[-SESSIONS:],
        vwap=None if bars.vwap is None else bars.vwap[-SESSIONS:],
    )
    return alpha158(recent, last=1)[:, :, 0]


_COLUMNS = ("open", "high", "low", "close", "volume", "vwap")
