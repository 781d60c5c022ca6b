"""How far a price moves by other measures and windows, and in what shape."""

import numpy as np

from fund.features.columns import Columns, log, ratio
from fund.features.feature import Feature, over_windows
from fund.features.risk_features import root_mean, yang_zhang
from fund.features.technical import decay, delay, extremes, moments, pair
from fund.market.view import FloatArray

AMAYA = "Amaya, Christoffersen, Jacobs and Vasquez (2015), J. of Financial Economics 118"
LOU = "Lou, Polk and Skouras (2019), J. of Financial Economics 134"


def _mean(x: FloatArray, w: int) -> FloatArray:
    return moments(x, w).mean


def _ewma(c: Columns, w: int) -> FloatArray:
    return np.sqrt(decay(c.log_return**2, w))


def _downside(c: Columns, w: int) -> FloatArray:
    return np.sqrt(_mean(np.minimum(c.log_return, 0.0) ** 2, w))


def _skewness(c: Columns, w: int) -> FloatArray:
    return ratio(_mean(c.log_return**3, w), _mean(c.log_return**2, w) ** 1.5)


def _kurtosis(c: Columns, w: int) -> FloatArray:
    return ratio(_mean(c.log_return**4, w), _mean(c.log_return**2, w) ** 2)


def _jumps(c: Columns, w: int) -> FloatArray:
    smooth = np.pi / 2.0 * _mean(c.absolute_return * delay(c.absolute_return, 1), w)
    return 1.0 - ratio(smooth, _mean(c.log_return**2, w))


def _drawdown(c: Columns, w: int) -> FloatArray:
    return ratio(c.close, c.extremes("close", w).high) - 1.0


def _ulcer(c: Columns, w: int) -> FloatArray:
    return np.sqrt(_mean(_drawdown(c, w) ** 2, w))


def _night_share(c: Columns, w: int) -> FloatArray:
    night, day = c.moments("log_gap", w).std ** 2, c.moments("log_body", w).std ** 2
    return ratio(night, night + day)


def _roll(c: Columns, w: int) -> FloatArray:
    before = delay(c.log_return, 1)
    covariance = pair(c.log_return, before, w).slope * moments(before, w).std ** 2
    return -2.0 * np.sign(covariance) * np.sqrt(np.abs(covariance))


def _corwin_schultz(c: Columns, w: int) -> FloatArray:
    beta = c.log_range**2 + delay(c.log_range, 1) ** 2
    reach = ratio(np.maximum(c.high, delay(c.high, 1)), np.minimum(c.low, delay(c.low, 1)))
    gamma = log(reach) ** 2
    scale = 3.0 - 2.0 * np.sqrt(2.0)
    alpha = (np.sqrt(2.0 * beta) - np.sqrt(beta)) / scale - np.sqrt(gamma / scale)
    spread = 2.0 * (np.exp(alpha) - 1.0) / (1.0 + np.exp(alpha))
    return _mean(np.maximum(spread, 0.0), w)


def _worst(c: Columns, w: int) -> FloatArray:
    return extremes(c.log_return, w).low


VOLATILITY_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "PARK",
        (10, 60),
        "sqrt(mean(ln(H / L)^2 / (4 ln 2)))",
        "Parkinson (1980), J. of Business 53",
        lambda c, w: root_mean(c, "parkinson", w),
    ),
    *over_windows(
        "GK",
        (10, 60),
        "sqrt(mean(ln(H / L)^2 / 2 - (2 ln 2 - 1) ln(C / O)^2))",
        "Garman and Klass (1980), J. of Business 53",
        lambda c, w: root_mean(c, "garman_klass", w),
    ),
    *over_windows(
        "RS",
        (20, 60),
        "sqrt(mean(ln(H / O) ln(H / C) + ln(L / O) ln(L / C)))",
        "Rogers and Satchell (1991), Ann. Appl. Prob. 1",
        lambda c, w: root_mean(c, "rogers_satchell", w),
    ),
    *over_windows(
        "YZ",
        (10, 60),
        "sqrt(var(gap) + k var(ln(C / O)) + (1 - k) Rogers-Satchell), k = 0.34 / (1.34 + (w + 1) / (w - 1))",
        "Yang and Zhang (2000), J. of Business 73",
        yang_zhang,
        extra=1,
    ),
    *over_windows(
        "EWMA",
        (10, 32),
        "sqrt(EMA(r^2)) of span w, cut off after four",
        "RiskMetrics (1996), whose 0.94 is a span of 32",
        _ewma,
        spans=4,
        extra=1,
    ),
    *over_windows(
        "DOWNSIDE",
        (20, 60),
        "sqrt(mean(min(r, 0)^2))",
        "Sortino and van der Meer (1991), J. of Portfolio Management 17",
        _downside,
        extra=1,
    ),
    *over_windows("SKEW", (20, 60), "mean(r^3) / mean(r^2)^1.5", AMAYA, _skewness, extra=1),
    *over_windows("KURT", (20, 60), "mean(r^4) / mean(r^2)^2", AMAYA, _kurtosis, extra=1),
    *over_windows(
        "JUMP",
        (60,),
        "1 - pi / 2 mean(|r| |r[-1]|) / mean(r^2)",
        "Barndorff-Nielsen and Shephard (2004), J. of Financial Econometrics 2",
        _jumps,
        extra=2,
    ),
    *over_windows(
        "VOLVOL",
        (60,),
        "std(|r|) / mean(|r|)",
        "Baltussen, van Bekkum and van der Grient (2018), J. of Financial and Quantitative Analysis 53",
        lambda c, w: ratio(c.moments("absolute_return", w).std, c.moments("absolute_return", w).mean),
        extra=1,
    ),
    *over_windows(
        "DRAWDOWN", (60, 250), "C / max(C) - 1", "George and Hwang (2004), J. of Finance 59", _drawdown
    ),
    *over_windows(
        "ULCER",
        (14,),
        "sqrt(mean((C / max(C) - 1)^2))",
        "Martin and McCann (1989)",
        _ulcer,
        spans=2,
        extra=-1,
    ),
    *over_windows(
        "WORST",
        (20,),
        "min(r)",
        "Bali, Cakici and Whitelaw (2011), J. of Financial Economics 99",
        _worst,
        extra=1,
    ),
    *over_windows(
        "NIGHT", (20, 60), "mean(ln(O / C[-1]))", LOU, lambda c, w: c.moments("log_gap", w).mean, extra=1
    ),
    *over_windows("DAY", (20, 60), "mean(ln(C / O))", LOU, lambda c, w: c.moments("log_body", w).mean),
    *over_windows(
        "NIGHTVAR", (60,), "var(ln(O / C[-1])) / (the same + var(ln(C / O)))", LOU, _night_share, extra=1
    ),
    *over_windows(
        "ROLL",
        (60,),
        "2 sqrt(-cov(r, r[-1])), with its sign where the covariance is above 0",
        "Roll (1984), J. of Finance 39",
        _roll,
        extra=2,
    ),
    *over_windows(
        "SPREAD",
        (20,),
        "mean of the spread that highs and lows of one and of two sessions imply, at least 0",
        "Corwin and Schultz (2012), J. of Finance 67",
        _corwin_schultz,
        extra=1,
    ),
)
