"""The state of the market on a fixed scale of about [-0.5, 0.5]: the same for every name of a session."""

from collections.abc import Callable

import numpy as np

from fund.features.columns import Columns, log
from fund.features.feature import Definition, Feature, over_windows
from fund.features.technical import delay, moments
from fund.market.view import FloatArray

YEAR = 252


def of_market(
    stem: str, windows: tuple[int, ...], formula: str, source: str, compute: Definition, *, extra: int = 0
) -> tuple[Feature, ...]:
    """Define conditions, which are given as they are: their rank among names would say nothing."""
    return over_windows(stem, windows, formula, source, compute, extra=extra, scaling="raw")


def of_now(name: str, formula: str, source: str, compute: Callable[[Columns], FloatArray]) -> Feature:
    """Define a condition that is read from its session alone."""
    return Feature(name=name, formula=formula, source=source, window=1, compute=compute, scaling="raw")


def _every_name(c: Columns, values: FloatArray) -> FloatArray:
    return np.repeat(values[:, None], c.close.shape[1], axis=1)


def _over_members(c: Columns, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """[T] mean and deviation of what is known of the members."""
    known = c.universe.present & np.isfinite(values)
    count = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    square = np.where(known, values - mean[:, None], 0.0) ** 2
    spread = np.sqrt(square.sum(axis=1) / np.where(count > 1, count, np.nan))
    low, high = (np.where(known, values, edge) for edge in (np.inf, -np.inf))
    alike = low.min(axis=1, initial=np.inf) == high.max(axis=1, initial=-np.inf)
    return np.where(count > 0, mean, np.nan), np.where(alike, 0.0 * spread, spread)


def _benchmark(c: Columns, values: FloatArray) -> FloatArray:
    at = c.universe.panel.tickers.index(c.universe.benchmark)
    return _every_name(c, values[:, at])


def _change(c: Columns, w: int) -> FloatArray:
    return _benchmark(c, c.log_close - delay(c.log_close, w)) / (0.04 * float(np.sqrt(w)))


def _volatility(c: Columns, w: int) -> FloatArray:
    return log(_benchmark(c, c.moments("log_return", w).std) * YEAR**0.5 / 0.16) / 4.0


def _drawdown(c: Columns, w: int) -> FloatArray:
    return _benchmark(c, c.close / c.extremes("close", w).high - 1.0)


def _breadth(c: Columns, w: int) -> FloatArray:
    mean = c.moments("close", w).mean
    above = np.where(np.isfinite(c.close) & np.isfinite(mean), (c.close > mean).astype(np.float64), np.nan)
    return _every_name(c, _over_members(c, above)[0]) - 0.5


def _dispersion(c: Columns, w: int) -> FloatArray:
    spread = _over_members(c, c.log_close - delay(c.log_close, w))[1]
    return log(_every_name(c, spread) / 0.07) / 4.0


def _together(c: Columns, w: int) -> FloatArray:
    correlation = c.pair("log_return", "benchmark_return", w).correlation
    return _every_name(c, _over_members(c, correlation)[0]) - 0.5


def _equal_against_benchmark(c: Columns, w: int) -> FloatArray:
    apart = _every_name(c, _over_members(c, c.log_return - c.benchmark_return)[0])
    return moments(apart, w).mean * float(np.sqrt(w)) / 0.02


MARKET_FEATURES: tuple[Feature, ...] = (
    *of_market(
        "MARKET",
        (5, 20, 120),
        "ln(B / B[-w]) / (0.04 sqrt(w)), B the benchmark",
        "Cooper, Gutierrez and Hameed (2004), J. of Finance 59",
        _change,
        extra=1,
    ),
    *of_market(
        "MARKETVOL",
        (20, 60),
        "ln(sqrt(252) std(r of the benchmark) / 0.16) / 4",
        "Barroso and Santa-Clara (2015), J. of Financial Economics 116",
        _volatility,
        extra=1,
    ),
    *of_market(
        "MARKETDRAWDOWN",
        (250,),
        "B / max(B) - 1, B the benchmark",
        "Daniel and Moskowitz (2016), J. of Financial Economics 122",
        _drawdown,
    ),
    *of_market(
        "BREADTH",
        (50, 200),
        "share of members with C > mean(C), less 0.5",
        "Zakamulin (2017), Market Timing with Moving Averages",
        _breadth,
    ),
    *of_market(
        "DISPERSION",
        (20,),
        "ln(deviation of ln(C / C[-w]) over members / 0.07) / 4",
        "Stivers and Sun (2010), J. of Financial and Quantitative Analysis 45",
        _dispersion,
        extra=1,
    ),
    *of_market(
        "TOGETHER",
        (60,),
        "mean over members of the correlation with the benchmark, less 0.5",
        "Pollet and Wilson (2010), J. of Financial Economics 96",
        _together,
        extra=1,
    ),
    *of_market(
        "EQUALWEIGHT",
        (20,),
        "mean(members' mean r - benchmark's r) sqrt(w) / 0.02",
        "Plyakha, Uppal and Vilkov (2021), J. of Financial and Quantitative Analysis 56",
        _equal_against_benchmark,
        extra=1,
    ),
)
