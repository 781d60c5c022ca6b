"""How a series of returns moves with another one, session by session: beta, alpha, tracking error.

Both series hold simple returns of the same sessions, paths of shape [..., n]; a function answers one value a
path, NaN where it is undefined. Cash earns 0, as in `fund.metrics.returns`.
"""

import numpy as np
from numpy.typing import NDArray

from fund.metrics.returns import FLAT, SESSIONS_A_YEAR, FloatArray


def betas(paths: FloatArray, other: FloatArray) -> FloatArray:
    """Return the slope of the ordinary least squares line of the returns on the other ones.

    NaN where the other ones do not vary. Source: Sharpe (1964), "Capital Asset Prices: A Theory of Market
    Equilibrium under Conditions of Risk", Journal of Finance 19.
    """
    own, against = _centred(paths), _centred(other)
    variance = np.sum(against * against, axis=-1)
    slope: FloatArray = np.sum(own * against, axis=-1) / np.where(_flat(other), np.nan, variance)
    return slope


def alphas(paths: FloatArray, other: FloatArray) -> FloatArray:
    """Return the intercept of that line times 252: what a year brought beyond beta times the other.

    Source: Jensen (1968), "The Performance of Mutual Funds in the Period 1945-1964", Journal of Finance 23.
    """
    intercept = np.mean(paths, axis=-1) - betas(paths, other) * np.mean(other, axis=-1)
    yearly: FloatArray = intercept * SESSIONS_A_YEAR
    return yearly


def correlations(paths: FloatArray, other: FloatArray) -> FloatArray:
    """Return Pearson's correlation of the two; NaN where one of them does not vary."""
    own, against = _centred(paths), _centred(other)
    spread = np.sqrt(np.sum(own * own, axis=-1) * np.sum(against * against, axis=-1))
    flat = np.logical_or(_flat(paths), _flat(other))
    correlation: FloatArray = np.sum(own * against, axis=-1) / np.where(flat, np.nan, spread)
    return correlation


def tracking_errors(paths: FloatArray, other: FloatArray) -> FloatArray:
    """Return the standard deviation (n - 1) of the differences of the returns times sqrt(252)."""
    yearly: FloatArray = np.std(paths - other, axis=-1, ddof=1) * np.sqrt(SESSIONS_A_YEAR)
    return yearly


def information_ratios(paths: FloatArray, other: FloatArray) -> FloatArray:
    """Return the mean difference a year over the tracking error; NaN where the difference does not vary.

    Source: Goodwin (1998), "The Information Ratio", Financial Analysts Journal 54.
    """
    difference = paths - other
    error = tracking_errors(paths, other)
    mean = np.mean(difference, axis=-1) * SESSIONS_A_YEAR
    ratio: FloatArray = mean / np.where(_flat(difference), np.nan, error)
    return ratio


def captures(paths: FloatArray, other: FloatArray, *, up: bool) -> FloatArray:
    """Return the mean return over the other's mean return, of the sessions on which the other rose, or fell.

    1 is all of it. NaN without such a session.
    """
    chosen = other > 0 if up else other < 0
    whole = np.sum(np.where(chosen, other, 0.0), axis=-1)
    part = np.sum(np.where(chosen, paths, 0.0), axis=-1)
    share: FloatArray = part / np.where(np.any(chosen, axis=-1), whole, np.nan)
    return share


def _centred(paths: FloatArray) -> FloatArray:
    centred: FloatArray = paths - np.mean(paths, axis=-1, keepdims=True)
    return centred


def _flat(paths: FloatArray) -> NDArray[np.bool_]:
    flat: NDArray[np.bool_] = np.std(paths, axis=-1) <= FLAT * np.max(np.abs(paths), axis=-1)
    return flat
