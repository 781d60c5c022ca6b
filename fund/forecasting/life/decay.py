"""Whether what a forecaster was worth is wearing off: its last sessions against those before."""

from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.market.view import FloatArray
from fund.metrics.inference import Interval, mean_interval

RECENT_SESSIONS = 63
"""A quarter of a year: the last sessions that are held against the record before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """Mean daily rank IC of the last sessions beside that of the sessions before."""

    before: Interval
    recent: Interval
    difference: Interval
    """Recent less before; its n is the number of recent sessions, the smaller of the two."""

    @property
    def found(self) -> bool:
        """Whether the last sessions are worse by more than their noise, and the record before holds an edge.

        Where the record before holds no edge there is nothing to wear off.
        """
        return self.before.low > 0 and self.difference.high < 0


def decay_of(daily_rank_ic: FloatArray, *, lag: int, recent_sessions: int = RECENT_SESSIONS) -> Decay | None:
    """Hold the last sessions against those before, [T] oldest first, NaN left out; `lag` is the horizon.

    A horizon's sessions between the two are left out, because their outcomes overlap. None where either side
    has fewer than 20 sessions, or all are alike. `DataError` for fewer than 20 recent sessions.
    """
    if recent_sessions < 20:
        raise DataError(f"expected at least 20 recent sessions, found {recent_sessions!r}")
    known = daily_rank_ic[np.isfinite(daily_rank_ic)]
    late = known[-recent_sessions:]
    early = known[: max(len(known) - recent_sessions - lag, 0)]
    before, recent = mean_interval(early, lag=lag), mean_interval(late, lag=lag)
    if before is None or recent is None or np.ptp(known) == 0.0:
        return None
    value = recent.value - before.value
    reach = float(np.hypot((before.high - before.low) / 2.0, (recent.high - recent.low) / 2.0))
    difference = Interval(value=value, low=value - reach, high=value + reach, n=min(before.n, recent.n))
    return Decay(before=before, recent=recent, difference=difference)


def rolling_mean(daily: FloatArray, sessions: int = RECENT_SESSIONS) -> FloatArray:
    """Return the mean of the last so many sessions for each, [T]; NaN until half of them are known.

    For a picture: neighbouring points share most of their sessions.
    """
    known = np.isfinite(daily)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, daily, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(daily))
    start = np.maximum(at + 1 - sessions, 0)
    n = count[at + 1] - count[start]
    return np.where(2 * n >= sessions, (total[at + 1] - total[start]) / np.maximum(n, 1), np.nan)
