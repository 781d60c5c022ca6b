"""How a price moves with others: the market, its sector, volatility and rates."""

import numpy as np

from fund.features.columns import Columns, log
from fund.features.cross_section import less_sector_mean
from fund.features.feature import Feature, over_windows
from fund.features.technical import delay, pair
from fund.market.view import FloatArray

MOSKOWITZ = "Moskowitz and Grinblatt (1999), J. of Finance 54"


def _sector_mean(c: Columns, values: FloatArray) -> FloatArray:
    return values - less_sector_mean(values, c.universe.present, c.universe.sectors)


def _with_sector(c: Columns, w: int) -> FloatArray:
    return pair(c.log_return, _sector_mean(c, c.log_return), w).correlation


def _sector_beta(c: Columns, w: int) -> FloatArray:
    return pair(c.log_return, _sector_mean(c, c.log_return), w).slope


def _sector_change(c: Columns, w: int) -> FloatArray:
    return _sector_mean(c, c.log_close - delay(c.log_close, w))


def _relative_strength(c: Columns, w: int) -> FloatArray:
    return c.relative_strength - c.moments("relative_strength", w).mean


def _vix_beta(c: Columns, w: int) -> FloatArray:
    vix = log(c.condition("VIX"))
    return pair(c.log_return, vix - delay(vix, 1), w).slope


def _rate_beta(c: Columns, w: int) -> FloatArray:
    rate = c.condition("UST_10Y")
    return pair(delay(c.log_return, 1), rate - delay(rate, 1), w).slope


CROSS_ASSET_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "MKTBETA",
        (120, 250),
        "slope of r on the benchmark's r",
        "Sharpe (1964), J. of Finance 19",
        lambda c, w: c.pair("log_return", "benchmark_return", w).slope,
        extra=1,
    ),
    *over_windows(
        "MKTCORR",
        (20, 60, 250),
        "correlation of r and the benchmark's r",
        "Frazzini and Pedersen (2014), J. of Financial Economics 111",
        lambda c, w: c.pair("log_return", "benchmark_return", w).correlation,
        extra=1,
    ),
    *over_windows(
        "DOWNBETA",
        (60,),
        "slope of r on min(benchmark's r, 0)",
        "Ang, Chen and Xing (2006), Review of Financial Studies 19, in one regressor",
        lambda c, w: pair(c.log_return, np.minimum(c.benchmark_return, 0.0), w).slope,
        extra=1,
    ),
    *over_windows(
        "LAGBETA",
        (60,),
        "slope of r on the benchmark's r[-1]",
        "Hou and Moskowitz (2005), Review of Financial Studies 18",
        lambda c, w: pair(c.log_return, delay(c.benchmark_return, 1), w).slope,
        extra=2,
    ),
    *over_windows(
        "COSKEW",
        (60,),
        "correlation of r and the benchmark's r^2",
        "Harvey and Siddique (2000), J. of Finance 55",
        lambda c, w: pair(c.log_return, c.benchmark_return**2, w).correlation,
        extra=1,
    ),
    *over_windows(
        "RELSTRENGTH",
        (20, 60, 250),
        "x - mean(x), x = ln C less the benchmark's",
        "Levy (1967), J. of Finance 22",
        _relative_strength,
    ),
    *over_windows(
        "SECTORCORR",
        (60,),
        "correlation of r and the mean r of the sector's members",
        MOSKOWITZ,
        _with_sector,
        extra=1,
    ),
    *over_windows(
        "SECTORBETA",
        (60,),
        "slope of r on the mean r of the sector's members",
        MOSKOWITZ,
        _sector_beta,
        extra=1,
    ),
    *over_windows(
        "SECTORMOM",
        (20, 120),
        "mean of ln(C / C[-w]) of the sector's members",
        MOSKOWITZ,
        _sector_change,
        extra=1,
    ),
    *over_windows(
        "VIXBETA",
        (60,),
        "slope of r on ln(VIX / VIX[-1])",
        "Ang, Hodrick, Xing and Zhang (2006), J. of Finance 61",
        _vix_beta,
        extra=1,
    ),
    *over_windows(
        "RATEBETA",
        (60,),
        "slope of r[-1] on the change of the 10-year yield known since, which is that session's",
        "Chen, Roll and Ross (1986), J. of Business 59",
        _rate_beta,
        extra=2,
    ),
)
