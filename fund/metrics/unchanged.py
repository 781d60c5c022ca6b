"""How often trials alone make one contestant look better than another that is the same."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.paired import checked_scores

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialNoise:
    """A mean gap beside what shuffling the trials of each case makes of it."""

    gap: float
    """The first's mean over cases less the second's."""
    error: float
    """Standard error of the gap if each case's trials are exchangeable: the same contestant twice."""

    @property
    def p_above(self) -> float:
        """Return how often shuffled trials put the first at least this far above the second."""
        if self.error == 0.0:
            return 1.0
        return 0.5 * math.erfc(self.gap / self.error / math.sqrt(2.0))


def trial_noise(first: FloatArray, second: FloatArray) -> TrialNoise | None:
    """Compare two contestants within each case, [cases, trials] each, NaN where not scorable.

    Were they the same, which of a case's trials is whose would be chance; the spread of that shuffle is
    known exactly, and over many cases its sum is normal. It asks whether anything changed on these cases,
    not what other cases would show: `paired_difference` does. None where no case is shared. Source: Pitman
    (1937), "Significance tests which may be applied to samples from any populations", Journal of the Royal
    Statistical Society Supplement 4; of passes it is the test of Mantel and Haenszel (1959).
    """
    ours, theirs = checked_scores(first), checked_scores(second)
    if len(ours) != len(theirs):
        raise DataError(f"expected the same cases twice, found {len(ours)} and {len(theirs)}")
    both = np.isfinite(ours).any(axis=1) & np.isfinite(theirs).any(axis=1)
    if not both.any():
        return None
    n, m = (np.isfinite(scores[both]).sum(axis=1) for scores in (ours, theirs))
    a, b = (np.nan_to_num(scores[both]) for scores in (ours, theirs))
    one, other = a.sum(axis=1), b.sum(axis=1)
    middle = (one + other) / (n + m)
    squares = (np.isfinite(ours[both]) * (a - middle[:, None]) ** 2).sum(axis=1)
    squares += (np.isfinite(theirs[both]) * (b - middle[:, None]) ** 2).sum(axis=1)
    variance = squares / (n + m - 1) * (1.0 / n + 1.0 / m)
    cases = int(both.sum())
    error = math.sqrt(float(np.sum(variance))) / cases
    return TrialNoise(gap=float(np.sum(one / n - other / m)) / cases, error=error)
