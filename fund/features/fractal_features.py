"""How rough a path is: whether its moves carry on, turn back, or neither."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from fund.features.columns import Columns, log, ratio
from fund.features.feature import Feature, over_windows
from fund.features.technical import delay, moments, rescaled_range
from fund.market.view import FloatArray

LAGS = (1, 2, 4, 8)
BLOCKS = (8, 16, 32, 64, 128)


def _slope(sizes: Sequence[FloatArray], scales: Sequence[int]) -> FloatArray:
    """Slope of the sizes on the logarithm of their scales."""
    at = np.log(np.array(scales, dtype=np.float64))
    weights = (at - at.mean()) / ((at - at.mean()) ** 2).sum()
    slope = np.zeros_like(sizes[0])
    for weight, size in zip(weights.tolist(), sizes, strict=True):
        slope = slope + weight * size
    return slope


def _hurst(c: Columns, w: int) -> FloatArray:
    return _slope([log(_mean_rescaled_range(c.log_return, w, n)) for n in BLOCKS], BLOCKS)


def _mean_rescaled_range(x: FloatArray, w: int, n: int) -> FloatArray:
    """Mean over the blocks of n sessions that fill the window; one that has no figure is left out."""
    each = rescaled_range(x, n)
    total, count = np.zeros_like(x), np.zeros_like(x)
    for block in range(w // n):
        found = delay(each, block * n)
        total = total + np.where(np.isfinite(found), found, 0.0)
        count = count + np.isfinite(found)
    return ratio(total, count)


def _roughness(c: Columns, w: int, power: int) -> FloatArray:
    sizes = [log(moments(np.abs(c.log_close - delay(c.log_close, k)) ** power, w).mean) for k in LAGS]
    slope: FloatArray = _slope(sizes, LAGS) / power
    return slope


def _katz(c: Columns, w: int) -> FloatArray:
    first = delay(c.log_close, w - 1)
    path = c.extremes("log_close", w)
    reach = np.maximum(path.high - first, first - path.low)
    length = moments(c.absolute_return, w - 1).mean * (w - 1)
    steps = float(np.log(w - 1.0))
    return np.asarray(steps / (steps + log(ratio(reach, length))))


def _permutation_entropy(c: Columns, w: int) -> FloatArray:
    last = np.array([delay(c.log_close, 2), delay(c.log_close, 1), c.log_close])
    known = np.isfinite(last).all(axis=0)
    places = np.argsort(last, axis=0, kind="stable")
    total = np.zeros_like(c.log_close)
    for pattern in permutations(range(3)):
        here = (places == np.array(pattern)[:, None, None]).all(axis=0)
        share = moments(np.where(known, here.astype(np.float64), np.nan), w).mean
        total = total - np.where(share == 0.0, 0.0, share * log(share))
    return np.asarray(total / np.log(6.0))


FRACTAL_FEATURES: tuple[Feature, ...] = (
    *over_windows(
        "HURST",
        (128,),
        "slope of ln(R / S) of r on ln n, n = 8, 16, 32, 64, 128",
        "Mandelbrot and Wallis (1969), Water Resources Research 5",
        _hurst,
        extra=1,
    ),
    *over_windows(
        "GENHURST",
        (128,),
        "slope of ln(mean((ln C - ln C[-k])^2)) on ln k / 2, k = 1, 2, 4, 8",
        "Di Matteo (2007), Quantitative Finance 7",
        lambda c, w: _roughness(c, w, 2),
        extra=8,
    ),
    *over_windows(
        "HIGUCHI",
        (64,),
        "2 - slope of ln(mean(|ln C - ln C[-k]|)) on ln k, k = 1, 2, 4, 8",
        "Higuchi (1988), Physica D 31, over all starting points together",
        lambda c, w: 2.0 - _roughness(c, w, 1),
        extra=8,
    ),
    *over_windows(
        "KATZ",
        (64,),
        "ln n / (ln n + ln(d / L)), n = w - 1, d the reach of ln C from its first value, L = sum(|r|)",
        "Katz (1988), Computers in Biology and Medicine 18",
        _katz,
    ),
    *over_windows(
        "ORDERENTROPY",
        (60,),
        "-sum(p ln p) / ln 6, p the share of each order of three closes in a row",
        "Bandt and Pompe (2002), Physical Review Letters 88",
        _permutation_entropy,
        extra=2,
    ),
)
