"""Whether a net still tells names apart, or says the same of all of them."""

import numpy as np

from fund.errors import DataError
from fund.features.universe import IntArray
from fund.market.view import FloatArray

MIN_DEVIATION = 0.01
"""Least mean deviation of scores within a session; the ranked target's is 1."""
MIN_SIDE = 0.02
"""Least share of scores on either side of 0: beyond it their mean is two deviations off."""


class CollapseError(DataError):
    """A net learned to say the same of every name; it is not kept, because its ranks would be noise."""


def check_scores(scores: FloatArray, sessions: IntArray) -> None:
    """Raise `CollapseError` when scores of held-out windows, with the session of each, are too much alike.

    A net that was trained towards ranks around 0 and speaks of one side only has learned a level, not an
    order.
    """
    if not np.isfinite(scores).all():
        raise CollapseError(
            f"expected finite scores, found {int((~np.isfinite(scores)).sum())!r} of {len(scores)!r} that "
            "are not; lower the learning rate"
        )
    deviation = float(np.mean([scores[sessions == each].std() for each in np.unique(sessions)]))
    above = float((scores > 0).mean())
    if deviation < MIN_DEVIATION or not MIN_SIDE <= above <= 1 - MIN_SIDE:
        raise CollapseError(
            f"expected scores with a deviation within a session of at least {MIN_DEVIATION!r} and at least "
            f"{MIN_SIDE:.0%} on either side of 0, found {deviation:.3g} and {above:.1%} above 0 of "
            f"{len(scores)!r} scores; the net collapsed: change its sizes, rate, decay or seed"
        )
