"""How wide a forecaster thinks outcomes are against the session's typical one, and how far it is heeded."""

import numpy as np

from fund.features.universe import BoolArray
from fund.market.view import FloatArray

LEAST_SPREAD, MOST_SPREAD = 0.5, 2.0
"""A spread beyond these says more of the forecaster than of the name."""


def relative_to_session(width: FloatArray) -> FloatArray:
    """Divide [T, N] widths by the median of their session; a width that is not positive is no view."""
    width = np.where(np.isfinite(width) & (width > 0), width, np.nan)
    typical = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in width]
    return np.asarray(width / np.asarray(typical)[:, None])


def heeded(spread: FloatArray, present: BoolArray) -> FloatArray:
    """Return what volatility is multiplied by, [T, N]: 1 for the median of the session's members.

    Whoever is in the bars beside the members has no part in it. A member without a spread gets 1.
    """
    relative = np.clip(relative_to_session(np.where(present, spread, np.nan)), LEAST_SPREAD, MOST_SPREAD)
    return np.where(np.isfinite(relative), relative, 1.0)
