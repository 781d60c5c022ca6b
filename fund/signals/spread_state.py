"""When a pair is entered and left: a small machine over the spread's z-score, one step a session."""

from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRules:
    """Distances of a spread from its formation mean, in deviations of the formation."""

    entry: float = 2.0
    leave: float = 0.5
    stop: float = 4.0
    """From here on the pair has broken: it is left, and not entered again before the next formation."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.leave < self.entry < self.stop:
            raise DataError(f"expected 0 <= leave < entry < stop, found {self!r}")


def open_sides(z: FloatArray, rules: SpreadRules) -> FloatArray:
    """Return the view of the dependent name after each session, [T] from -1 to 1; 0 while none is open.

    A spread above its mean is expected down: short y, long x. The size is the distance over that of the
    stop. A session without a spread keeps the side and says nothing.
    """
    sides = np.zeros(len(z))
    side, broken = 0.0, False
    for at, distance in enumerate(z):
        if not np.isfinite(distance) or broken:
            continue
        far = abs(float(distance))
        if far >= rules.stop:
            side, broken = 0.0, True
        elif side == 0.0 and far >= rules.entry:
            side = -float(np.sign(distance))
        elif side != 0.0 and (far <= rules.leave or np.sign(distance) == side):
            side = 0.0
        sides[at] = side * far / rules.stop
    return sides
