"""Whether one of two is better, asked again after every session: looking often costs nothing here.

A test of fixed size that is looked at daily finds a difference between equals sooner or later. A confidence
sequence holds at all times at once, so a comparison may stop the day it is clear.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError

FloatArray = NDArray[np.float64]

LEVEL = 0.05
EFFECT = 0.25
"""Deviation of the mean of a block, in deviations of a block, that the bounds are made for."""
MEMORIES = 2
"""Length of a block in reaches of the memory: means of longer blocks hang together less."""
MINIMUM_BLOCKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialDifference:
    """The mean of paired differences so far, whatever made one look now."""

    value: float
    low: float | None
    high: float | None
    """Bounds that hold at every length at once, with 95 % confidence.

    None while they are infinite, or nothing varies.
    """
    n: int
    """Differences in whole blocks."""
    blocks: int
    p_value: float
    """Of no difference, valid at any time: the smallest it has been so far."""
    decided: int | None
    """Number of differences at which 0 was first outside the bounds; None while it is not decided."""


def sequential_difference(
    differences: FloatArray, *, lag: int, level: float = LEVEL
) -> SequentialDifference | None:
    """Test the mean of paired differences, oldest first, after each of them.

    `lag` is how many sessions the memory of a difference reaches, the forecast horizon for instance, and 0 if
    it has none: they are averaged in blocks of twice as many, and the blocks are compared with their own
    deviation. Missing differences are left out. None below 5 blocks.

    The likelihood ratio of a normal mixture of effects, in units of the unknown deviation, whose own prior is
    right Haar, is an e-process: it exceeds 1 / level with a probability of at most `level`, ever. Exact for
    independent normal blocks. Sources: Robbins (1970), "Statistical methods related to the law of the
    iterated logarithm", Annals of Mathematical Statistics 41, for the mixture; Perez-Ortiz, Lardy, de Heide
    and Grunwald (2024), "E-statistics, group invariance and anytime-valid testing", Annals of Statistics 52;
    Johari, Koomen, Pekelis and Walsh (2022), "Always valid inference", Operations Research 70, for the use.
    """
    if lag < 0 or not 0.0 < level < 1.0:
        raise DataError(f"expected a lag from 0 and a level in (0, 1), found {lag!r} and {level!r}")
    length = max(1, MEMORIES * lag)
    known = differences[np.isfinite(differences)]
    blocks = known[: len(known) // length * length].reshape(-1, length).mean(axis=1)
    if len(blocks) < MINIMUM_BLOCKS:
        return None
    n = np.arange(1, len(blocks) + 1, dtype=np.float64)
    mean = np.cumsum(blocks) / n
    freedom = np.maximum(n - 1.0, 1.0)
    spread = np.maximum(np.cumsum((blocks - blocks[0]) ** 2) - n * (mean - blocks[0]) ** 2, 0.0)
    error = np.sqrt(spread / freedom / n)
    told = (n >= MINIMUM_BLOCKS) & (error > 0.0)
    square = np.where(told, mean / np.where(told, error, 1.0), 0.0) ** 2
    inflated = 1.0 + n * EFFECT**2
    evidence = 0.5 * n * (np.log1p(square / freedom) - np.log1p(square / freedom / inflated))
    evidence = np.where(told, evidence - 0.5 * np.log(inflated), 0.0)
    clear = np.flatnonzero(evidence > -math.log(level))
    last = float(error[-1])
    reach = _reach(len(blocks), float(inflated[-1]), level) * last if last > 0.0 else math.inf
    return SequentialDifference(
        value=float(mean[-1]),
        low=float(mean[-1]) - reach if math.isfinite(reach) else None,
        high=float(mean[-1]) + reach if math.isfinite(reach) else None,
        n=len(blocks) * length,
        blocks=len(blocks),
        p_value=min(1.0, math.exp(-float(evidence.max()))),
        decided=(int(clear[0]) + 1) * length if len(clear) else None,
    )


def _reach(blocks: int, inflated: float, level: float) -> float:
    """Return the |t| at which the likelihood ratio is 1 / level; infinite where no t gets there."""
    needed = (math.sqrt(inflated) / level) ** (2.0 / blocks)
    if needed >= inflated:
        return math.inf
    return math.sqrt((blocks - 1) * (needed - 1.0) / (1.0 - needed / inflated))
