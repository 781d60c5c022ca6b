"""Where a price stands against its own past, and how it got there."""

from fund.features.columns import Columns, ratio
from fund.features.cross_section import less_sector_mean
from fund.features.feature import Feature, over_windows
from fund.features.technical import decay, delay
from fund.market.view import FloatArray

ALPHA158 = "Qlib Alpha158"
JEGADEESH_TITMAN = "Jegadeesh and Titman (1993), J. of Finance 48"


def _change(c: Columns, w: int) -> FloatArray:
    return c.log_close - delay(c.log_close, w)


def _change_but_last_month(c: Columns, w: int) -> FloatArray:
    return delay(c.log_close, 21) - delay(c.log_close, w)


def _macd(c: Columns) -> FloatArray:
    line = ratio(decay(c.close, 12) - decay(c.close, 26), c.close)
    return line - decay(line, 9)


def _rsi(c: Columns, w: int) -> FloatArray:
    return ratio(c.moments("gain", w).mean, c.moments("absolute_return", w).mean)


def _bollinger(c: Columns, w: int) -> FloatArray:
    mean, std = c.moments("close", w)
    return ratio(c.close - mean, 2.0 * std)


def _rsv(c: Columns, w: int) -> FloatArray:
    low, high = c.extremes("low", w).low, c.extremes("high", w).high
    return ratio(c.close - low, high - low)


def _above_sector(c: Columns, w: int) -> FloatArray:
    return less_sector_mean(_change(c, w), c.universe.present, c.universe.sectors)


def _residual_momentum(c: Columns, w: int) -> FloatArray:
    beta = c.pair("log_return", "benchmark_return", w).slope
    return c.moments("log_return", w).mean - beta * c.moments("benchmark_return", w).mean


PRICE_FEATURES: tuple[Feature, ...] = (
    *over_windows("ROC", (1, 5, 10, 20, 60, 120, 250), "ln(C / C[-w])", ALPHA158, _change, extra=1),
    *over_windows(
        "MOM", (63, 126, 252), "ln(C[-21] / C[-w])", JEGADEESH_TITMAN, _change_but_last_month, extra=1
    ),
    *over_windows(
        "MA",
        (5, 10, 20, 60),
        "mean(C) / C",
        ALPHA158,
        lambda c, w: ratio(c.moments("close", w).mean, c.close),
    ),
    *over_windows(
        "BETA", (20, 60), "slope of ln C on time", ALPHA158, lambda c, w: c.trend("log_close", w).slope
    ),
    *over_windows(
        "RSQR",
        (20, 60),
        "R2 of ln C on time",
        ALPHA158,
        lambda c, w: c.trend("log_close", w).correlation ** 2,
    ),
    *over_windows(
        "RESI", (20, 60), "ln C less its trend line", ALPHA158, lambda c, w: c.trend("log_close", w).residual
    ),
    *over_windows(
        "MAX", (20, 60), "max(H) / C", ALPHA158, lambda c, w: ratio(c.extremes("high", w).high, c.close)
    ),
    *over_windows(
        "MIN", (20, 60), "min(L) / C", ALPHA158, lambda c, w: ratio(c.extremes("low", w).low, c.close)
    ),
    *over_windows(
        "QTLU",
        (20,),
        "80 % quantile of C / C",
        ALPHA158,
        lambda c, w: ratio(c.order("close", w).upper, c.close),
    ),
    *over_windows(
        "QTLD",
        (20,),
        "20 % quantile of C / C",
        ALPHA158,
        lambda c, w: ratio(c.order("close", w).lower, c.close),
    ),
    *over_windows(
        "RANK", (20, 60), "rank of C in its window", ALPHA158, lambda c, w: c.order("close", w).rank
    ),
    *over_windows("RSV", (20, 60), "(C - min L) / (max H - min L)", ALPHA158, _rsv),
    *over_windows(
        "IMAX", (20, 60), "age of max H / w", ALPHA158, lambda c, w: c.extremes("high", w).high_age / w
    ),
    *over_windows(
        "IMIN", (20, 60), "age of min L / w", ALPHA158, lambda c, w: c.extremes("low", w).low_age / w
    ),
    *over_windows(
        "CNTP", (20, 60), "share of days up", ALPHA158, lambda c, w: c.moments("up_day", w).mean, extra=1
    ),
    *over_windows(
        "RSI", (14,), "mean(max(r, 0)) / mean(|r|)", "Cutler's form of Wilder (1978)", _rsi, extra=1
    ),
    Feature(
        name="MACD",
        formula="(EMA12 - EMA26) / C less its EMA9, each cut off after four spans",
        source="Appel (1979)",
        window=139,
        compute=_macd,
    ),
    *over_windows("BOLL", (20,), "(C - mean C) / (2 std C)", "Bollinger (1992)", _bollinger),
    *over_windows(
        "SECTOR",
        (5, 20, 60),
        "ln(C / C[-w]) less the mean of the sector's members",
        "Moskowitz and Grinblatt (1999), J. of Finance 54",
        _above_sector,
        extra=1,
    ),
    *over_windows(
        "RESMOM",
        (60,),
        "mean(r) - beta mean(benchmark r)",
        "Blitz, Huij and Martens (2011), J. of Empirical Finance 18",
        _residual_momentum,
        extra=1,
    ),
)
