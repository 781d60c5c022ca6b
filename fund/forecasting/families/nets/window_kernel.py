"""The loops that find and cut windows; importing this file loads the compiler."""

import numpy as np
from numpy.typing import NDArray

from fund.features.compiling import compiled

Single = NDArray[np.float32]
Whole = NDArray[np.int64]


@compiled
def mark(values: Single, steps: int, least: float, out: NDArray[np.bool_]) -> None:
    """Mark in `out` [T, N] where a window of [T, N, F] ends that has a feature in `least` of its sessions."""
    sessions, names, features = values.shape
    known = np.zeros((sessions + 1, names), dtype=np.int64)
    for t in range(sessions):
        for j in range(names):
            seen = False
            for f in range(features):
                if np.isfinite(values[t, j, f]):
                    seen = True
                    break
            known[t + 1, j] = known[t, j] + seen
            first = t + 1 - steps
            out[t, j] = seen and first >= 0 and known[t + 1, j] - known[max(first, 0), j] >= least


@compiled
def cut(values: Single, last: Whole, names: Whole, scale: np.float32, out: Single) -> None:
    """Write windows [n, steps, F] that end in sessions `last` of columns `names`, scaled; 0 where unknown."""
    for at in range(out.shape[0]):
        first = last[at] + 1 - out.shape[1]
        for step in range(out.shape[1]):
            row = values[first + step, names[at]]
            for f in range(out.shape[2]):
                value = row[f]
                out[at, step, f] = value * scale if np.isfinite(value) else np.float32(0)
