"""Whether two contestants who are right on different cases are right equally often."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.metrics.paired import case_means, checked_scores

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAndWrong:
    """Cases by who was right in them."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        """Return how many cases both could be scored on."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def p_value(self) -> float:
        """Return how often coins would split the cases they differ in at least as unevenly; 1 of none.

        Exact and two-sided. Source: McNemar (1947), "Note on the sampling error of the difference between
        correlated proportions or percentages", Psychometrika 12.
        """
        apart, fewer = self.only_first + self.only_second, min(self.only_first, self.only_second)
        tail = sum(math.comb(apart, k) for k in range(fewer + 1))
        return min(1.0, 2 * tail / int(2**apart))


def right_and_wrong(first: FloatArray, second: FloatArray) -> RightAndWrong:
    """Count cases by who was right, of scores in [0, 1] by case and trial, NaN where not scorable.

    A contestant is right in a case where the mean of its scorable trials is above one half: at half it has
    not made up its mind, and is wrong. A case counts where both can be scored.
    """
    ours, theirs = case_means(checked_scores(first)), case_means(checked_scores(second))
    if len(ours) != len(theirs):
        raise DataError(f"expected the same cases twice, found {len(ours)} and {len(theirs)}")
    both = np.isfinite(ours) & np.isfinite(theirs)
    one, other = ours[both] > 0.5, theirs[both] > 0.5
    return RightAndWrong(
        both=int((one & other).sum()),
        only_first=int((one & ~other).sum()),
        only_second=int((~one & other).sum()),
        neither=int((~one & ~other).sum()),
    )
