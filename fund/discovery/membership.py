"""Fuzzy membership: how far a figure belongs to a notion such as "liquid", from 0 to 1.

Source: Zadeh (1965), "Fuzzy Sets", Information and Control 8.
"""

import math
from collections.abc import Sequence

from fund.errors import DataError


def rising(value: float, none: float, full: float) -> float:
    """Return 0 up to `none`, 1 from `full` on, and a straight line in between."""
    if not none < full:
        raise DataError(f"expected membership to rise between two values, found {none!r} and {full!r}")
    return min(max((value - none) / (full - none), 0.0), 1.0)


def logistic(value: float, half: float, width: float) -> float:
    """Return a half at `half` and about three quarters one `width` above it; never quite 0 or 1."""
    if not width > 0:
        raise DataError(f"expected a width above 0, found {width!r}")
    return 0.5 * (1.0 + math.tanh((value - half) / (2.0 * width)))


def plateau(value: float, none: float, full: float, full_end: float, end: float) -> float:
    """Return 1 between `full` and `full_end`, falling to 0 at `none` and at `end`."""
    return min(rising(value, none, full), 1.0 - rising(value, full_end, end))


def all_of(memberships: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted geometric mean: "and", so that 0 in one is 0 in all, yet a little less is a little.

    Source: Zimmermann and Zysno (1980), "Latent connectives in human decision making", Fuzzy Sets and
    Systems 4.
    """
    if len(memberships) != len(weights) or not sum(weights) > 0:
        raise DataError(f"expected a weight for each membership, found {weights!r} for {memberships!r}")
    if min(memberships) <= 0:
        return 0.0
    total = sum(weight * math.log(value) for value, weight in zip(memberships, weights, strict=True))
    return math.exp(total / sum(weights))
