"""How much each member counts, refitted along the walk-forward on outcomes that were known by then.

The weights of a session rest on sessions at least purge plus embargo earlier, and each of those was itself
forecast by a fold that had not seen it: stacking never reads a score that knew its outcome.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.ensemble.members import Members
from fund.forecasting.validation import Schedule
from fund.market.view import FloatArray

IntArray = NDArray[np.int64]
Weigh = Callable[[Members, IntArray], FloatArray]
"""From members and the sessions that may be learned from to weights [M], none negative, of sum 1."""
REGIME_PRIOR_SESSIONS = 63.0
"""Sessions of one regime at which its own weights count for half."""
UNKNOWN = -1
"""Label of a session whose regime nobody knows."""


def equal(members: Members, learned: IntArray) -> FloatArray:
    """Weigh every member alike: what a combination must beat, and seldom does (Timmermann 2006)."""
    alike: FloatArray = np.full(len(members.names), 1.0 / len(members.names))
    return alike


@dataclass(frozen=True, slots=True, kw_only=True)
class InverseError:
    """Weights inverse to the mean squared error of a member's ranks against those of the outcome.

    At daily information coefficients all errors are within a few per cent of each other and the weights near
    equal; `power` sharpens them. Sources: Bates and Granger (1969), "The Combination of Forecasts",
    Operational Research Quarterly 20; Stock and Watson (2004), "Combination forecasts of output growth in a
    seven-country data set", J. of Forecasting 23, for the power.
    """

    power: float = 1.0

    def __call__(self, members: Members, learned: IntArray) -> FloatArray:
        """Return the weights."""
        outcome = members.outcome[learned]
        errors = np.empty(len(members.names))
        for at, ranks in enumerate(members.ranks):
            gap = ranks[learned] - outcome
            errors[at] = np.mean(gap[np.isfinite(gap)] ** 2)
        if errors.min() == 0.0:
            raw = np.where(errors == 0.0, 1.0, 0.0)
        else:
            raw = (errors / errors.min()) ** -self.power
        weights: FloatArray = raw / raw.sum()
        return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacking:
    """Non-negative ridge regression of the outcome's rank on the members' ranks, names pooled by session.

    A member whose own part is negative once the others are known gets nothing; none is turned round. The
    penalty is of the size of the evidence: a heavy one leaves weights in proportion to what each member was
    worth alone. Where none earned a weight all weigh alike. Source: Breiman (1996), "Stacked Regressions",
    Machine Learning 24.
    """

    penalty_per_row: float = 0.5

    def __post_init__(self) -> None:
        if not self.penalty_per_row > 0.0:
            raise DataError(f"expected a penalty above 0, found {self.penalty_per_row!r}")

    def __call__(self, members: Members, learned: IntArray) -> FloatArray:
        """Return the weights."""
        from scipy.optimize import nnls

        outcome = members.outcome[learned].ravel()
        known = np.isfinite(outcome)
        x = np.nan_to_num(members.ranks[:, learned].reshape(len(members.names), -1)[:, known])
        gram = x @ x.T + self.penalty_per_row * known.sum() * np.eye(len(x))
        factor = np.linalg.cholesky(gram)
        found, _ = nnls(factor.T, np.linalg.solve(factor, x @ outcome[known]))
        total = float(found.sum())
        return found / total if total > 0.0 else equal(members, learned)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What members weigh, [M], whatever the regime and in each that was learned from."""

    overall: FloatArray
    by_regime: Mapping[int, FloatArray]

    def at(self, labels: IntArray) -> FloatArray:
        """Return the weights of sessions in these regimes, [T, M]; those of all where one is not known."""
        return np.stack([self.by_regime.get(int(label), self.overall) for label in labels])


def weights_of(
    members: Members,
    schedule: Schedule,
    weigh: Weigh,
    *,
    regimes: Sequence[int] | IntArray | None = None,
) -> FloatArray:
    """Return the weights of every session, [T, M]; NaN before the first fold of the schedule.

    Sessions count from the first on which every member spoke. With `regimes`, [T] labels as known at each
    close (below 0 is unknown), a session weighs by what was learned in its own regime, drawn towards what was
    learned in all of them where that regime was short. `DataError` where the horizons differ, the labels do
    not fit, or history is too short for a fold.
    """
    if schedule.horizon_sessions != members.horizon_sessions:
        raise DataError(
            f"expected a schedule that purges {members.horizon_sessions!r} sessions, as far as the members "
            f"look ahead, found {schedule.horizon_sessions!r}"
        )
    labels = None if regimes is None else np.asarray(regimes, dtype=np.int64)
    rows = len(members.sessions)
    if labels is not None and labels.shape != (rows,):
        raise DataError(f"expected a regime for each of {rows!r} sessions, found shape {labels.shape!r}")
    spoke = np.flatnonzero(members.spoke)
    if not len(spoke):
        raise DataError("expected a session on which every member spoke, found none; train them alike")
    weights = np.full((rows, len(members.names)), np.nan)
    for split in schedule.splits(rows, int(spoke[0])):
        found = learn(members, split.train, weigh, labels)
        if found is not None:
            test = np.asarray(split.test)
            weights[test] = found.at(np.full(len(test), UNKNOWN) if labels is None else labels[test])
    return weights


def learn(
    members: Members, train: Sequence[int] | IntArray, weigh: Weigh, labels: IntArray | None = None
) -> Learned | None:
    """Learn weights from the sessions of `train` on which every member spoke and outcomes are known.

    `labels`, [T], are regimes as known at each close. None where there is no such session.
    """
    train = np.asarray(train)
    learned = train[members.spoke[train] & np.isfinite(members.outcome[train]).any(axis=1)]
    if not len(learned):
        return None
    overall = weigh(members, learned)
    told = np.full(len(learned), UNKNOWN) if labels is None else labels[learned]
    by_regime = {}
    for regime in np.unique(told[told > UNKNOWN]).tolist():
        own = learned[told == regime]
        trust = len(own) / (len(own) + REGIME_PRIOR_SESSIONS)
        by_regime[regime] = trust * weigh(members, own) + (1.0 - trust) * overall
    return Learned(overall=overall, by_regime=by_regime)
