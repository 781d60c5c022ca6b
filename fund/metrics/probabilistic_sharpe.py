"""How sure one may be that a Sharpe ratio is above a benchmark, given the length and shape of the returns."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from fund.metrics.inference import MINIMUM
from fund.metrics.returns import SESSIONS_A_YEAR, sharpe_ratio

FloatArray = NDArray[np.float64]


def probabilistic_sharpe(returns: FloatArray, *, above: float = 0.0) -> float | None:
    """Return the probability that the true Sharpe ratio is above a yearly one, of returns a session, [n].

    Skewed and heavy-tailed returns make a ratio less sure; returns that hang together in time are not
    allowed for, as the bootstrap of `fund.metrics.bootstrap` does. None below 20 sessions, or where the
    returns do not vary. Source: Bailey and López de Prado (2012), "The Sharpe Ratio Efficient Frontier",
    Journal of Risk 15.
    """
    yearly = sharpe_ratio(returns)
    if yearly is None or len(returns) < MINIMUM:
        return None
    ratio, target = yearly / math.sqrt(SESSIONS_A_YEAR), above / math.sqrt(SESSIONS_A_YEAR)
    centred = returns - returns.mean()
    variance = float(np.mean(centred**2))
    skew = float(np.mean(centred**3)) / variance**1.5
    kurtosis = float(np.mean(centred**4)) / variance**2
    spread = 1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio**2
    if spread <= 0.0:
        return None
    return NormalDist().cdf((ratio - target) * math.sqrt((len(returns) - 1) / spread))
