"""Whether the errors of a forecaster have grown: its rank IC fell, or outcomes lie further off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.market.view import FloatArray
from fund.metrics.drift import LevelAlarm, page_hinkley

WATCHED_SESSIONS = 126
"""Half a year: the sessions that are watched; those before are what they are held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDrift:
    """A series of errors, watched for a rise of its mean by the test of Page and Hinkley."""

    what: str
    """"rank IC" (its fall) or "residual" (its rise)."""
    alarm: LevelAlarm
    session: date | None
    """The session at which it was first said; None where it was not."""
    apart_sessions: int
    """Only every so many sessions count, so that their outcomes do not overlap."""

    @property
    def found(self) -> bool:
        """Whether the errors have grown."""
        return self.session is not None


def error_drift(
    sessions: Sequence[date],
    daily: FloatArray,
    *,
    what: str,
    horizon_sessions: int,
    watched_sessions: int = WATCHED_SESSIONS,
) -> ErrorDrift | None:
    """Watch a daily error, [T] oldest first, in the last sessions against all before; higher is worse.

    Sessions a horizon apart are used: outcomes of neighbours overlap, and the test is one of independent
    values. None where too few sessions are known, or the record before does not vary.
    """
    known = np.flatnonzero(np.isfinite(daily))
    apart = horizon_sessions + 1
    watched = known[max(len(known) - watched_sessions, 0) :][::apart]
    record = known[: max(len(known) - watched_sessions - horizon_sessions, 0)][::apart]
    alarm = page_hinkley(daily[record], daily[watched])
    if alarm is None:
        return None
    at = None if alarm.alarm is None else sessions[int(watched[alarm.alarm])]
    return ErrorDrift(what=what, alarm=alarm, session=at, apart_sessions=apart)
