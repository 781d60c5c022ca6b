"""The oscillators of technical analysis, as their authors defined them on one price scale."""

import numpy as np

from fund.features.columns import Columns, log, ratio
from fund.features.feature import Feature, over_windows
from fund.features.technical import decay, delay, deviation, extremes, moments
from fund.market.view import FloatArray

WILDER = "Wilder (1978)"


def _mean(x: FloatArray, w: int) -> FloatArray:
    return moments(x, w).mean


def _stochastic(c: Columns, w: int) -> FloatArray:
    low, high = c.extremes("low", w).low, c.extremes("high", w).high
    return ratio(c.close - low, high - low)


def _williams(c: Columns, w: int) -> FloatArray:
    low, high = c.extremes("low", w).low, c.extremes("high", w).high
    return -ratio(high - c.close, high - low)


def _typical(c: Columns) -> FloatArray:
    return (c.high + c.low + c.close) / 3.0


def _channel(c: Columns, w: int) -> FloatArray:
    typical = _typical(c)
    return ratio(typical - _mean(typical, w), 0.015 * deviation(typical, w))


def _range(c: Columns) -> FloatArray:
    """Widest of the session's range and its reach from the previous close, in index units."""
    previous = delay(c.close, 1)
    reach = np.maximum(np.abs(c.high - previous), np.abs(c.low - previous))
    return np.maximum(c.high - c.low, reach)


def _direction(c: Columns) -> FloatArray:
    """(up - down) / (up + down) of Wilder's directional movement, smoothed with a span of 27."""
    up, down = c.high - delay(c.high, 1), delay(c.low, 1) - c.low
    known = np.isfinite(up) & np.isfinite(down)
    rising = np.where(known, np.where((up > down) & (up > 0), up, 0.0), np.nan)
    falling = np.where(known, np.where((down > up) & (down > 0), down, 0.0), np.nan)
    plus, minus = decay(rising, 27), decay(falling, 27)
    return ratio(plus - minus, plus + minus)


def _aroon(c: Columns, w: int) -> FloatArray:
    return (c.extremes("low", w).low_age - c.extremes("high", w).high_age) / (w - 1)


def _ultimate(c: Columns) -> FloatArray:
    bottom = np.minimum(c.low, delay(c.close, 1))
    pressure, reach = c.close - bottom, _range(c)
    parts = [ratio(_mean(pressure, w), _mean(reach, w)) for w in (7, 14, 28)]
    return (4.0 * parts[0] + 2.0 * parts[1] + parts[2]) / 7.0


def _choppiness(c: Columns, w: int) -> FloatArray:
    reach = c.extremes("high", w).high - c.extremes("low", w).low
    return log(ratio(_mean(_range(c), w) * w, reach)) / float(np.log(w))


def _vortex(c: Columns, w: int) -> FloatArray:
    up = _mean(np.abs(c.high - delay(c.low, 1)), w)
    down = _mean(np.abs(c.low - delay(c.high, 1)), w)
    return ratio(up - down, _mean(_range(c), w))


def _keltner(c: Columns, w: int) -> FloatArray:
    return ratio(c.close - decay(c.close, w), 2.0 * _mean(_range(c), 10))


def _macd_line(c: Columns) -> FloatArray:
    return ratio(decay(c.close, 12) - decay(c.close, 26), c.close)


def _rsi(c: Columns, w: int) -> FloatArray:
    return ratio(c.moments("gain", w).mean, c.moments("absolute_return", w).mean)


def _fast_rsi(c: Columns, w: int) -> FloatArray:
    index = _rsi(c, w)
    low, high = extremes(index, w).low, extremes(index, w).high
    return ratio(index - low, high - low)


OSCILLATOR_FEATURES: tuple[Feature, ...] = (
    *over_windows("STOCH", (14,), "(C - min L) / (max H - min L), %K", "Lane (1984)", _stochastic),
    Feature(
        name="STOCHD14",
        formula="mean of STOCH14 over 3 sessions, %D",
        source="Lane (1984)",
        window=16,
        compute=lambda c: _mean(_stochastic(c, 14), 3),
    ),
    *over_windows("WILLR", (10,), "-(max H - C) / (max H - min L)", "Williams (1973)", _williams),
    *over_windows(
        "CCI",
        (20,),
        "(P - mean P) / (0.015 mean(|P - mean P|)), P = (H + L + C) / 3",
        "Lambert (1980)",
        _channel,
    ),
    Feature(
        name="DMI14",
        formula="(DM+ - DM-) / (DM+ + DM-), each an EMA of span 27 that is cut off after four spans",
        source=WILDER,
        window=109,
        compute=_direction,
    ),
    Feature(
        name="ADX14",
        formula="EMA of |DMI14| of span 27, cut off after four spans",
        source=WILDER,
        window=216,
        compute=lambda c: decay(np.abs(_direction(c)), 27),
    ),
    *over_windows("AROON", (25,), "(age of min L - age of max H) / (w - 1)", "Chande (1995)", _aroon),
    Feature(
        name="ULTIMATE",
        formula="(4 U7 + 2 U14 + U28) / 7, Uw = sum(C - min(L, C[-1])) / sum(true range)",
        source="Williams (1985)",
        window=29,
        compute=_ultimate,
    ),
    *over_windows(
        "CHOP", (14,), "ln(sum(true range) / (max H - min L)) / ln w", "Dreiss (1993)", _choppiness, extra=1
    ),
    *over_windows(
        "VORTEX",
        (14,),
        "(sum|H - L[-1]| - sum|L - H[-1]|) / sum(true range)",
        "Botes and Siepman (2010)",
        _vortex,
        extra=1,
    ),
    Feature(
        name="KELTNER20",
        formula="(C - EMA(C) of span 20) / (2 mean(true range) over 10 sessions)",
        source="Keltner (1960), in Raschke's form",
        window=80,
        compute=lambda c: _keltner(c, 20),
    ),
    Feature(
        name="MACDLINE",
        formula="(EMA12 - EMA26) / C, each cut off after four spans",
        source="Appel (1979)",
        window=104,
        compute=_macd_line,
    ),
    *over_windows(
        "RSI", (3, 28), "mean(max(r, 0)) / mean(|r|)", "Cutler's form of Wilder (1978)", _rsi, extra=1
    ),
    Feature(
        name="STOCHRSI14",
        formula="(R - min R) / (max R - min R) over 14 sessions, R = RSI14",
        source="Chande and Kroll (1994)",
        window=28,
        compute=lambda c: _fast_rsi(c, 14),
    ),
)
