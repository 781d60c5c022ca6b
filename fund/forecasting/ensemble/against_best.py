"""Whether an ensemble does better than its best member would have: it must say so when it does not."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from fund.errors import NoDataError
from fund.forecasting.ensemble.members import Members, plain_mean
from fund.market.view import FloatArray
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import Interval, mean_interval

EARLIER_SHARE = 0.5
"""Of the sessions that can be judged: the best member is chosen on these, and compared after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstBest:
    """The ensemble's daily rank IC beside that of the member that had been best before, on the same names."""

    best: str
    """The member with the highest mean rank IC of the earlier part."""
    best_earlier: float
    """That mean."""
    first: date
    """Of the later part."""
    last: date
    ensemble: Interval | None
    """Mean daily rank IC of the later part; None below 20 sessions, or 3 times the horizon."""
    member: Interval | None
    difference: Interval | None
    """Ensemble less member, paired by session."""
    equal: Interval | None
    """The plain mean of the members."""
    beyond_equal: Interval | None
    """Ensemble less that mean, paired by session."""

    @property
    def verdict(self) -> str:
        """Say whether it beats the member."""
        whom = f" against {self.best}, the best member before {self.first}"
        return self._verdict(self.difference, "its best member", whom)

    @property
    def equal_verdict(self) -> str:
        """Say whether its weights beat none."""
        return self._verdict(self.beyond_equal, "its members' plain mean", "")

    def _verdict(self, found: Interval | None, rival: str, whom: str) -> str:
        if found is None:
            return f"too few sessions from {self.first} to {self.last} to compare it with {rival}"
        span = (
            f"{found.value:+.4f} rank IC{whom} "
            f"(95 % {found.low:+.4f} to {found.high:+.4f}, {found.n} sessions)"
        )
        if found.low > 0.0:
            return f"it beats {rival}: {span}"
        if found.high < 0.0:
            return f"it is worse than {rival}: {span}"
        return f"it does not beat {rival}: {span}"


def against_best(members: Members, scores: FloatArray) -> AgainstBest:
    """Compare an ensemble's scores, [T, N], with the member chosen on the earlier half.

    The later half begins a horizon and a session after the choice, so that no outcome is in both. Only names
    that the ensemble and every member scored are counted. `NoDataError` where there are fewer than two such
    sessions of known outcome.
    """
    shared = np.isfinite(scores) & np.isfinite(members.ranks).all(axis=0)
    realised = np.where(shared, members.realised, np.nan)
    own = rank_information_coefficients(scores, realised)
    plain = rank_information_coefficients(plain_mean(members), realised)
    each = np.stack([rank_information_coefficients(ranks, realised) for ranks in members.ranks])
    judged = np.flatnonzero(np.isfinite(own) & np.isfinite(each).all(axis=0))
    cut = int(len(judged) * EARLIER_SHARE)
    later = judged[judged > judged[max(cut - 1, 0)] + members.horizon_sessions + 1] if len(judged) else judged
    if cut < 1 or not len(later):
        raise NoDataError(
            f"expected sessions before and after a choice of the best member, found {len(judged)!r} judged; "
            "walk forward over a longer history"
        )
    means = each[:, judged[:cut]].mean(axis=1)
    best = int(np.argmax(means))
    lag = members.horizon_sessions
    return AgainstBest(
        best=members.names[best],
        best_earlier=float(means[best]),
        first=members.sessions[later[0]],
        last=members.sessions[later[-1]],
        ensemble=mean_interval(own[later], lag=lag),
        member=mean_interval(each[best, later], lag=lag),
        difference=mean_interval((own - each[best])[later], lag=lag),
        equal=mean_interval(plain[later], lag=lag),
        beyond_equal=mean_interval((own - plain)[later], lag=lag),
    )
