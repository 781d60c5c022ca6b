"""The few things that speak most for or against a name, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.forecasting.explaining.contributions import Contributions
from fund.forecasting.explaining.phrases import PHRASES, phrase_of
from fund.market.view import FloatArray

TOP = 5
_PLACES = (
    (0.4, "among the highest 10 % of {of}"),
    (0.25, "in the highest quarter of {of}"),
    (0.1, "above the middle of {of}"),
    (-0.1, "near the middle of {of}"),
    (-0.25, "below the middle of {of}"),
    (-0.4, "in the lowest quarter of {of}"),
    (-math.inf, "among the lowest 10 % of {of}"),
)
"""Least rank of each place; ranks run from -0.5 to 0.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One feature's part in one score."""

    feature: str
    rank: float | None
    """Among the members, 0 lowest to 1 highest; None when the feature is missing."""
    added: float
    """To the score, in its own units."""
    words: str


def reasons(
    explained: Contributions,
    row: int,
    values: FloatArray | Sequence[float],
    *,
    count: int = TOP,
    phrases: Mapping[str, str] = PHRASES,
) -> tuple[Reason, ...]:
    """Return the features that moved a row's score most, largest first; none for a row without a view.

    `values` are the row's ranked features, in (-0.5, 0.5). What adds nothing is no reason. `DataError` for
    values of other features.
    """
    ranks = np.asarray(values, dtype=np.float64)
    if ranks.shape != (len(explained.features),):
        raise DataError(f"expected {len(explained.features)!r} ranked features, found shape {ranks.shape!r}")
    added = explained.added[row]
    if not np.isfinite(explained.scores[row]):
        return ()
    order = np.argsort(-np.abs(added), kind="stable")[:count]
    return tuple(
        Reason(
            feature=explained.features[at],
            rank=float(ranks[at] + 0.5) if np.isfinite(ranks[at]) else None,
            added=float(added[at]),
            words=f"{phrase_of(explained.features[at], phrases)} is {place_of(ranks[at])}: {added[at]:+.3f}",
        )
        for at in order.tolist()
        if added[at] != 0
    )


def place_of(rank: float, of: str = "members") -> str:
    """Return where a rank in (-0.5, 0.5) stands among the universe's members, in words."""
    if not math.isfinite(rank):
        return "missing"
    return next(words for least, words in _PLACES if rank >= least).format(of=of)
