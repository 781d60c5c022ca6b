"""What those who do not think would score, beside every score: base rates with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.case import Case, Dataset
from evals.scorers.signal import SIDES
from fund.errors import DataError
from fund.metrics.inference import Interval, newey_west_interval, share_interval

BASELINES = ("always_hold", "always_buy", "momentum", "forecaster")
HORIZONS = ("1", "5", "20")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRate:
    """How a baseline does at one horizon."""

    baseline: str
    horizon_sessions: int
    right: Interval | None
    """Share of its words on the side of a clear outcome, Wilson; None where it says nothing at all."""
    earned: Interval
    """Mean of its word (1, 0 or -1) times the net excess return, Newey-West over the overlap of outcomes."""
    spoken: int
    """Cases in which it says buy or avoid."""


def base_rates(dataset: Dataset) -> tuple[BaseRate, ...]:
    """Return every baseline at every horizon over `signal_quality`; raises `DataError` for too few cases."""
    ordered = sorted(dataset.cases, key=lambda case: case.label["session"])
    return tuple(_rate(ordered, baseline, horizon) for horizon in HORIZONS for baseline in BASELINES)


def side_shares(dataset: Dataset) -> Mapping[tuple[str, str], Interval]:
    """Return how many outcomes are good, neutral and bad, by horizon and side."""
    shares = {}
    for horizon in HORIZONS:
        sides = [case.label["horizons"][horizon]["side"] for case in dataset.cases]
        for side in SIDES:
            share = share_interval(sides.count(side), len(sides))
            if share is not None:
                shares[horizon, side] = share
    return shares


def agreement(words: Sequence[int], sides: Sequence[int]) -> float:
    """Return the mean of word times side less what their base rates alone would give: 0 is chance."""
    said, came = np.array(words, dtype=float), np.array(sides, dtype=float)
    return float((said * came).mean() - said.mean() * came.mean())


def _rate(cases: Sequence[Case], baseline: str, horizon: str) -> BaseRate:
    words = np.array([case.label["baselines"][baseline] for case in cases], dtype=float)
    told = [case.label["horizons"][horizon] for case in cases]
    clear = [(int(w), SIDES[t["side"]]) for w, t in zip(words, told, strict=True) if SIDES[t["side"]] and w]
    # Neighbouring cases are one session apart or a little more, so their outcomes share at most so many.
    earned = newey_west_interval(words * np.array([t["net_excess"] for t in told]), lag=int(horizon))
    if earned is None:
        raise DataError(f"expected 20 cases or more for a base rate, found {len(cases)}")
    return BaseRate(
        baseline=baseline,
        horizon_sessions=int(horizon),
        right=share_interval(sum(w == side for w, side in clear), len(clear)),
        earned=earned,
        spoken=int(np.count_nonzero(words)),
    )
