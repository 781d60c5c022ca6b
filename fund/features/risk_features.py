"""How far a price moves, with the market and without it."""

import numpy as np

from fund.features.columns import Columns, ratio
from fund.features.feature import Feature, over_windows
from fund.market.view import FloatArray

ALPHA158 = "Qlib Alpha158"


def root_mean(c: Columns, series: str, w: int) -> FloatArray:
    """Return the root of the rolling mean of a variance, 0 where rounding leaves it below."""
    return np.sqrt(np.maximum(c.moments(series, w).mean, 0.0))


def yang_zhang(c: Columns, w: int) -> FloatArray:
    """Return the volatility of gaps, bodies and ranges together, which drift does not touch."""
    share = 0.34 / (1.34 + (w + 1.0) / (w - 1.0))
    overnight = c.moments("log_gap", w).std ** 2
    daytime = c.moments("log_body", w).std ** 2
    drift_free = np.maximum(c.moments("rogers_satchell", w).mean, 0.0)
    return np.sqrt(overnight + share * daytime + (1.0 - share) * drift_free)


def _volatility_ratio(c: Columns) -> FloatArray:
    return ratio(c.moments("log_return", 10).std, c.moments("log_return", 60).std)


RISK_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "VOL", (10, 20, 60), "std(r)", "close to close", lambda c, w: c.moments("log_return", w).std, extra=1
    ),
    *over_windows(
        "PARK",
        (20,),
        "sqrt(mean(ln(H / L)^2 / (4 ln 2)))",
        "Parkinson (1980), J. of Business 53",
        lambda c, w: root_mean(c, "parkinson", w),
    ),
    *over_windows(
        "GK",
        (20,),
        "sqrt(mean(ln(H / L)^2 / 2 - (2 ln 2 - 1) ln(C / O)^2))",
        "Garman and Klass (1980), J. of Business 53",
        lambda c, w: root_mean(c, "garman_klass", w),
    ),
    *over_windows(
        "YZ",
        (20,),
        "sqrt(var(gap) + k var(ln(C / O)) + (1 - k) Rogers-Satchell), k = 0.34 / (1.34 + (w + 1) / (w - 1))",
        "Yang and Zhang (2000), J. of Business 73",
        yang_zhang,
        extra=1,
    ),
    Feature(
        name="VOLRATIO",
        formula="std(r) over 10 sessions / std(r) over 60",
        source="short against long volatility",
        window=61,
        compute=_volatility_ratio,
    ),
    *over_windows(
        "ATR",
        (14,),
        "mean(true range / C[-1])",
        "Wilder (1978)",
        lambda c, w: c.moments("true_range", w).mean,
        extra=1,
    ),
    *over_windows(
        "STD", (20,), "std(C) / C", ALPHA158, lambda c, w: ratio(c.moments("close", w).std, c.close)
    ),
    *over_windows(
        "LOTTERY",
        (20,),
        "max(r)",
        "Bali, Cakici and Whitelaw (2011), J. of Financial Economics 99",
        lambda c, w: c.extremes("log_return", w).high,
        extra=1,
    ),
    *over_windows(
        "MKTBETA",
        (60,),
        "slope of r on the benchmark's r",
        "Sharpe (1964), J. of Finance 19",
        lambda c, w: c.pair("log_return", "benchmark_return", w).slope,
        extra=1,
    ),
    *over_windows(
        "RESVOL",
        (60,),
        "deviation of r from its line on the benchmark's r",
        "Ang, Hodrick, Xing and Zhang (2006), J. of Finance 61",
        lambda c, w: c.pair("log_return", "benchmark_return", w).residual_std,
        extra=1,
    ),
)
