"""The loops behind candles, prices and past closes of Alpha158; importing this file loads the compiler."""

import numpy as np
from numpy.typing import NDArray

from fund.features.compiling import compiled, inlined

Array = NDArray[np.float64]
Single = NDArray[np.float32]

TINY = 1e-12
PAD = 60
PAST = (5, 10, 20, 30, 60)

OPEN, HIGH, LOW, CLOSE, VOLUME, VWAP = range(6)
BODY, WIDTH, UPPER, LOWER, SHIFT, GRAIN = range(6, 12)
QUOTIENTS = np.array(
    (
        (BODY, OPEN),
        (WIDTH, OPEN),
        (BODY, GRAIN),
        (UPPER, OPEN),
        (UPPER, GRAIN),
        (LOWER, OPEN),
        (LOWER, GRAIN),
        (SHIFT, OPEN),
        (SHIFT, GRAIN),
        (OPEN, CLOSE),
        (HIGH, CLOSE),
        (LOW, CLOSE),
        (VWAP, CLOSE),
    )
)
"""What is divided by what, a feature a row."""


@inlined
def clean(bars: Array, j: int, typical: bool) -> None:
    """Make what is no price or volume NaN, in place; a session without a close has no bar at all."""
    close = bars[CLOSE, j]
    for row in (CLOSE, OPEN, HIGH, LOW, VOLUME, VWAP):
        column, untraded = bars[row, j], row == VOLUME
        for i in range(column.shape[0]):
            value = column[i]
            known = (value > 0.0) | ((value == 0.0) & untraded)
            column[i] = value if known & (value < np.inf) & (close[i] > 0.0) else np.nan
    if typical:
        for i in range(close.shape[0]):
            bars[VWAP, j, i] = (bars[HIGH, j, i] + bars[LOW, j, i] + close[i]) / 3.0


@inlined
def shapes(parts: Array, bars: Array, j: int) -> None:
    """The bars and their body, range, shadows and shift; GRAIN is the range and a grain."""
    for row in range(6):
        for i in range(parts.shape[1]):
            parts[row, i] = bars[row, j, i]
    for i in range(parts.shape[1]):
        opened, high, low, close = parts[OPEN, i], parts[HIGH, i], parts[LOW, i], parts[CLOSE, i]
        body = close - opened
        nothing = body - body
        parts[BODY, i] = body
        parts[WIDTH, i] = high - low
        parts[UPPER, i] = high - (opened if body < 0.0 else close) + nothing
        parts[LOWER, i] = (close if body < 0.0 else opened) - low + nothing
        parts[SHIFT, i] = 2.0 * close - high - low
        parts[GRAIN, i] = high - low + TINY


@compiled
def candles(bars: Array, typical: bool, out: Single, lanes: int) -> None:
    """Clean `bars` in place, then write the first 18 features: candles, prices, past closes."""
    long, kept, pad = bars.shape[2], bars.shape[2] - out.shape[2], PAD * lanes
    parts, past = np.empty((12, long)), np.full(pad + long, np.nan)
    for j in range(bars.shape[1]):
        clean(bars, j, typical)
        shapes(parts, bars, j)
        for i in range(long):
            past[pad + i] = parts[CLOSE, i]
        for feature in range(18):
            if feature < 13:
                part, whole = parts[QUOTIENTS[feature, 0], kept:], parts[QUOTIENTS[feature, 1], kept:]
            else:
                ago = PAST[feature - 13] * lanes
                part, whole = past[pad + kept - ago : past.shape[0] - ago], parts[CLOSE, kept:]
            row = out[feature, j]
            for i in range(row.shape[0]):
                row[i] = part[i] / whole[i]
