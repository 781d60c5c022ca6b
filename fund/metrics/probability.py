"""How good probabilities were: Brier score, reliability in groups, and calibration error beside chance's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fund.metrics.forecasts import probability_groups
from fund.metrics.groups import drawn_means, group_means
from fund.metrics.inference import Interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
GROUPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityGroup:
    """Forecasts of like probability: what was promised, and how often it came."""

    forecast: float
    realised: float
    low: float | None
    high: float | None
    """Bounds of the 95 % interval of `realised`; None on too few sessions."""
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What probabilities were worth, over forecasts whose outcome is known."""

    n: int
    sessions: int
    brier: Interval | None
    """Mean squared distance of probability and outcome; None on too few sessions."""
    brier_value: float
    brier_constant: float
    """What saying the realised share every time would have scored."""
    error: float
    """Expected calibration error: mean distance of promise and outcome over the groups, by their sizes."""
    error_by_chance: float | None
    """What a perfect forecaster would stay below 95 times in 100 on this past; None on too few sessions."""
    groups: tuple[ReliabilityGroup, ...]


def calibration_of(
    probability: FloatArray,
    happened: BoolArray,
    sessions: IntArray,
    *,
    horizon_sessions: int,
    seed: int,
    groups: int = GROUPS,
) -> Calibration | None:
    """Compare probabilities with what happened, shape [n] each; None of fewer forecasts than groups.

    `sessions` is the place of each forecast's session in time. Sources: Brier (1950), "Verification of
    forecasts expressed in terms of probability", Monthly Weather Review 78; Naeini, Cooper and Hauskrecht
    (2015), "Obtaining well calibrated probabilities using Bayesian binning", AAAI, for the error; groups
    of equal size as in Bröcker and Smith (2007), "Increasing the reliability of reliability diagrams",
    Weather and Forecasting 22.
    """
    if len(probability) < groups:
        return None
    outcome = happened.astype(np.float64)
    place = probability_groups(probability, groups)
    count = int(place.max()) + 1
    block = horizon_sessions + 1.0
    squared = (probability - outcome) ** 2
    one = np.zeros(len(squared), dtype=np.int64)
    (brier,) = group_means(squared, one, sessions, count=1, mean_block=block, seed=seed)
    between = group_means(outcome, place, sessions, count=count, mean_block=block, seed=seed)
    share = float(outcome.mean())
    sizes = np.bincount(place, minlength=count) / len(place)
    return Calibration(
        n=len(probability),
        sessions=len(np.unique(sessions)),
        brier=brier,
        brier_value=float(squared.mean()),
        brier_constant=share * (1.0 - share),
        error=float(np.sum(np.abs(_gaps(outcome - probability, place, count)) * sizes)),
        error_by_chance=_by_chance(outcome - probability, place, sessions, sizes, block, seed),
        groups=tuple(
            ReliabilityGroup(
                forecast=float(probability[place == at].mean()),
                realised=float(outcome[place == at].mean()),
                low=found.low if found is not None else None,
                high=found.high if found is not None else None,
                n=int((place == at).sum()),
            )
            for at, found in enumerate(between)
            if (place == at).any()
        ),
    )


def log_loss(probability: FloatArray, happened: BoolArray, *, floor: float = 1e-3) -> FloatArray:
    """Return each forecast's -log of what it gave to what came, in nats; never sure beyond 1 - `floor`."""
    held = np.clip(probability, floor, 1.0 - floor)
    loss: FloatArray = -np.log(np.where(happened, held, 1.0 - held))
    return loss


def _gaps(distance: FloatArray, place: IntArray, count: int) -> FloatArray:
    """Return each group's mean distance of outcome and promise, [count]; 0 where a group is empty."""
    sizes = np.bincount(place, minlength=count)
    gaps: FloatArray = np.bincount(place, weights=distance, minlength=count) / np.maximum(sizes, 1)
    return gaps


def _by_chance(
    distance: FloatArray, place: IntArray, sessions: IntArray, sizes: FloatArray, block: float, seed: int
) -> float | None:
    """Return the 95 % quantile of the error that sampling alone makes, outcomes as tied as these are."""
    count = len(sizes)
    drawn = drawn_means(distance, place, sessions, count=count, mean_block=block, seed=seed)
    if drawn is None:
        return None
    errors = np.nan_to_num(np.abs(drawn - _gaps(distance, place, count))) @ sizes
    return float(np.quantile(errors, 0.95))
