"""Whether words still fit outcomes once the labels are dealt out anew: nobody's may."""

import math
from dataclasses import dataclass

import numpy as np

from evals.base_rates import BASELINES, HORIZONS, agreement
from evals.case import Dataset
from evals.leaks import shuffled
from evals.scorers.signal import SIDES
from fund.metrics.inference import Interval

DEALS = 100
BELIEVED = 4
"""Standard errors from which on a mean over the deals is no longer chance."""
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class DealtAnew:
    """How a baseline fits the outcomes, and how it fits them with other cases' labels."""

    baseline: str
    horizon_sessions: int
    agreement: float
    """Mean of word times side, less what their base rates alone would give; 0 is chance."""
    dealt: Interval
    """The same with labels dealt out anew: the mean over the deals, and the middle 95 % of them."""
    deals: int
    at_chance: bool


def dealt_anew(dataset: Dataset, *, deals: int = DEALS) -> tuple[DealtAnew, ...]:
    """Return every baseline at every horizon over `signal_quality`; the same dataset gives the same."""
    others = [shuffled(dataset, seed) for seed in range(deals)]
    return tuple(
        _compared(dataset, others, baseline, horizon) for horizon in HORIZONS for baseline in BASELINES
    )


def _compared(dataset: Dataset, others: list[Dataset], baseline: str, horizon: str) -> DealtAnew:
    words = [int(case.label["baselines"][baseline]) for case in dataset.cases]
    true, *fits = (agreement(words, _sides(each, horizon)) for each in (dataset, *others))
    mean, spread = float(np.mean(fits)), float(np.std(fits))
    low, high = (float(bound) for bound in np.quantile(fits, (0.025, 0.975)))
    return DealtAnew(
        baseline=baseline,
        horizon_sessions=int(horizon),
        agreement=true,
        dealt=Interval(value=mean, low=low, high=high, n=len(words)),
        deals=len(fits),
        at_chance=abs(mean) <= BELIEVED * spread / math.sqrt(len(fits)) + ROUNDING,
    )


def _sides(dataset: Dataset, horizon: str) -> list[int]:
    return [SIDES[case.label["horizons"][horizon]["side"]] for case in dataset.cases]
