"""The average true range, blind to splits and dividends: the one that sizing, stops and exits read."""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

import numpy as np

from fund.errors import NoDataError
from fund.market.view import FloatArray, MarketView

WARM_UP = 5
"""Averaging lengths read before the last one, so that the first bar weighs less than 1 %."""
STEP = Decimal("0.00000001")


def average_true_range(view: MarketView, ticker: str, sessions: int) -> Decimal | None:
    """Return Wilder's average true range, USD a share of the last bar, which may be a stale one.

    The first `sessions` true ranges are averaged, then smoothed by 1 / `sessions` (Wilder, 1978, "New
    Concepts in Technical Trading Systems"). Bars before a split are restated, and a dividend is taken off
    the close before it, so that neither is a range. None with fewer than `sessions` + 1 bars, or where the
    price has not moved at all; a ticker that was never seen raises `NoDataError`.
    """
    ranges = view.true_ranges(ticker, WARM_UP * sessions)
    if sessions < 1 or len(ranges) < sessions:
        return None
    average = Decimal(float(_smoothing(len(ranges), sessions) @ ranges))
    rounded = average.quantize(STEP, rounding=ROUND_HALF_EVEN)
    return rounded if rounded > 0 else None


def relative_true_range(view: MarketView, ticker: str, sessions: int) -> Decimal | None:
    """Return the average true range as a fraction of the last close; None too for one never seen."""
    try:
        average = average_true_range(view, ticker, sessions)
        return None if average is None else average / view.mark(ticker).price
    except NoDataError:
        return None


@lru_cache(maxsize=256)
def _smoothing(count: int, sessions: int) -> FloatArray:
    """Return the weight of each of `count` true ranges, oldest first, in Wilder's average."""
    kept = 1.0 - 1.0 / sessions
    later = kept ** np.arange(count - sessions - 1, -1, -1) / sessions
    first = np.full(sessions, kept ** (count - sessions) / sessions)
    return np.concatenate([first, later])
