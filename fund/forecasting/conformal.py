"""Intervals that were too narrow become wider, and too wide ones narrower: conformal, and adaptive.

Quantiles of earlier residuals cover what is promised as long as tomorrow resembles them. It often does not,
so the shares that fell out on either side are fed back: whatever the residuals do, each side's share of
misses tends to its tenth. Only outcomes that were known by then have a say.
"""

from dataclasses import dataclass

import numpy as np

from fund.market.view import FloatArray

TAIL = 0.1
"""Share of outcomes that may fall out on either side of an 80 % interval."""
RATE = 0.1
"""Step of the logarithm of a width, for one session's share of misses beyond the promise.

Chosen on momentum and reversal over the long panel of `bench_forecasters`: of 0, 0.02, 0.05 and 0.1 it left
the yearly coverage nearest to 80 %, at every horizon.
"""
NARROWEST, WIDEST = 0.5, 3.0
"""What a run of quiet or wild sessions may at most do to a width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """What the quantiles of earlier residuals are multiplied by, below and above the expectation."""

    low: float = 1.0
    high: float = 1.0

    def after(self, below: FloatArray, above: FloatArray) -> "Widening":
        """Return the widening after sessions with these shares of misses, [t] each; NaN had no forecasts.

        Sources: Gibbs and Candès (2021), "Adaptive conformal inference under distribution shift", NeurIPS 34;
        Angelopoulos, Candès and Tibshirani (2023), "Conformal PID control for time series prediction",
        NeurIPS 36, whose quantile tracker this is, on a logarithmic scale and with labels that come late.
        """
        return Widening(low=_after(self.low, below), high=_after(self.high, above))


def miss_shares(low: FloatArray, high: FloatArray, realised: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return for each session the share of names that ended below and above [low, high], [T] each."""
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(realised)
    count = known.sum(axis=1)
    safe = np.where(count > 0, count, np.nan)
    return (known & (realised < low)).sum(axis=1) / safe, (known & (realised > high)).sum(axis=1) / safe


def _after(width: float, missed: FloatArray) -> float:
    told = missed[np.isfinite(missed)]
    moved = width * float(np.exp(RATE * np.sum(told - TAIL)))
    return min(max(moved, NARROWEST), WIDEST)
