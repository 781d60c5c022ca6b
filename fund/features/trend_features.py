"""Where a price is going, how steadily, and what it did at the same time of the year."""

import numpy as np

from fund.features.columns import Columns, ratio
from fund.features.feature import Feature, over_windows
from fund.features.technical import decay, delay, moments, pair
from fund.market.view import FloatArray


def _change(c: Columns, w: int) -> FloatArray:
    return c.log_close - delay(c.log_close, w)


def _acceleration(c: Columns, w: int) -> FloatArray:
    return _change(c, w) - delay(_change(c, w), w)


def _continuity(c: Columns, w: int) -> FloatArray:
    signs = moments(np.sign(c.log_return), w).mean
    return -np.sign(_change(c, w)) * signs


def _efficiency(c: Columns, w: int) -> FloatArray:
    moved = moments(np.abs(c.close - delay(c.close, 1)), w).mean * w
    return ratio(np.abs(c.close - delay(c.close, w)), moved)


def _variance_ratio(c: Columns, w: int) -> FloatArray:
    long = moments(_change(c, 5), w).std ** 2
    return ratio(long, 5.0 * c.moments("log_return", w).std ** 2)


def _season(c: Columns) -> FloatArray:
    return delay(c.log_close, 231) - delay(c.log_close, 252)


def _trix(c: Columns, w: int) -> FloatArray:
    smooth = decay(decay(decay(c.log_close, w), w), w)
    return smooth - delay(smooth, 1)


TREND_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "ACCEL",
        (20, 60),
        "ln(C / C[-w]) - ln(C[-w] / C[-2w])",
        "Gettleman and Marks (2006)",
        _acceleration,
        spans=2,
        extra=1,
    ),
    *over_windows(
        "DISCRETE",
        (60, 250),
        "sign(ln(C / C[-w])) (share of days down - share of days up)",
        "Da, Gurun and Warachka (2014), Review of Financial Studies 27",
        _continuity,
        extra=1,
    ),
    *over_windows(
        "STEADY",
        (60, 250),
        "mean(r) / std(r)",
        "Sharpe (1966), J. of Business 39",
        lambda c, w: ratio(c.moments("log_return", w).mean, c.moments("log_return", w).std),
        extra=1,
    ),
    *over_windows(
        "EFFICIENCY", (10, 20), "|C - C[-w]| / sum(|C - C[-1]|)", "Kaufman (1995)", _efficiency, extra=1
    ),
    *over_windows(
        "AUTOCORR",
        (60,),
        "correlation of r and r[-1]",
        "Lo and MacKinlay (1990), Review of Financial Studies 3",
        lambda c, w: pair(c.log_return, delay(c.log_return, 1), w).correlation,
        extra=2,
    ),
    *over_windows(
        "VARRATIO",
        (60,),
        "var(ln(C / C[-5])) / (5 var(r))",
        "Lo and MacKinlay (1988), Review of Financial Studies 1",
        _variance_ratio,
        extra=5,
    ),
    Feature(
        name="SEASON",
        formula="ln(C[-231] / C[-252])",
        source="Heston and Sadka (2008), J. of Financial Economics 87",
        window=253,
        compute=_season,
    ),
    *over_windows(
        "EMA",
        (10, 50),
        "EMA(C) / C of span w, cut off after four",
        "Hunter (1986), J. of Quality Technology 18",
        lambda c, w: ratio(decay(c.close, w), c.close),
        spans=4,
    ),
    Feature(
        name="CROSS",
        formula="mean(C) over 50 sessions / mean(C) over 200",
        source="Brock, Lakonishok and LeBaron (1992), J. of Finance 47",
        window=200,
        compute=lambda c: ratio(c.moments("close", 50).mean, c.moments("close", 200).mean),
    ),
    Feature(
        name="TRIX15",
        formula="change of ln C, smoothed three times with span 15, each cut off after four spans",
        source="Hutson (1983), Stocks & Commodities 1",
        window=179,
        compute=lambda c: _trix(c, 15),
    ),
)
