"""The bid-ask spread, estimated from daily bars where no quotes are known."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from fund.market.bars import Bar

LEAST_PAIRS = 10
"""Fewer pairs of sessions than this say nothing about a spread."""


def estimated_spread(bars: Sequence[Bar], restated: Iterable[date] = ()) -> float | None:
    """Return the spread as a fraction of the price, None below ten usable pairs of sessions.

    The two-day corrected estimator: the mean over pairs of sqrt(max(4 (c - m)(c - n), 0)), with c the log
    close of a session, m and n the mid-ranges (log high + log low) / 2 of it and of the next one. A pair that
    ends on one of the `restated` ex-dates is left out, because its prices do not compare. It overstates the
    spread of a large cap: noise below zero is cut off. Source: Abdi and Ranaldo (2017), "A Simple Estimation
    of Bid-Ask Spreads from Daily Close, High, and Low Prices", Review of Financial Studies 30.
    """
    skipped = frozenset(restated)
    found = []
    for bar, following in pairwise(bars):
        if following.session in skipped or min(bar.low, following.low) <= 0:
            continue
        close, middle, next_middle = np.log(float(bar.close)), _middle(bar), _middle(following)
        found.append(np.sqrt(max(4.0 * (close - middle) * (close - next_middle), 0.0)))
    return float(np.mean(found)) if len(found) >= LEAST_PAIRS else None


def _middle(bar: Bar) -> float:
    return float((np.log(float(bar.high)) + np.log(float(bar.low))) / 2.0)
