"""What a Sharpe ratio is worth once it is known how many were tried, and how long a record it takes.

Ratios go in and come out a year; inside, they are those of one session. Returns that hang together in time
are allowed for by `deflated_interval` alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, variance

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.inference import Interval, interval_error
from fund.metrics.probabilistic_sharpe import probabilistic_sharpe
from fund.metrics.returns import SESSIONS_A_YEAR, sharpe_ratio

FloatArray = NDArray[np.float64]

EULER_MASCHERONI = 0.5772156649015329


@dataclass(frozen=True, slots=True, kw_only=True)
class DeflatedSharpe:
    """How sure one may be of the best of several Sharpe ratios."""

    probability: float
    """That the true ratio is above what the best of as many worthless trials would have shown."""
    sharpe: float
    """As measured, a year."""
    expected_best: float
    """Of as many trials without any skill, a year."""
    trials: int
    n: int
    """Sessions."""


def expected_best_sharpe(deviation: float, trials: int) -> float:
    """Return the Sharpe ratio to expect of the best of `trials` independent ones around 0.

    `deviation` is theirs, in the unit of the answer. Of one trial it is 0. Source: Bailey and López de Prado
    (2014), as below, equation 1.
    """
    if trials < 1 or not 0.0 <= deviation < math.inf:
        raise DataError(
            f"expected a trial or more and a finite deviation from 0, found {trials!r} and {deviation!r}"
        )
    if trials == 1:
        return 0.0
    normal = NormalDist()
    quantiles = (normal.inv_cdf(1.0 / trials), normal.inv_cdf(1.0 / (trials * math.e)))
    return -deviation * ((1.0 - EULER_MASCHERONI) * quantiles[0] + EULER_MASCHERONI * quantiles[1])


def deflated_sharpe(returns: FloatArray, tried: Sequence[float]) -> DeflatedSharpe | None:
    """Deflate the Sharpe ratio of returns a session, [n], by the yearly ratios of every trial there was.

    The trial itself is one of them. Correlated trials count as if they were independent, which is severe.
    None below 20 sessions, or where the returns do not vary. Source: Bailey and López de Prado (2014), "The
    Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and Non-Normality", Journal of
    Portfolio Management 40; skewness and raw kurtosis (3 for a normal) as in `probabilistic_sharpe`.
    """
    if not tried or not all(math.isfinite(each) for each in tried):
        raise DataError(
            f"expected the finite ratios of at least one trial, found {list(tried)!r}; "
            "the ratio that is deflated is one of them"
        )
    found = sharpe_ratio(returns)
    deviation = math.sqrt(variance(tried)) if len(tried) > 1 else 0.0
    best = expected_best_sharpe(deviation, len(tried))
    probability = probabilistic_sharpe(returns, above=best)
    if found is None or probability is None:
        return None
    return DeflatedSharpe(
        probability=probability, sharpe=found, expected_best=best, trials=len(tried), n=len(returns)
    )


def deflated_interval(
    found: Interval, ratios: Sequence[float], *, trials: int, lag: int
) -> DeflatedSharpe | None:
    """Deflate a yearly Sharpe ratio by its own interval, which allows for returns that overlap.

    `found` is of `mean_interval` or made of one, with `lag`; `ratios` are the yearly ones that are known of
    the `trials` there were, its own among both. The trials are taken to be as far apart as the ratios are,
    and no less than the error of its own: what is worthless is that far apart by chance, and of two or three
    ratios a deviation says little. None where the interval has no width. `DataError` for fewer trials than
    ratios, or none. Source: as `deflated_sharpe`.
    """
    if not 1 <= len(ratios) <= trials:
        raise DataError(
            f"expected 1 to {trials!r} known ratios of {trials!r} trials, found {len(ratios)!r}; "
            "the ratio that is deflated is one of them"
        )
    error, freedom = interval_error(found, lag)
    if not error > 0.0:
        return None
    best = expected_best_sharpe(max(error, math.sqrt(variance(ratios)) if len(ratios) > 1 else 0.0), trials)
    from scipy.special import stdtr

    return DeflatedSharpe(
        probability=float(stdtr(freedom, (found.value - best) / error)),
        sharpe=found.value,
        expected_best=best,
        trials=trials,
        n=found.n,
    )


def minimum_track_record(
    returns: FloatArray, *, above: float = 0.0, confidence: float = 0.95
) -> float | None:
    """Return how many sessions it takes to be this sure that the true Sharpe ratio is above a yearly one.

    They are sessions of returns such as these. None where the ratio measured is not above it: no length
    would do. Also None below 20 sessions, or where the returns do not vary. Source: Bailey and López de Prado
    (2012), "The Sharpe Ratio Efficient Frontier", Journal of Risk 15.
    """
    if not 0.5 < confidence < 1.0:
        raise DataError(f"expected a confidence between 0.5 and 1, found {confidence!r}")
    yearly = sharpe_ratio(returns)
    probability = probabilistic_sharpe(returns, above=above)
    if yearly is None or probability is None or yearly <= above:
        return None
    ratio, target = yearly / math.sqrt(SESSIONS_A_YEAR), above / math.sqrt(SESSIONS_A_YEAR)
    centred = returns - returns.mean()
    deviation = float(np.sqrt(np.mean(centred**2)))
    skew, kurtosis = (float(np.mean((centred / deviation) ** power)) for power in (3, 4))
    spread = 1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio**2
    return 1.0 + spread * (NormalDist().inv_cdf(confidence) / (ratio - target)) ** 2
