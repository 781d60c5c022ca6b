"""What a forecast is about: the return that could still be earned after the decision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.columns import ratio
from fund.features.cross_section import less_mean
from fund.features.universe import Universe
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """Realised excess total returns from the next open to the open `horizon_sessions` later.

    A decision on the close of session t fills at the open of t + 1, so the label runs from there.
    """

    horizon_sessions: int
    values: FloatArray
    """[T, N] simple return less the equal-weight mean of the members of session t; NaN until known."""
    equal_weight: FloatArray | None = None
    """[T] that mean; NaN until known. None where nobody keeps it."""


def label_known_index(sessions: int, horizon_sessions: int) -> NDArray[np.int64]:
    """Return for each of `sessions` decisions the index of the session from which its label is known.

    It lies beyond the last session for the youngest `horizon_sessions + 1` decisions.
    """
    return np.arange(sessions, dtype=np.int64) + horizon_sessions + 1


def excess_labels(universe: Universe, horizon_sessions: int) -> Labels:
    """Label each member of each session; a horizon below one session raises `DataError`.

    A position whose ticker has no bar at the exit is valued at the ticker's last close before it: a
    taken-over company counts with its last price instead of vanishing from the sample.
    """
    if horizon_sessions < 1:
        raise DataError(f"expected a horizon of at least 1 session, found {horizon_sessions!r}")
    panel = universe.panel
    opens = panel.open * ratio(panel.total_return_index, panel.close)
    entry = _ahead(opens, 1)
    last_close = _ahead(_carried(panel.total_return_index), horizon_sessions)
    exit_ = _ahead(opens, horizon_sessions + 1)
    exists = (np.arange(len(opens)) + horizon_sessions + 1 < len(opens))[:, None]
    leaving = np.where(np.isfinite(exit_), exit_, np.where(exists, last_close, np.nan))
    returns = np.where(universe.present, ratio(leaving, entry) - 1.0, np.nan)
    known = np.isfinite(returns)
    count = known.sum(axis=1)
    mean = np.where(known, returns, 0.0).sum(axis=1) / np.where(count > 0, count, np.nan)
    return Labels(
        horizon_sessions=horizon_sessions,
        values=less_mean(returns, universe.present),
        equal_weight=mean,
    )


def _ahead(values: FloatArray, sessions: int) -> FloatArray:
    out = np.full_like(values, np.nan)
    out[: max(len(values) - sessions, 0)] = values[sessions:]
    return out


def _carried(values: FloatArray) -> FloatArray:
    """Repeat the last finite value of each column over the gaps after it."""
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    latest = np.maximum.accumulate(rows, axis=0)
    return np.take_along_axis(values, latest, axis=0)
