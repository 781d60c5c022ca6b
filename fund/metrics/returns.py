"""What a series of returns was worth and what it cost in risk.

A return is a simple fraction (0.01 = 1 %) per session; a year has 252. Functions in the plural take
paths of shape [..., n] and answer one value a path, NaN where it is undefined, which is what a
bootstrap needs; those in the singular take one path of shape [n] and answer None there.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

FloatArray = NDArray[np.float64]

SESSIONS_A_YEAR = 252

FLAT = 1e-12
"""A spread below this fraction of the largest return is rounding, not risk."""


def total_returns(paths: FloatArray) -> FloatArray:
    """Return the compound return over all sessions: product of (1 + r), less 1."""
    compound: FloatArray = np.prod(1.0 + paths, axis=-1) - 1.0
    return compound


def annualised_returns(paths: FloatArray) -> FloatArray:
    """Return the constant yearly return that compounds to the total: (1 + total) ** (252 / n) - 1."""
    growth: FloatArray = 1.0 + total_returns(paths)
    yearly: FloatArray = growth ** (SESSIONS_A_YEAR / paths.shape[-1]) - 1.0
    return yearly


def annualised_volatilities(paths: FloatArray) -> FloatArray:
    """Return the standard deviation (n - 1) of the returns times sqrt(252)."""
    yearly: FloatArray = np.std(paths, axis=-1, ddof=1) * np.sqrt(SESSIONS_A_YEAR)
    return yearly


def sharpe_ratios(paths: FloatArray) -> FloatArray:
    """Return mean over standard deviation (n - 1) of the returns, times sqrt(252); over cash that earns 0.

    NaN where the returns do not vary. Source: Sharpe (1994), "The Sharpe Ratio", Journal of Portfolio
    Management 21.
    """
    spread = np.std(paths, axis=-1, ddof=1)
    flat = spread <= FLAT * np.max(np.abs(paths), axis=-1)
    ratio: FloatArray = np.mean(paths, axis=-1) / np.where(flat, np.nan, spread) * np.sqrt(SESSIONS_A_YEAR)
    return ratio


def sortino_ratios(paths: FloatArray) -> FloatArray:
    """Return the mean over the downside deviation of the returns, times sqrt(252); the target is 0.

    The deviation is the root of the mean square of the losses over all sessions, a gain counting as 0. NaN
    where no session lost. Source: Sortino and Price (1994), "Performance Measurement in a Downside Risk
    Framework", Journal of Investing 3.
    """
    downside = np.sqrt(np.mean(np.minimum(paths, 0.0) ** 2, axis=-1))
    none = downside <= FLAT * np.max(np.abs(paths), axis=-1)
    yearly = np.sqrt(SESSIONS_A_YEAR)
    ratio: FloatArray = np.mean(paths, axis=-1) / np.where(none, np.nan, downside) * yearly
    return ratio


def calmar_ratios(paths: FloatArray) -> FloatArray:
    """Return the annualised return over the deepest drawdown, both of the same sessions; NaN without a fall.

    Source: Young (1991), "Calmar Ratio: A Smoother Tool", Futures 20.
    """
    fall = -max_drawdowns(paths)
    ratio: FloatArray = annualised_returns(paths) / np.where(fall <= FLAT, np.nan, fall)
    return ratio


def drawdowns(paths: FloatArray) -> FloatArray:
    """Return the distance below the highest value so far after each session, <= 0, shape [..., n].

    The value starts at 1 before the first return, and that start counts as a peak.
    """
    value = np.cumprod(1.0 + paths, axis=-1)
    peak = np.maximum(np.maximum.accumulate(value, axis=-1), 1.0)
    below: FloatArray = value / peak - 1.0
    return below


def max_drawdowns(paths: FloatArray) -> FloatArray:
    """Return the deepest drawdown, <= 0: -0.2 is a fall of 20 % from a peak."""
    deepest: FloatArray = np.min(drawdowns(paths), axis=-1)
    return deepest


def total_return(returns: FloatArray) -> float | None:
    """Return the compound return over all sessions; None without any."""
    return _of_one(returns, total_returns, at_least=1)


def annualised_return(returns: FloatArray) -> float | None:
    """Return the yearly compound return; None without any session. Of a few sessions it says little."""
    return _of_one(returns, annualised_returns, at_least=1)


def annualised_volatility(returns: FloatArray) -> float | None:
    """Return the yearly standard deviation (n - 1); None below two sessions."""
    return _of_one(returns, annualised_volatilities, at_least=2)


def sharpe_ratio(returns: FloatArray) -> float | None:
    """Return the yearly Sharpe ratio; None below two sessions or when the returns do not vary."""
    return _of_one(returns, sharpe_ratios, at_least=2)


def max_drawdown(returns: FloatArray) -> float | None:
    """Return the deepest fall from a peak, <= 0; None without any session."""
    return _of_one(returns, max_drawdowns, at_least=1)


def returns_of(values: FloatArray) -> FloatArray:
    """Return the simple returns of a series of values (an index, an equity curve), one fewer than values."""
    if not np.all(np.isfinite(values) & (values > 0)):
        raise DataError(
            f"expected positive finite values, found {np.min(values)!r} among {len(values)}; drop gaps"
        )
    changes: FloatArray = values[1:] / values[:-1] - 1.0
    return changes


def checked_returns(returns: FloatArray) -> FloatArray:
    """Return the returns as they are; `DataError` for one that is missing or loses more than everything."""
    good = np.isfinite(returns) & (returns >= -1.0)
    if returns.ndim != 1 or not good.all():
        raise DataError(
            f"expected one series of finite returns of at least -1, found shape {returns.shape} with "
            f"{int(np.sum(~good))} that are not; leave out sessions without a value"
        )
    return returns


def _of_one(
    returns: FloatArray, statistic: Callable[[FloatArray], FloatArray], *, at_least: int
) -> float | None:
    if len(checked_returns(returns)) < at_least:
        return None
    value = float(statistic(returns))
    return value if np.isfinite(value) else None
