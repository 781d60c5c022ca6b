"""What each feature adds to a score, exactly."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.market.view import FloatArray

TOLERANCE = 1e-4
"""XGBoost sums in single precision; a contribution that matters is a hundred times as large."""


@runtime_checkable
class Explaining(Protocol):
    """A fitted forecaster whose scores fall apart into what each feature adds."""

    def score(self, values: NDArray[np.float32]) -> FloatArray:
        """Score ranked features, [..., F] to [...]."""
        ...

    def contributions(self, values: NDArray[np.float32]) -> FloatArray:
        """Return what each feature adds to the score of [n, F] rows, and the start last: [n, F + 1]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contributions:
    """Scores of some rows, told apart; NaN throughout for a row without a view."""

    features: tuple[str, ...]
    added: FloatArray
    """[n, F] in the score's own units."""
    start: FloatArray
    """[n] the score of a name of which nothing is known."""
    scores: FloatArray
    """[n] start plus everything added."""


def contributions(fitted: object, values: NDArray[np.float32], features: tuple[str, ...]) -> Contributions:
    """Explain the scores of [n, F] rows.

    `DataError` for a forecaster that cannot be told apart this way, for features it has not learned from,
    and when the parts do not sum to the score: such an explanation would be of something else.
    """
    if not isinstance(fitted, Explaining):
        raise DataError(
            f"expected a forecaster whose scores are sums of parts, found {type(fitted).__name__!r}; "
            "ask for its permutation importance"
        )
    if values.ndim != 2 or values.shape[1] != len(features):
        raise DataError(f"expected rows of {len(features)!r} features, found shape {values.shape!r}")
    scores, parts = fitted.score(values), fitted.contributions(values)
    if parts.shape != (len(values), len(features) + 1):
        raise DataError(
            f"expected contributions of {len(features)!r} features, found shape {parts.shape!r}; "
            "the forecaster has learned from others"
        )
    parts = np.where(np.isfinite(scores)[:, None], parts, np.nan)
    apart = np.abs(parts.sum(axis=1) - scores)
    if (apart > TOLERANCE * np.maximum(1.0, np.abs(scores))).any():
        raise DataError(
            f"expected contributions that sum to the score, found {float(np.nanmax(apart))!r} between them; "
            "explain with the booster that scored"
        )
    return Contributions(features=features, added=parts[:, :-1], start=parts[:, -1], scores=scores)
