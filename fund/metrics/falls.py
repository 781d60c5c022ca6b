"""The single drawdowns of a series of values: from which peak, down to where, and back by when."""

from dataclasses import dataclass

import numpy as np

from fund.metrics.returns import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One stretch below a peak, by the places of its values."""

    peak: int
    trough: int
    recovery: int | None
    """The first value at or above the peak again; None where there is none yet."""
    depth: float
    """The trough as a fraction of the peak, less 1: below 0."""


def falls_of(values: FloatArray) -> tuple[Fall, ...]:
    """Return every drawdown of positive values, shape [n], the deepest first.

    A fall begins at the last value of its peak; the first value counts as a peak. Of two equally deep the
    earlier comes first.
    """
    found: list[Fall] = []
    peak = 0
    for at in range(1, len(values)):
        if values[at] < values[peak]:
            continue
        if at > peak + 1:
            found.append(_fall(values, peak, at))
        peak = at
    if len(values) > peak + 1:
        found.append(_fall(values, peak, None))
    return tuple(sorted(found, key=lambda fall: (fall.depth, fall.peak)))


def _fall(values: FloatArray, peak: int, recovery: int | None) -> Fall:
    below = values[peak:recovery]
    trough = peak + int(np.argmin(below))
    depth = float(values[trough] / values[peak]) - 1.0
    return Fall(peak=peak, trough=trough, recovery=recovery, depth=depth)
