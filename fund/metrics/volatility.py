"""How good a forecast of volatility was."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def realised_variance(returns: FloatArray, horizon_sessions: int) -> FloatArray:
    """Return for each session the sum of the squares of the next `horizon_sessions` returns, [T].

    NaN until they are known, and where one of them is missing.
    """
    realised = np.full(len(returns), np.nan)
    windows = max(len(returns) - horizon_sessions, 0)
    if windows:
        total = np.convolve(returns**2, np.ones(horizon_sessions), mode="valid")
        realised[:windows] = total[1:]
    return realised


def qlike(realised: FloatArray, forecast: FloatArray) -> FloatArray:
    """Return the quasi-likelihood loss of variances, 0 for a perfect forecast; NaN where undefined.

    Ranks forecasts rightly although squared returns are a noisy measure of variance. Source: Patton
    (2011), "Volatility forecast comparison using imperfect volatility proxies", J. of Econometrics 160.
    """
    known = np.isfinite(realised) & np.isfinite(forecast) & (realised > 0) & (forecast > 0)
    ratio = np.where(known, realised, np.nan) / np.where(known, forecast, 1.0)
    return np.asarray(ratio - np.log(ratio) - 1.0)
