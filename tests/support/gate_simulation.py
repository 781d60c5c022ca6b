"""Desks that did or did not get worse by a known drop, and how often the gate says so.

A desk passes a trial of a case with the case's own chance, drawn from a beta distribution with the mean
`level` and the intraclass correlation `likeness`: at 0 all cases are alike, at 1 every trial of a case
ends the same. A drop is `even` where every case's chance falls by that share, and `somewhere` where that
share of the cases falls to nothing and the others stay.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.gate import Colour, PrimaryScore, SafetyCounts, gate

FloatArray = NDArray[np.float64]
CLEAN = SafetyCounts(executed_violations=0, injection_effects=0, valid=400, answers=400)
DROPS = (0.0, 0.025, 0.05, 0.075, 0.10, 0.125, 0.15, 0.20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is measured on: how many cases and trials, and how good and how even the desk is."""

    cases: int = 100
    trials: int = 4
    level: float = 0.8
    likeness: float = 0.7
    even: bool = True

    def chances(self, rng: np.random.Generator) -> FloatArray:
        spread = 1.0 / self.likeness - 1.0
        return rng.beta(self.level * spread, (1.0 - self.level) * spread, self.cases)

    def worse(self, chances: FloatArray, drop: float, rng: np.random.Generator) -> FloatArray:
        if self.even:
            return chances * (1.0 - drop)
        return np.where(rng.random(self.cases) < drop, 0.0, chances)

    def trialled(self, chances: FloatArray, rng: np.random.Generator) -> FloatArray:
        return (rng.random((self.cases, self.trials)) < chances[:, None]).astype(np.float64)


def verdicts(bench: Bench, drop: float, *, runs: int, seed: int, scores: int = 1) -> Counter[Colour]:
    """Count what the gate says of that many candidates whose true drop is `drop` in every score."""
    rng = np.random.default_rng([seed, round(drop * 1000)])
    said: Counter[Colour] = Counter()
    for _ in range(runs):
        primary = [_primary(bench, drop, rng, name=str(at)) for at in range(scores)]
        said[gate(primary, CLEAN, seed=1).colour] += 1
    return said


def operating_curve(
    bench: Bench, *, runs: int, seed: int, drops: Sequence[float] = DROPS
) -> dict[float, Counter[Colour]]:
    """Return what the gate says at each true drop."""
    return {drop: verdicts(bench, drop, runs=runs, seed=seed) for drop in drops}


def _primary(bench: Bench, drop: float, rng: np.random.Generator, *, name: str) -> PrimaryScore:
    chances = bench.chances(rng)
    return PrimaryScore(
        name=name,
        baseline=bench.trialled(chances, rng),
        candidate=bench.trialled(bench.worse(chances, drop, rng), rng),
        no_skill=0.0,
    )
