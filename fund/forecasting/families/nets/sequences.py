"""Windows of sessions cut out of a feature table, and which of them learn and which of them judge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.universe import BoolArray, IntArray
from fund.forecasting.samples import UNIT_RANK

KNOWN_SHARE = 0.5
"""Share of a window's sessions in which a name needs a feature, besides the last one."""
MIN_FIT_SESSIONS = 8
MIN_CHECK_SESSIONS = 4


def readable(values: NDArray[np.float32], steps: int) -> BoolArray:
    """Tell which names have a window that ends in each session, [T, N, F] to [T, N].

    A feature must be known in the last session and in half of the window's; a window that would begin
    before the first session is none.
    """
    from fund.forecasting.families.nets.window_kernel import mark

    out = np.empty(values.shape[:2], dtype=bool)
    mark(_single(values), steps, KNOWN_SHARE * steps, out)
    return out


def windows(values: NDArray[np.float32], last: IntArray, names: IntArray, steps: int) -> NDArray[np.float32]:
    """Cut the windows that end in sessions `last` of columns `names`, [n, steps, F].

    Ranks are scaled to unit variance; what is missing stands at the middle rank, 0.
    """
    from fund.forecasting.families.nets.window_kernel import cut

    out = np.empty((len(last), steps, values.shape[2]), dtype=np.float32)
    cut(_single(values), last, names, np.float32(UNIT_RANK), out)
    return out


def _single(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Sessions whose windows are learned from, and later ones that say when to stop."""

    fit: range
    check: range


def time_ordered(train: range, *, steps: int, check_share: float, gap_sessions: int, every: int) -> Parts:
    """Split the sessions of `train` that a window can end in; `DataError` when they are too few.

    The last `check_share` of them judge; the `gap_sessions` before those are left out, because their
    labels reach into what is judged. Every n-th session learns, counted back from the newest.
    """
    ends = range(train.start + steps - 1, train.stop)
    held = max(round(check_share * len(ends)), MIN_CHECK_SESSIONS)
    stop = train.stop - held - gap_sessions
    fit = range(ends.start, max(stop, ends.start))[::-every][::-1]
    if len(fit) < MIN_FIT_SESSIONS:
        least = steps - 1 + (MIN_FIT_SESSIONS - 1) * every + 1 + gap_sessions + held
        raise DataError(
            f"expected about {least!r} sessions or more to learn from windows of {steps!r}, found "
            f"{len(train)!r}; train on a longer span or read fewer steps"
        )
    return Parts(fit=fit, check=range(train.stop - held, train.stop))
